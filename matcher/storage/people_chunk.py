"""Some thousand people as rows of the database made into columns, without making a person of each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from matcher.domain.person import Consent, PersonState
from matcher.scoring import kernel
from matcher.scoring.columns.encoding import bars, bars_of_size, bars_of_steps, consent_span, is_in_force
from matcher.scoring.columns.people import FACTS, LISTS, NOWHERE
from matcher.scoring.columns.table import Lists
from matcher.scoring.columns.words import ALWAYS, Words, micros
from matcher.scoring.experience import Footing
from matcher.storage.people_packed import NOVICE, Unpacked, bits_of, coded, folded_bits_of, unpack

Beliefs = tuple[
    Sequence[float], Sequence[float], Sequence[float]
]  # mu, variance, highest rungs of `ok` visits

WITHOUT: Final = np.array(NOVICE.mu + NOVICE.variance)


@dataclass(frozen=True, slots=True)
class Whole:
    """What few people have, by their ids; consents only where there are several."""

    live: Collection[str]
    stands: Mapping[str, Footing]
    ties: Mapping[str, Sequence[tuple[int, int, int]]]
    consents: Mapping[str, Sequence[Consent]]


def chunk_of_people(
    rows: Sequence[Any], whole: Whole, words: Words, as_of: datetime
) -> tuple[Sequence[str], dict[str, Any], dict[str, Lists], dict[int, Beliefs]]:
    """What `PeopleColumns.fill` takes, of rows of id, state, `packed`, and since and until when the only consent is."""
    ids, states, packed, given, withdrawn = zip(*rows, strict=True)
    found = unpack(packed)
    stands = {place: whole.stands[one] for place, one in enumerate(ids) if one in whole.stands}
    topics = coded(found.topics, words.topics)
    facts = _facts(found, stands, words)
    facts["consent_from"], facts["consent_until"] = _consents(ids, given, withdrawn, whole, as_of)
    heads = found.heads
    sizes, places = np.unique(heads["max_group_size"], return_inverse=True)
    columns = {
        "bars": bars(heads["kind_mask"], heads["red_line_mask"], _available(ids, states, whole, stands))
        | bars_of_steps(facts["rungs"].T, facts["last_two_ok"], facts["recovering"])
        | np.array([bars_of_size(one) for one in sizes.tolist()])[places],
        "rank": heads["reach_km"],
        "cell": heads["cell"],
        "needs": bits_of(found.needs, words.needs),
        "topic_bits": folded_bits_of(topics),
        "facts": facts,
    }
    lists = {"free": found.spans, "topics": topics, "ties": _ties(ids, whole)}
    return ids, columns, lists, _beliefs(found, stands)


def _facts(found: Unpacked, stands: Mapping[int, Footing], words: Words) -> NDArray[Any]:
    """Records of FACTS, but for consents."""
    heads = found.heads
    facts = np.zeros(len(heads), FACTS)
    for name in set(FACTS.names or ()) & set(heads.dtype.names or ()):
        facts[name] = heads[name]
    facts["language"] = words.languages.codes_of(heads["language_mark"])
    zones, places = np.unique(heads["zone_name"], return_inverse=True)
    facts["zone"] = np.array([words.zones.code(one.decode()) for one in zones.tolist()])[places]
    for place, stand in stands.items():
        facts["last_two_ok"][place], facts["recovering"][place] = stand.last_two_ok, stand.recovering
    return facts


def _available(
    ids: Sequence[str], states: Sequence[str], whole: Whole, stands: Mapping[int, Footing]
) -> NDArray[np.bool_]:
    """Whether each can be asked at all."""
    found = np.array([state == PersonState.open for state in states])
    found[[place for place, one in enumerate(ids) if one in whole.live]] = False
    found[[place for place, stand in stands.items() if stand.talk_due]] = False
    return found


def _consents(
    ids: Sequence[str],
    given: Sequence[int | None],
    withdrawn: Sequence[int | None],
    whole: Whole,
    as_of: datetime,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """From when and until when each agrees to matching, in microseconds."""
    start = np.array([0 if one is None else one for one in given], np.int64)
    end = np.array([ALWAYS if one is None else one for one in withdrawn], np.int64)
    has_one = np.array([one is not None for one in given])
    never = ~(has_one & is_in_force(start, end, micros(as_of)))
    start[never], end[never] = 0, 0
    for place, one in enumerate(ids):
        if one in whole.consents:
            start[place], end[place] = consent_span(whole.consents[one], as_of)
    return start, end


def _ties(ids: Sequence[str], whole: Whole) -> Lists:
    several = [whole.ties.get(one, ()) for one in ids]
    column = LISTS["ties"]
    entries = np.array([entry for one in several for entry in one], column.dtype)
    return Lists(np.fromiter(map(len, several), np.int32, len(several)), entries.reshape(-1, column.width))


def _beliefs(found: Unpacked, stands: Mapping[int, Footing]) -> dict[int, Beliefs]:
    """By place, those of whom anything was learned or who were somewhere."""
    known = dict(zip(found.learned.tolist(), found.beliefs, strict=True))
    return {
        place: (
            (both := known.get(place, WITHOUT))[: kernel.PARAMETERS].tolist(),
            both[kernel.PARAMETERS :].tolist(),
            stands[place].highest_ok if place in stands else NOWHERE,
        )
        for place in sorted(known.keys() | stands.keys())
    }
