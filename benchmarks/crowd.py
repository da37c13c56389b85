"""Invented people and postings of any number, the same at every run: as domain values, as plain arrays, as database rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from matcher.domain.opportunity import (
    AgeRange,
    GroupSize,
    Host,
    Opportunity,
    OpportunityState,
    Place,
    Session,
)
from matcher.domain.person import Consent, ContactHours, Pace, Person, Travel
from matcher.domain.values import (
    Approval,
    Availability,
    DayWindow,
    GeoPoint,
    Interaction,
    Kind,
    Purpose,
    Requirement,
    Rungs,
    Stimulation,
    TravelMode,
)
from matcher.scoring.cells import CELL_LATITUDE_DEGREES, CELL_LONGITUDE_DEGREES, COLUMNS
from matcher.scoring.comfort import initial
from matcher.scoring.distance import reach_km
from matcher.storage.people import fill_person, set_comfort
from matcher.storage.tables import PersonRow

NOW: Final = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)  # a Monday, 14:00 in Tokyo
TUESDAY: Final = datetime(2026, 12, 1, 4, 0, tzinfo=UTC)  # 13:00 in Tokyo
VARIANTS: Final = 4096  # different intakes; people share one and differ in where they live
CITIES: Final = 40
TOPICS: Final = tuple(f"topic {number}" for number in range(40))
GRID: Final = 0.005  # degrees, as every start point is rounded
SEED: Final = 20261123
HALF_LIVES: Final = (10, 20, 40)
MINUTES: Final = (15, 20, 30, 45)


@dataclass(frozen=True)
class Crowd:
    """People by number: which of the variants they are, and where they set out from (degrees, on the grid)."""

    variant: NDArray[np.int64]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.variant)

    def person(self, number: int) -> Person:
        """One of them as the rules see them."""
        point = GeoPoint(float(self.latitude[number]), float(self.longitude[number]))
        return replace(variants()[self.variant[number]], id=id_of(number), start_point=point)

    def cells(self) -> NDArray[np.int64]:
        """The cell that each lives in, as `cell_at` says."""
        rows = np.floor((self.latitude + 90) / CELL_LATITUDE_DEGREES).astype(np.int64)
        return rows * COLUMNS + np.floor((self.longitude + 180) / CELL_LONGITUDE_DEGREES).astype(np.int64)


def make_crowd(count: int) -> Crowd:
    """So many people in and around invented cities."""
    r = np.random.default_rng(SEED)
    latitude, longitude = _near_cities(r, count)
    return Crowd(
        r.integers(VARIANTS, size=count), np.round(latitude / GRID) * GRID, np.round(longitude / GRID) * GRID
    )


def make_listings(count: int) -> list[Opportunity]:
    """So many postings where the people live, each with one session or open."""
    r = np.random.default_rng(SEED + 1)
    latitude, longitude = _near_cities(r, count)
    return [_posting(r, number, latitude[number], longitude[number]) for number in range(count)]


def id_of(number: int) -> str:
    """An id in the order of the numbers."""
    return f"{number:08x}-0000-7000-8000-000000000000"


def number_of(one_id: str) -> int:
    """The number of an id."""
    return int(one_id[:8], 16)


@cache
def variants() -> tuple[Person, ...]:
    """The intakes that people share."""
    r = np.random.default_rng(SEED + 2)
    return tuple(_intake(r) for _ in range(VARIANTS))


@cache
def variant_rows() -> tuple[PersonRow, ...]:
    """The same as rows of the database, as the service would write them."""
    rows = []
    for person in variants():
        row = PersonRow(state="open", created_at=NOW, unanswered=0, version=1)
        fill_person(row, person)
        set_comfort(row, initial(person.comfort), NOW)
        rows.append(row)
    return tuple(rows)


def _near_cities(r: np.random.Generator, count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points around cities of very different size, spread as towns are."""
    cities = np.random.default_rng(SEED + 3)
    middle = cities.uniform((31.5, 130.5), (43.5, 143.5), (CITIES, 2))
    size = 1 / np.arange(1, CITIES + 1)
    city = r.choice(CITIES, count, p=size / size.sum())
    spread = 0.04 + 0.16 * (1 / (1 + city / 4))[:, None]
    points = middle[city] + r.normal(0, 1, (count, 2)) * spread
    return points[:, 0], points[:, 1]


def _intake(r: np.random.Generator) -> Person:
    days = sorted(r.choice(7, int(r.integers(0, 4)), replace=False).tolist())
    mode = list(TravelMode)[int(r.choice(4, p=(0.3, 0.3, 0.3, 0.1)))]
    kinds = [kind for kind in Kind if kind is not Kind.communal_living]
    return Person(
        id=None,
        alias="Guest",
        language="ja",
        birth_year=int(r.integers(1960, 2006)),
        contact=None,
        start_point=GeoPoint(35.0, 139.0),
        travel=Travel(mode, int(r.choice(MINUTES)), int(r.choice(HALF_LIVES))),
        max_group_size=int(r.choice((3, 5, 8, 12))),
        comfort=Rungs(*(float(one) for one in np.round(2 * r.uniform(0.5, 4, 6)) / 2)),
        contact_hours=ContactHours(DayWindow(13 * 60, 20 * 60), "Asia/Tokyo"),
        pace=Pace(7, 3),
        red_lines=frozenset(one for one in Requirement if r.random() < 0.2),
        needs=(),
        kinds=tuple(kind for kind in kinds if r.random() < 0.6),
        topics=tuple(TOPICS[one] for one in sorted(r.choice(len(TOPICS), 3, replace=False))),
        availability=tuple(
            Availability(day, DayWindow(60 * first, 60 * (first + int(r.integers(3, 6)))))
            for day, first in zip(days, r.integers(8, 13, len(days)).tolist(), strict=True)
        ),
        approval=Approval.each,
        companion=False,
        introduced_to=(),
        share_needs=(),
        supporters=(),
        consents=(Consent(Purpose.matching, "2026-11", NOW - timedelta(days=20), None),),
        excluded_organisation_ids=(),
        notes=None,
    )


def _posting(r: np.random.Generator, number: int, latitude: float, longitude: float) -> Opportunity:
    kinds = [kind for kind in Kind if kind not in (Kind.communal_living, Kind.online_group)]
    typical = int(r.choice((2, 3, 4, 6)))
    starts_at = TUESDAY + timedelta(days=int(r.integers(0, 7)), hours=int(r.integers(-3, 4)))
    dated = r.random() < 0.8
    return Opportunity(
        id=id_of(number),
        organisation_id=id_of(number % max(1, 5000)),
        organisation_vetted=True,
        state=OpportunityState.published,
        title="Something quiet",
        kind=kinds[int(r.integers(len(kinds)))],
        online=False,
        place=Place("Hall", None, latitude, longitude, None, "Asia/Tokyo", f"p{number:035d}"),
        sessions=(Session(starts_at, starts_at + timedelta(minutes=30), id_of(number), 3),) if dated else (),
        open_session=None if dated else Session(None, None, id_of(number), 3),
        duration_minutes=None if dated else 30,
        capacity=3,
        group_size=GroupSize(typical, typical + 1),
        interaction=(Interaction.text_only, Interaction.side_by_side, Interaction.conversation)[
            int(r.choice(3, p=(0.1, 0.7, 0.2)))
        ],
        stimulation=list(Stimulation)[int(r.choice(3))],
        host=Host("Aoki", "gardener", bool(r.random() < 0.8)),
        staffed=True,
        leave_any_time=True,
        regular_attendance=False,
        watch_first=bool(r.random() < 0.8),
        companion_welcome=True,
        requires=tuple(one for one in Requirement if r.random() < 0.05),
        provides=(),
        languages=("ja",),
        topics=tuple(TOPICS[one] for one in sorted(r.choice(len(TOPICS), 2, replace=False))),
        age=AgeRange(18, None if r.random() < 0.7 else 39),
    )


def reach_of_variants() -> NDArray[np.float64]:
    """How far each variant can travel, in km."""
    return np.array([reach_km(person.travel) for person in variants()])


def rows_of(crowd: Crowd, step: int = 20_000) -> Iterator[list[tuple[Any, ...]]]:
    """Everybody as rows: number, variant, latitude, longitude, cell, so many at a time."""
    cells = crowd.cells()
    for first in range(0, len(crowd), step):
        part = slice(first, first + step)
        yield list(
            zip(
                range(first, min(first + step, len(crowd))), crowd.variant[part].tolist(),
                crowd.latitude[part].tolist(), crowd.longitude[part].tolist(), cells[part].tolist(), strict=True,
            )
        )  # fmt: skip
