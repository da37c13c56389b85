"""Who could be offered which session, as columns; and the best way to share out the seats among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from matcher.scoring.allocation.auction import NOBODY, Market, run
from matcher.scoring.compiled import compiled, is_available

EXACT: Final = 1e-6  # the unit of a score in which an allocation is exact; judgement, 2026-11
FIRST_SHARE: Final = 8  # of the greatest worth is the first step; judgement, 2026-11

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Pairs:
    """One row a pair, each pair once: person and session by number from 0, and what it is worth (a score, 1 at most)."""

    person: Ints
    session: Ints
    worth: Floats

    @classmethod
    def of(cls, person: ArrayLike, session: ArrayLike, worth: ArrayLike) -> Pairs:
        """From anything that makes three arrays of one length. Raises ValueError where it does not."""
        found = cls(
            np.asarray(person, np.int64), np.asarray(session, np.int64), np.asarray(worth, np.float64)
        )
        if not len(found.person) == len(found.session) == len(found.worth):
            raise ValueError("Each pair needs a person, a session and a worth.")
        return found

    def where(self, mask: NDArray[np.bool_]) -> Pairs:
        """Only those pairs."""
        return Pairs(self.person[mask], self.session[mask], self.worth[mask])


@dataclass(frozen=True, slots=True)
class Shared:
    """The best allocation: the pair a person gets, NOBODY (-1) where none; and the dual price of a seat by session."""

    pair: Ints
    price: Floats


def share_out(pairs: Pairs, seats: ArrayLike, people: int, unit: float = EXACT) -> Shared:
    """Choose at most one session a person so that the sum of worth is greatest and no session is oversold.

    Parameters
    ----------
    pairs : pairs worth nothing or less are never chosen. Of equal ones the first, where nobody competes.
    seats : free seats by session, none below 0.
    people : how many there are.
    unit : worth is rounded to it; of worth so rounded the sum is the greatest there is. The prices are the dual prices
        of that optimum to within one unit.

    >>> found = share_out(Pairs.of([0, 0, 1], [0, 1, 0], [0.9, 0.5, 0.8]), [1, 1], people=2)
    >>> found.pair.tolist()
    [1, 2]
    """
    free = np.asarray(seats, np.int64)
    ample = _where_nobody_competes(pairs, free, people)
    if ample is not None:
        return Shared(ample, np.zeros(len(free)))
    units = np.rint(pairs.worth / unit).astype(np.int64)
    kept = np.flatnonzero((units > 0) & (free[pairs.session] > 0))
    kept = kept[np.argsort(pairs.person[kept], kind="stable")]
    finer = people + 1  # the last step, 1, then leaves less than one unit in all
    market = _market(pairs.person[kept], pairs.session[kept], units[kept] * finer, free, people)
    if len(kept):
        compiled(run)(market, max(1, int(units[kept].max()) * finer // FIRST_SHARE), 1)
    chosen = np.asarray(market.chosen)
    taken = chosen != NOBODY
    pair = np.full(people, NOBODY)
    pair[taken] = kept[chosen[taken]]
    return Shared(pair, np.asarray(market.price) * (unit / finer))


def _where_nobody_competes(pairs: Pairs, free: Ints, people: int) -> Ints | None:
    """Everybody's own best, where there are seats for that; else None."""
    wanted = np.flatnonzero((pairs.worth > 0) & (free[pairs.session] > 0))
    order = wanted[np.lexsort((wanted, -pairs.worth[wanted], pairs.person[wanted]))]
    person, first = np.unique(pairs.person[order], return_index=True)
    best = np.full(people, NOBODY)
    best[person] = order[first]
    demand = np.bincount(pairs.session[best[person]], minlength=len(free))
    return best if (demand <= free).all() else None


def _market(person: Ints, session: Ints, value: Ints, seats: Ints, people: int) -> Market:
    sessions = len(seats)
    wanted = np.bincount(session, minlength=sessions)
    seat_first = _starts(np.minimum(seats, wanted + 1))  # more seats than candidates never fill
    columns: dict[str, Any] = {
        "first": _starts(np.bincount(person, minlength=people)),
        "session": session,
        "person": person,
        "value": value,
        "of_first": _starts(wanted),
        "of_session": np.argsort(session, kind="stable"),
        "seat_first": seat_first,
        "taken": np.zeros(sessions, np.int64),
        "bids": np.zeros(seat_first[-1], np.int64),
        "holders": np.zeros(seat_first[-1], np.int64),
        "price": np.zeros(sessions, np.int64),
        "chosen": np.full(people, NOBODY),
        "queue": np.zeros(max(people, sessions), np.int64),
        "queued": np.zeros(sessions, np.int64),
    }
    # Where nothing is compiled lists are quicker than arrays.
    return Market(**columns if is_available() else {name: one.tolist() for name, one in columns.items()})


def _starts(counts: Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
