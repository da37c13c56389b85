"""Everything offered as columns: what the rules read of an opportunity as numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.domain.opportunity import AgeRange, Opportunity, OpportunityState, Session
from matcher.domain.values import GeoPoint, Kind
from matcher.scoring import cells
from matcher.scoring.asks import INTERACTION_INDEX, STIMULATION_INDEX, commitment_asked, group_asked
from matcher.scoring.bits import KIND_BIT, REQUIREMENT_BIT, mask
from matcher.scoring.columns.encoding import (
    NOT_NOW,
    NOT_OFFERED,
    OK_AT_PLACE,
    OK_ONLINE,
    REQUIREMENT_SHIFT,
    bars_asked,
)
from matcher.scoring.columns.table import Column, Table
from matcher.scoring.columns.words import ALWAYS, Words, folded_bits, micros
from matcher.scoring.eligibility import needs_met
from matcher.scoring.sessions import start_of
from matcher.scoring.topics import distinct

ONLINE_CELL: Final = cells.ROWS * cells.COLUMNS  # after every cell of the earth
NO_CELL: Final = ONLINE_CELL + 1  # what is not offered: nobody looks there
NO_ID: Final = -1
NOT_STATED: Final = -1
OPEN_AGE: Final = 2**31 - 1

FACTS: Final = np.dtype(
    [
        ("latitude", np.float64),
        ("longitude", np.float64),
        ("group_rung", np.float64),
        ("stimulation", np.float64),
        ("group_max", np.int32),
        ("typical", np.int32),
        ("age_min", np.int32),
        ("age_max", np.int32),
        ("organisation", np.int32),
        ("here", np.int32),
        ("here_kind", np.int32),
        ("itself", np.int32),
        ("interaction", np.int8),
        ("welcomes", np.int8),
        ("companion", np.int8),
        ("online", np.bool_),
        ("dated", np.bool_),
        ("any_language", np.bool_),
    ],
    align=True,
)
COLUMNS: Final[Mapping[str, Column]] = {
    "facts": Column(FACTS),
    "languages": Column(np.int64, 1),
    "met": Column(np.int64, 1),
    "topic_bits": Column(np.int64),
}
LISTS: Final[Mapping[str, Column]] = {"sessions": Column(np.int64, 3), "topics": Column(np.int32)}
SESSIONS: Final = 0  # the places of the lists in `extents`, doubled
ITS_TOPICS: Final = 2


class Listings(NamedTuple):
    """What compiled rules read; row j of `bars` to `extents` is one opportunity.

    A session is its start and end in microseconds, and twice the rung of commitment it asks (`NOT_STATED` where a fact
    is missing). `facts["here"]` is the place, or the opportunity itself online. See `Table`.
    """

    bars: NDArray[np.int64]
    order: NDArray[np.int32]
    facts: NDArray[Any]
    languages: NDArray[np.int64]
    met: NDArray[np.int64]
    topic_bits: NDArray[np.int64]
    extents: NDArray[np.int64]
    sessions: NDArray[np.int64]
    topics: NDArray[np.int32]
    cells: NDArray[np.int64]
    starts: NDArray[np.int64]
    settled: int
    used: int


VIEWED: Final = ("bars", "order", "facts", "languages", "met", "topic_bits", "extents", *LISTS)


class ListingColumns:
    """Everything offered, in memory, changed in place. Not safe for several threads at once.

    What nobody may be offered takes a row too, which goes together with nobody.
    """

    def __init__(self, words: Words) -> None:
        self.words = words
        self.table = Table(COLUMNS, LISTS)

    def __len__(self) -> int:
        return len(self.table)

    @property
    def nbytes(self) -> int:
        """Memory taken, in bytes."""
        return self.table.nbytes

    def view(self) -> Listings:
        """The columns as they stand; good until the next change."""
        table = self.table
        arrays = {name: table.arrays[name] for name in VIEWED}
        return Listings(
            **arrays, cells=table.cells, starts=table.starts, settled=table.settled, used=table.count
        )

    def put(self, opportunity: Opportunity, as_of: datetime) -> int:
        """Write down one opportunity as it stands at `as_of`, new or changed; returns its row.

        Its sessions are those still to come by then that have a seat left.
        """
        if opportunity.id is None:
            raise ValueError("An opportunity without an id cannot be found again.")
        sessions = _open_sessions(opportunity, as_of) if is_offered(opportunity) else []
        columns: dict[str, Any] = {"bars": NOT_OFFERED, "cell": NO_CELL, "rank": 0.0}
        lists: dict[str, Sequence[Any]] = {"sessions": [], "topics": []}
        if sessions:
            topics = self.words.topics.codes(distinct(opportunity.topics or ()))
            lists = {"sessions": [_session(opportunity, session) for session in sessions], "topics": topics}
            columns = self._columns_of(opportunity) | {"topic_bits": folded_bits(topics)}
            columns["bars"] |= _asked_alike(opportunity, lists["sessions"])
            self._cover(sessions)
        return self.table.put(opportunity.id, columns, lists)

    def remove(self, opportunity_id: str) -> None:
        """Forget one opportunity."""
        self.table.remove(opportunity_id)

    def settle(self) -> None:
        """Sort everything into cells."""
        self.table.settle()

    def _cover(self, sessions: Iterable[Session]) -> None:
        for one in sessions:
            if one.starts_at is not None and one.ends_at is not None:
                self.words.zones.cover(one.starts_at, one.ends_at)

    def _columns_of(self, opportunity: Opportunity) -> dict[str, Any]:
        """Every column of an opportunity that is offered."""
        words = self.words
        point = None if opportunity.online or opportunity.place is None else opportunity.place.point
        assert opportunity.kind is not None
        requires = mask(REQUIREMENT_BIT, opportunity.requires or ())
        return {
            "bars": KIND_BIT[opportunity.kind] | requires << REQUIREMENT_SHIFT | NOT_NOW,
            "cell": ONLINE_CELL if point is None else cells.cell_of(point),
            "rank": 0.0,
            "languages": self._bits("languages", words.languages.bits(opportunity.languages or ())),
            "met": self._bits("met", words.needs.bits(needs_met(opportunity))),
            "facts": self._facts(opportunity, point or GeoPoint(0.0, 0.0)),
        }

    def _facts(self, opportunity: Opportunity, point: GeoPoint) -> tuple[Any, ...]:
        """One record, in the order of `FACTS`."""
        interaction, stimulation = opportunity.interaction, opportunity.stimulation
        assert interaction is not None
        assert stimulation is not None
        age, welcome, online = (
            opportunity.age or AgeRange(),
            opportunity.companion_welcome,
            opportunity.online,
        )
        return (
            point.latitude,
            point.longitude,
            group_asked(opportunity),
            float(STIMULATION_INDEX[stimulation]),
            opportunity.group_size.max,
            opportunity.group_size.typical,
            -OPEN_AGE if age.min is None else age.min,
            OPEN_AGE if age.max is None else age.max,
            self._id(opportunity.organisation_id),
            self._id(opportunity.id if online else _place_id(opportunity)),
            OK_ONLINE if online else OK_AT_PLACE,
            self._id(opportunity.id),
            INTERACTION_INDEX[interaction],
            bool(opportunity.host.greets_at_door) + bool(opportunity.watch_first),
            NOT_STATED if welcome is None else int(welcome),
            bool(online),
            any(one.starts_at is not None for one in opportunity.sessions),
            not opportunity.languages,
        )

    def _bits(self, name: str, bits: list[int]) -> list[int]:
        self.table.widen(name, len(bits))
        return bits + [0] * (self.table.arrays[name].shape[1] - len(bits))

    def _id(self, one_id: str | None) -> int:
        return NO_ID if one_id is None else self.words.ids.code(one_id)


def is_offered(opportunity: Opportunity) -> bool:
    """Whether anybody may be offered it without asking: published, complete, vetted, staffed where one goes, and not
    communal living (CARE 11).
    """
    place = opportunity.place
    somewhere = opportunity.online or (
        opportunity.online is False
        and place is not None
        and place.point is not None
        and bool(opportunity.staffed)
    )
    stated = (
        opportunity.kind, opportunity.group_size.max, group_asked(opportunity), opportunity.stimulation,
        opportunity.host.greets_at_door, opportunity.watch_first,
    )  # fmt: skip
    return (
        opportunity.state is OpportunityState.published
        and opportunity.organisation_vetted
        and bool(somewhere)
        and opportunity.kind is not Kind.communal_living
        and None not in stated
    )


def _asked_alike(opportunity: Opportunity, sessions: Iterable[tuple[int, int, int]]) -> int:
    """The bars of what is asked of everybody, whichever of the sessions it is."""
    group, interaction, stimulation = (
        group_asked(opportunity),
        opportunity.interaction,
        opportunity.stimulation,
    )
    largest = opportunity.group_size.max
    assert group is not None
    assert largest is not None
    assert interaction is not None
    assert stimulation is not None
    company, commitment = INTERACTION_INDEX[interaction], min(halves for *_times, halves in sessions) / 2
    asked = (group, company, commitment, STIMULATION_INDEX[stimulation])
    return bars_asked(asked, largest, bool(opportunity.online), company)


def _place_id(opportunity: Opportunity) -> str | None:
    return None if opportunity.place is None else opportunity.place.id


def _open_sessions(opportunity: Opportunity, as_of: datetime) -> list[Session]:
    """The sessions still to come that have a seat left, the earliest first; or the open one, if it has."""
    dated = [one for one in opportunity.sessions if one.starts_at is not None]
    left = [one for one in dated if start_of(one) > as_of] if dated else [opportunity.all_sessions()[0]]
    return sorted((one for one in left if one.seats_left is None or one.seats_left > 0), key=start_of)


def _session(opportunity: Opportunity, session: Session) -> tuple[int, int, int]:
    rung = commitment_asked(opportunity, session)
    starts = ALWAYS if session.starts_at is None else micros(session.starts_at)
    ends = ALWAYS if session.ends_at is None else micros(session.ends_at)
    return starts, ends, NOT_STATED if rung is None else int(2 * rung)
