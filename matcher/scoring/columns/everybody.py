"""People and opportunities in memory together: what is asked about all of them at once, in values instead of rows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Final, NamedTuple

import numpy as np

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


class Option(NamedTuple):
    """One of the best: id of the person or opportunity, score, start of the session (None: an open one)."""

    id: str
    score: float
    starts_at: datetime | None


class Everybody:
    """Not safe for several threads at once, but for `menus`, which makes its own."""

    def __init__(self) -> None:
        self.words = Words()
        self.people = PeopleColumns(self.words)
        self.listings = ListingColumns(self.words)
        self.examined = 0  # rows looked at by the last question

    def best_people(self, opportunity_id: str, at: datetime, most: int) -> list[Option]:
        """The people whom one opportunity suits best, the best first. Raises KeyError where it is not known."""
        row = self._row(self.listings, opportunity_id)
        best, near = no_best(most), no_near(len(self.people.table.cells) + 1)
        self.examined = compiled(search.best_people)(
            self.people.view(), self.listings.view(), row, self.moment(at), best, near
        )
        return self._options(best, self.people)

    def best_listings(self, person_id: str, at: datetime, most: int) -> list[Option]:
        """The opportunities that suit one person best, the best first. Raises KeyError where they are not known."""
        row = self._row(self.people, person_id)
        made, other, near = no_best(1, most), no_best(1), no_near(len(self.listings.table.cells) + 2)
        other.scores[0] = math.inf  # the best, whoever offers them
        self.examined = compiled(search.best_listings)(
            self.people.view(),
            row,
            self.listings.view(),
            self.moment(at),
            made,
            near,
            other,
        )
        return self._options(Best(*(one[0] for one in made)), self.listings)

    def menus(self, at: datetime, threads: int = 2) -> Iterator[tuple[str, list[Option]]]:
        """Everybody's menu, person by person in no order: three options at most, of two organisations where possible.

        Runs on several threads where numba is installed; nothing may change until it has ended.
        """
        for rows, made in self.menu_rows(at, threads):
            ids = self.people.table.ids(rows)
            for line, person_id in enumerate(ids):
                yield person_id, self._options(Best(*(one[line] for one in made)), self.listings)

    def menu_rows(self, at: datetime, threads: int = 2) -> Iterator[tuple[range, Best]]:
        """The same as rows: spans of people with one menu a line, `NOBODY` where there is no more."""
        people, listings, now = self.people.view(), self.listings.view(), self.moment(at)
        best_listings = compiled(search.best_listings)

        def some(first: int) -> tuple[range, Best]:
            rows = range(first, min(first + MENUS_AT_ONCE, people.used))
            made, near = no_best(len(rows), WEIGHTS.menu_size), no_near(len(listings.cells) + 2)
            best_listings(people, first, listings, now, made, near, no_best(1))
            return rows, made

        with ThreadPoolExecutor(threads) as pool:
            yield from pool.map(some, range(0, people.used, MENUS_AT_ONCE))

    def moment(self, at: datetime) -> Moment:
        """An aware moment as the rules count it."""
        return Moment(micros(at), at.year, self.words.zones.clocks())

    def _row(self, columns: PeopleColumns | ListingColumns, one_id: str) -> int:
        row = columns.table.row(one_id)
        if row is None:
            raise KeyError(one_id)
        return row

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
