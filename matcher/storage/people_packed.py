"""What the rules read of one person's row, packed into a few bytes: derived on every write, read by the thousand.

A head of fixed length, then what some have more of than others. Words stand as marks, so that nothing has to be looked
up to read them; the documents they come from stay the record.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, Final, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Table, bindparam, select, update

from matcher.domain.values import Availability, DayWindow, Rungs
from matcher.scoring import kernel
from matcher.scoring.columns.table import Lists
from matcher.scoring.columns.words import WORD_BITS, Vocabulary, mark_of
from matcher.scoring.comfort import initial
from matcher.scoring.distance import MODE_INDEX
from matcher.scoring.sessions import free_spans
from matcher.scoring.topics import distinct
from matcher.storage.tables import PersonRow

ZONE_BYTES: Final = 40  # the longest name in the time zone database has 32
MANY: Final = 1_000  # people packed in one go
COUNTS: Final = ("topics", "needs", "spans")
HEAD: Final = np.dtype(
    [
        ("latitude", "<f8"),
        ("longitude", "<f8"),
        ("reach_km", "<f8"),
        ("max_minutes", "<f8"),
        ("half_life_minutes", "<f8"),
        ("rungs", "<f8", kernel.ASPECTS),
        ("cell", "<i8"),
        ("language_mark", "<i8"),
        ("birth_year", "<i4"),
        ("max_group_size", "<i4"),
        ("kind_mask", "<i4"),
        ("red_line_mask", "<i4"),
        ("zone_name", f"S{ZONE_BYTES}"),
        ("mode", "i1"),
        ("companion", "?"),
        ("learned", "?"),
        ("spare", "i1"),
        *((name, "<u2") for name in COUNTS),
    ]
)  # even in length, so that what follows can be read two bytes at a time
HEAD_OF_ONE: Final = struct.Struct(f"<{5 + kernel.ASPECTS}d 2q 4i {ZONE_BYTES}s b??b 3H")
NOVICE: Final = initial(Rungs(0, 0, 0, 0, 0, 0))
PACKED_FROM: Final = (
    "latitude", "longitude", "reach_km", "cell", "language", "birth_year", "max_group_size", "kind_mask",
    "red_line_mask", "intake", "comfort",
)  # fmt: skip


class Unpacked(NamedTuple):
    """Many people; row i of each is one of them. `learned` has the places of those of whom anything was learned, and
    `beliefs` a row each: mu, then variance."""

    heads: NDArray[Any]
    topics: Lists
    needs: Lists
    spans: Lists
    learned: NDArray[np.intp]
    beliefs: NDArray[np.float64]


def pack(row: Any) -> bytes:
    """One person as they are written down in a row with the columns of `PACKED_FROM`."""
    intake, comfort = row.intake, row.comfort
    mode, most, half_life = intake["travel"]
    topics = [mark_of(one) for one in distinct(intake["topics"])]
    needs = [mark_of(one) for one in dict.fromkeys(intake["needs"])]
    windows = [Availability(day, DayWindow(start, end)) for day, start, end in intake["availability"]]
    spans = [number for span in free_spans(windows) for number in span]
    beliefs = (*comfort["mu"], *comfort["variance"])
    if beliefs == (*NOVICE.mu, *NOVICE.variance):
        beliefs = ()
    head = HEAD_OF_ONE.pack(
        row.latitude, row.longitude, row.reach_km, most, half_life, *comfort["rungs"],
        row.cell, mark_of(row.language), row.birth_year, row.max_group_size, row.kind_mask, row.red_line_mask,
        intake["hours"][2].encode(), MODE_INDEX[mode], intake["companion"], bool(beliefs), 0,
        len(topics), len(needs), len(spans) // 3,
    )  # fmt: skip
    tail = f"<{len(beliefs)}d{len(topics)}q{len(needs)}q{len(spans)}h"
    return head + struct.pack(tail, *beliefs, *topics, *needs, *spans)


def unpack(packed: Sequence[bytes]) -> Unpacked:
    """What `pack` made of each."""
    heads = np.frombuffer(b"".join([one[: HEAD.itemsize] for one in packed]), HEAD)
    tails = np.frombuffer(b"".join([one[HEAD.itemsize :] for one in packed]), "<i2")
    places = np.flatnonzero(heads["learned"])
    numbers = heads["learned"] * (2 * kernel.PARAMETERS)
    counts = [numbers, *(heads[name].astype(np.int64) for name in COUNTS)]
    sizes = [counts[0] * 4, counts[1] * 4, counts[2] * 4, counts[3] * 3]  # in steps of two bytes
    at = np.cumsum(sum(sizes)) - sum(sizes)
    found = []
    for size, kind in zip(sizes, ("<f8", "<i8", "<i8", "<i2"), strict=True):
        found.append(_taken(tails, at, size).view(kind))
        at = at + size
    beliefs, topics, needs, spans = found
    return Unpacked(
        heads,
        Lists(counts[1].astype(np.int32), topics),
        Lists(counts[2].astype(np.int32), needs),
        Lists(counts[3].astype(np.int32), spans.reshape(-1, 3)),
        places,
        beliefs.reshape(len(places), 2 * kernel.PARAMETERS),
    )


def coded(lists: Lists, words: Vocabulary) -> Lists:
    """The same lists with the number of each word in place of its mark, sorted."""
    codes, owners = words.codes_of(lists.entries), owners_of(lists)
    return Lists(lists.lengths, codes[np.lexsort((codes, owners))])


def folded_bits_of(lists: Lists) -> NDArray[np.int64]:
    """`folded_bits` of each list of numbers."""
    bits = np.zeros(len(lists.lengths), np.int64)
    np.bitwise_or.at(bits, owners_of(lists), np.left_shift(1, lists.entries % WORD_BITS))
    return bits


def bits_of(lists: Lists, words: Vocabulary) -> NDArray[np.int64]:
    """`Vocabulary.bits` of each list of marks, all equally wide."""
    codes = words.codes_of(lists.entries)
    bits = np.zeros((len(lists.lengths), words.width), np.int64)
    np.bitwise_or.at(bits, (owners_of(lists), codes // WORD_BITS), np.left_shift(1, codes % WORD_BITS))
    return bits


def owners_of(lists: Lists) -> NDArray[np.intp]:
    """For each entry whose it is."""
    return np.repeat(np.arange(len(lists.lengths)), lists.lengths)


def pack_missing(connection: Connection) -> int:
    """Pack whoever is not packed; returns how many. Safe to repeat."""
    done, last = 0, ""
    while ids := pack_some(connection, last):
        done, last = done + len(ids), ids[-1]
    return done


def pack_some(connection: Connection, after: str) -> Sequence[str]:
    """Pack some of those who are not packed and whose ids come after one; their ids in order, none where there are no more.

    Who is changed at the same moment is packed by whoever changes them.
    """
    wanted = (getattr(PersonRow, name) for name in PACKED_FROM)
    missing = PersonRow.packed.is_(None)
    some = select(PersonRow.id, *wanted).where(missing, PersonRow.id > after).order_by(PersonRow.id)
    # Locked: a process of a version that packs nothing may change somebody between reading and writing.
    free = some.limit(MANY).with_for_update(key_share=True, skip_locked=True)
    rows = connection.execute(free).all()
    if not rows:
        return []
    person = cast("Table", PersonRow.__table__)  # bare: each is written by its id, not as an object
    still = person.c.id == bindparam("one"), person.c.packed.is_(None)
    write = update(person).where(*still).values(packed=bindparam("bytes"))
    connection.execute(write, [{"one": row.id, "bytes": pack(row)} for row in rows])
    return [row.id for row in rows]


def _taken(tails: NDArray[np.int16], at: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.int16]:
    """From each place on so many steps, one after the other."""
    taken: NDArray[np.int16] = tails[
        np.repeat(at - (np.cumsum(sizes) - sizes), sizes) + np.arange(sizes.sum())
    ]
    return taken
