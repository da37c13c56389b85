"""Everybody as columns: what the rules read of a person, and of what happened to them, as numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.domain.person import History, Person, PersonState
from matcher.domain.values import GeoPoint, Rungs
from matcher.scoring import kernel
from matcher.scoring.bits import KIND_BIT, REQUIREMENT_BIT, mask
from matcher.scoring.cells import cell_of
from matcher.scoring.columns.encoding import (
    bars,
    bars_of_size,
    bars_of_steps,
    chance_ceiling,
    consent_span,
    ties_of,
)
from matcher.scoring.columns.table import ROOM_SHARE, Column, Lists, Table, with_room
from matcher.scoring.columns.words import Words, folded_bits
from matcher.scoring.comfort import ComfortState, initial
from matcher.scoring.distance import MODE_INDEX, reach_km
from matcher.scoring.experience import Footing, footing
from matcher.scoring.sessions import free_spans
from matcher.scoring.topics import distinct

NOVICE: Final = 0  # the row of beliefs of somebody of whom nothing was learned
NOWHERE: Final = (kernel.NEVER,) * kernel.ASPECTS  # the highest rungs of somebody who was nowhere yet

# What is read together lies together. Most rows are never fetched: their bars stand apart and keep them out.
FACTS: Final = np.dtype(
    [
        ("birth_year", np.int32),
        ("max_group_size", np.int32),
        ("language", np.int32),
        ("zone", np.int32),
        ("consent_from", np.int64),
        ("consent_until", np.int64),
        ("rungs", np.float64, kernel.ASPECTS),
        ("last_two_ok", np.bool_),
        ("recovering", np.bool_),
        ("companion", np.bool_),
        ("mode", np.int8),
        ("belief", np.int32),
        ("latitude", np.float64),
        ("longitude", np.float64),
        ("max_minutes", np.float64),
        ("half_life_minutes", np.float64),
    ],
    align=True,
)  # in the order in which they are asked for
BELIEF: Final = np.dtype(
    [
        ("mu", np.float64, kernel.PARAMETERS),
        ("variance", np.float64, kernel.PARAMETERS),
        ("highest_ok", np.float64, kernel.ASPECTS),
        ("ceiling", np.float64),
    ]
)
COLUMNS: Final[Mapping[str, Column]] = {
    "facts": Column(FACTS),
    "needs": Column(np.int64, 1),
    "topic_bits": Column(np.int64),
}
LISTS: Final[Mapping[str, Column]] = {
    "free": Column(np.int16, 3),
    "topics": Column(np.int32),
    "ties": Column(np.int64, 3),
}
FREE: Final = 0  # the places of the lists in `extents`, doubled
TOPICS: Final = 2
TIES: Final = 4


class People(NamedTuple):
    """What compiled rules read; row i of `bars` to `extents` is one person.

    `free` holds weekday, first and last minute of each span of free time; `topics` numbers, sorted; `ties` kind, number
    of an id, and how often or when. `facts["belief"]` is the row of `beliefs`. See `Table`.
    """

    bars: NDArray[np.int64]
    rank: NDArray[np.float64]
    order: NDArray[np.int32]
    facts: NDArray[Any]
    needs: NDArray[np.int64]
    topic_bits: NDArray[np.int64]
    extents: NDArray[np.int64]
    free: NDArray[np.int16]
    topics: NDArray[np.int32]
    ties: NDArray[np.int64]
    beliefs: NDArray[Any]
    cells: NDArray[np.int64]
    starts: NDArray[np.int64]
    settled: int
    used: int
    furthest: float


VIEWED: Final = ("bars", "rank", "order", "facts", "needs", "topic_bits", "extents", *LISTS)


class PeopleColumns:
    """Everybody in memory, changed in place. Not safe for several threads at once.

    What was learned of somebody stands in a row of its own: most people are new, and share row `NOVICE`.
    """

    def __init__(self, words: Words) -> None:
        self.words = words
        self.table = Table(COLUMNS, LISTS)
        self._novice = initial(Rungs(0, 0, 0, 0, 0, 0))
        self._beliefs = np.zeros(1, BELIEF)
        self._known = 1
        self._beliefs[NOVICE] = _belief(self._novice.mu, self._novice.variance, NOWHERE)

    def __len__(self) -> int:
        return len(self.table)

    @property
    def nbytes(self) -> int:
        """Memory taken, in bytes."""
        return self.table.nbytes + self._beliefs.nbytes

    def view(self) -> People:
        """The columns as they stand; good until the next change."""
        table = self.table
        arrays = {name: table.arrays[name] for name in VIEWED}
        return People(
            **arrays, beliefs=self._beliefs, cells=table.cells, starts=table.starts, settled=table.settled,
            used=table.count, furthest=table.furthest,
        )  # fmt: skip

    def put(self, person: Person, history: History, comfort: ComfortState, as_of: datetime) -> None:
        """Write down one person as they stand at `as_of`, new or changed.

        Consent is kept as the first span in which it is in force from then on.
        """
        if person.id is None:
            raise ValueError("A person without an id cannot be found again.")
        words, stands = self.words, footing(history.entries)
        row = self.table.row(person.id)
        belief = NOVICE if row is None else int(self.table.arrays["facts"][row]["belief"])
        belief = self._learned(belief, comfort.mu, comfort.variance, stands.highest_ok)
        needs = words.needs.bits(person.needs)
        self.table.widen("needs", len(needs))
        needs += [0] * (self.table.arrays["needs"].shape[1] - len(needs))
        topics = words.topics.codes(distinct(person.topics))
        point = person.start_point.snapped()
        available = person.state is PersonState.open and not history.live_invitation and not stands.talk_due
        columns = {
            "bars": bars(mask(KIND_BIT, person.kinds), mask(REQUIREMENT_BIT, person.red_lines), available)
            | bars_of_steps(comfort.rungs.as_tuple(), stands.last_two_ok, stands.recovering)
            | bars_of_size(person.max_group_size),
            "rank": reach_km(person.travel),
            "cell": cell_of(point),
            "needs": needs,
            "topic_bits": folded_bits(topics),
            "facts": _facts(person, point, comfort, stands, words, as_of, belief),
        }
        lists: dict[str, Sequence[Any]] = {
            "free": list(free_spans(person.availability)),
            "topics": topics,
            "ties": ties_of(history.entries, words, person.introduced_to, person.excluded_organisation_ids),
        }
        self.table.put(person.id, columns, lists)

    def fill(
        self,
        ids: Sequence[str],
        columns: Mapping[str, Any],
        lists: Mapping[str, Lists],
        learned: Mapping[int, tuple[Sequence[float], Sequence[float], Sequence[float]]],
    ) -> None:
        """Add many people at once; `learned` has mu, variance and highest `ok` rungs by place in `ids`. Then `settle`."""
        for place, (mu, variance, highest_ok) in learned.items():
            columns["facts"]["belief"][place] = self._learned(NOVICE, mu, variance, highest_ok)
        self.table.widen("needs", np.shape(columns["needs"])[1])
        self.table.fill(ids, columns, lists)

    def expect(self, people: int) -> None:
        """Make room for so many more people before they are filled in."""
        self.table.expect(people)

    def remove(self, person_id: str) -> None:
        """Forget somebody."""
        self.table.remove(person_id)

    def settle(self) -> None:
        """Sort everybody into cells."""
        self.table.settle()

    def _learned(
        self, belief: int, mu: Sequence[float], variance: Sequence[float], highest_ok: Sequence[float]
    ) -> int:
        """The row that holds these beliefs; `belief` is the one somebody had so far."""
        novice = self._novice
        if tuple(mu) == novice.mu and tuple(variance) == novice.variance and tuple(highest_ok) == NOWHERE:
            return NOVICE
        if belief == NOVICE:
            belief, self._known = self._known, self._known + 1
            if self._known > len(self._beliefs):
                self._beliefs = with_room(self._beliefs, self._known + self._known // ROOM_SHARE)
        self._beliefs[belief] = _belief(mu, variance, highest_ok)
        return belief


def _belief(mu: Sequence[float], variance: Sequence[float], highest_ok: Sequence[float]) -> tuple[Any, ...]:
    return tuple(mu), tuple(variance), tuple(highest_ok), chance_ceiling(mu, variance)


def _facts(
    person: Person, point: GeoPoint, comfort: ComfortState, stands: Footing, words: Words, as_of: datetime,
    belief: int,
) -> tuple[Any, ...]:  # fmt: skip
    """One record, in the order of `FACTS`."""
    travel = person.travel
    return (
        person.birth_year,
        person.max_group_size,
        words.languages.code(person.language),
        words.zones.code(person.contact_hours.timezone),
        *consent_span(person.consents, as_of),
        comfort.rungs.as_tuple(),
        stands.last_two_ok,
        stands.recovering,
        person.companion,
        MODE_INDEX[travel.mode],
        belief,
        point.latitude,
        point.longitude,
        travel.max_minutes,
        travel.half_life_minutes,
    )
