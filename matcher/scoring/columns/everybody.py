"""People and opportunities in memory together: what is asked about all of them at once, in values instead of rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.scoring.columns import search
from matcher.scoring.columns.best import NOBODY, NOTHING, Best
from matcher.scoring.columns.listings import ListingColumns
from matcher.scoring.columns.near import Near
from matcher.scoring.columns.pair import Moment
from matcher.scoring.columns.people import PeopleColumns
from matcher.scoring.columns.words import ALWAYS, EPOCH, MICROSECOND, Words, micros
from matcher.scoring.compiled import compiled
from matcher.scoring.weights import WEIGHTS

MENUS_AT_ONCE: Final = (
    10_000  # judgement, 2026-11: a fraction of a second, so that it can be watched and interrupted
)


NO_NOTICE: Final = timedelta(0)


class Option(NamedTuple):
    """One of the best: id of the person or opportunity, score, start of the session (None: an open one)."""

    id: str
    score: float
    starts_at: datetime | None


class Everybody:
    """Not safe for several threads at once, but for `menus`, which makes its own.

    With `at_once` the rules run as they are written: few people are judged sooner than anything is compiled.
    """

    def __init__(self, *, at_once: bool = False) -> None:
        self._at_once = at_once
        self.words = Words()
        self.people = PeopleColumns(self.words)
        self.listings = ListingColumns(self.words)
        self.examined = 0  # rows looked at by the last question

    def best_people(
        self, opportunity_id: str, at: datetime, most: int, notice: timedelta = NO_NOTICE
    ) -> list[Option]:
        """The people whom one opportunity suits best, the best first. Raises KeyError where it is not known."""
        row = self._row(self.listings, opportunity_id)
        best, near = no_best(most), no_near(len(self.people.table.cells) + 2)
        search_people = search.best_people if self._at_once else compiled(search.best_people)
        self.examined = search_people(
            self.people.view(), self.listings.view(), row, self.moment(at, notice), best, near
        )
        return self._options(best, self.people)

    def best_listings(
        self, person_id: str, at: datetime, most: int, notice: timedelta = NO_NOTICE
    ) -> list[Option]:
        """The opportunities that suit one person best, the best first. Raises KeyError where they are not known."""
        self._row(self.people, person_id)
        return self._lists([person_id], at, most, notice, mixed=False)[person_id]

    def lists(
        self, person_ids: Iterable[str], at: datetime, most: int, notice: timedelta = NO_NOTICE
    ) -> dict[str, list[Option]]:
        """The opportunities that suit each of these people best, the best first, by the ids of those who are known.

        Where one organisation has every place of a list, the last goes to the best of another (SCORING §7). `notice` is how
        long before a session somebody has to be asked.
        """
        return self._lists(person_ids, at, most, notice, mixed=True)

    def _lists(
        self, person_ids: Iterable[str], at: datetime, most: int, notice: timedelta, *, mixed: bool
    ) -> dict[str, list[Option]]:
        found = [(one, row) for one in person_ids if (row := self.people.table.row(one)) is not None]
        rows = np.array([row for _one, row in found], np.int64)
        made, other, near = no_best(len(rows), most), no_best(1), no_near(len(self.listings.table.cells) + 2)
        if not mixed or most < WEIGHTS.menu_organisations:
            other.scores[0] = math.inf  # the best, whoever offers them
        self.examined = compiled(search.best_listings)(
            self.people.view(), rows, self.listings.view(), self.moment(at, notice), made, near, other
        )
        return {one: self._line(made, line) for line, (one, _row) in enumerate(found)}

    def menus(self, at: datetime, threads: int = 2) -> Iterator[tuple[str, list[Option]]]:
        """Everybody's menu, person by person in no order: three options at most, of two organisations where possible.

        Runs on several threads where numba is installed; nothing may change until it has ended.
        """
        for rows, made in self.menu_rows(at, threads):
            for line, person_id in enumerate(self.people.table.ids(rows)):
                yield person_id, self._line(made, line)

    def menu_rows(self, at: datetime, threads: int = 2) -> Iterator[tuple[NDArray[np.int64], Best]]:
        """The same as rows: spans of people with one menu a line, `NOBODY` where there is no more."""
        people, listings, now = self.people.view(), self.listings.view(), self.moment(at)
        best_listings = compiled(search.best_listings)

        def some(first: int) -> tuple[NDArray[np.int64], Best]:
            rows = np.arange(first, min(first + MENUS_AT_ONCE, people.used))
            made, near = no_best(len(rows), WEIGHTS.menu_size), no_near(len(listings.cells) + 2)
            best_listings(people, rows, listings, now, made, near, no_best(1))
            return rows, made

        with ThreadPoolExecutor(threads) as pool:
            yield from pool.map(some, range(0, people.used, MENUS_AT_ONCE))

    def warm(self, at: datetime) -> None:
        """Compile everything that may be asked, where numba is installed, so that nobody's question has to wait for it."""
        empty = Everybody()
        people, listings, now = empty.people.view(), empty.listings.view(), self.moment(at)
        compiled(search.best_people)(people, listings, 0, now, no_best(1), no_near(2))
        nobody, one = np.zeros(0, np.int64), no_best(1)
        compiled(search.best_listings)(people, nobody, listings, now, no_best(0, 1), no_near(2), one)

    def moment(self, at: datetime, notice: timedelta = NO_NOTICE) -> Moment:
        """An aware moment as the rules count it, and how long after it the first session may begin."""
        soonest = max(micros(at) + 1, micros(at + notice))
        return Moment(micros(at), at.year, self.words.zones.clocks(), soonest)

    def _row(self, columns: PeopleColumns | ListingColumns, one_id: str) -> int:
        row = columns.table.row(one_id)
        if row is None:
            raise KeyError(one_id)
        return row

    def _line(self, made: Best, line: int) -> list[Option]:
        return self._options(Best(*(one[line] for one in made)), self.listings)

    def _options(self, best: Best, columns: PeopleColumns | ListingColumns) -> list[Option]:
        found = best.rows[best.rows != NOBODY]
        ids = columns.table.ids(found)
        return [
            Option(one_id, float(score), _starts_at(int(starts)))
            for one_id, score, starts in zip(ids, best.scores, best.starts, strict=False)
        ]


def no_best(*shape: int) -> Best:
    """Room for the best, with nobody in it yet."""
    return Best(
        np.full(shape, NOTHING), np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.full(shape, NOBODY)
    )


def no_near(room: int) -> Near:
    """Room for so many spans of rows."""
    return Near(np.empty(room), np.empty(room, np.int64), np.empty(room, np.int64))


def _starts_at(starts: int) -> datetime | None:
    return None if starts == ALWAYS else EPOCH + starts * MICROSECOND
