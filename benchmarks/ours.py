"""What Matcher itself takes: from the database alone, and in memory with and without the extra `scale`."""

from __future__ import annotations

import gc
import math
import resource
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select

from benchmarks import flat
from benchmarks.crowd import NOW, Crowd, make_crowd, number_of
from benchmarks.report import Report, Row, Times, timed
from matcher.domain.opportunity import Opportunity
from matcher.domain.person import History
from matcher.scoring.columns import search
from matcher.scoring.columns.everybody import Everybody, no_best, no_near
from matcher.scoring.comfort import initial
from matcher.scoring.compiled import compiled, is_available
from matcher.storage.engine import Database
from matcher.storage.people_columns import read_people
from matcher.storage.reach import candidate_ids, near
from matcher.storage.tables import PersonRow

BEST_PEOPLE = 200
BEST_LISTINGS = 20


@dataclass(frozen=True)
class Asked:
    """What is asked: the same postings and the same people for everybody who answers."""

    postings: Sequence[int]
    people: Sequence[int]


def from_database(
    report: Report, database: Database, listings: Sequence[Opportunity], asked: Asked, size: str
) -> tuple[Times, list[set[int]]]:
    """One listing against everybody, straight from the database: who is near enough and passes the cheap gates."""
    name = "SQLite" if database.is_sqlite else "PostgreSQL"
    found: list[Sequence[str]] = []

    def find(posting: Opportunity) -> None:
        with database.reading() as session:
            found.append(candidate_ids(session, posting))

    for one in asked.postings[:5]:  # what has just been filled is not in any cache yet
        find(listings[one])
    found.clear()
    times = timed([lambda one=one: find(listings[one]) for one in asked.postings])  # type: ignore[misc]
    many = int(np.median([len(one) for one in found]))
    note = f"p99 {1000 * times.p99:.1f} ms; {times.busy_ms:.1f} ms of work here; median {many} candidates"
    value = report.add(
        Row("one listing × everybody, from the database", name, size, 1000 * times.median, "ms", note)
    )
    report.at_most(f"one listing from {name}", value, "ms", 15)
    return times, [set(map(number_of, one)) for one in found]


def examined_in_database(
    report: Report, database: Database, listings: Sequence[Opportunity], reached: dict[int, int]
) -> None:
    """How many rows the index yields for each person who can truly come."""
    rows = 0
    with database.reading() as session:
        for place in reached:
            there = listings[place].place
            assert there is not None
            assert there.point is not None
            rows += (
                session.scalar(select(func.count()).select_from(near(session, there.point).subquery())) or 0
            )
    share = rows / max(1, sum(reached.values()))
    report.add(
        Row(
            "rows examined a person in reach",
            "index (cell, reach_km)",
            f"{len(reached)} listings",
            share,
            "×",
        )
    )
    report.at_most("rows examined, database", share, "×", 1.3)


def bounding_box(
    report: Report, database: Database, people: flat.Columns, rows: Sequence[Mapping[str, Any]], size: str
) -> list[NDArray[np.float64]]:
    """What SQLAlchemy and a box around the listing would do: an index of places, the furthest reach, then the rules."""
    with database.engine.begin() as connection:
        connection.exec_driver_sql("create index bench_place on person (latitude, longitude)")
    furthest = float(people["reach_km"].max()) / flat.EARTH_KM
    place = np.argsort(people["number"])
    found: list[NDArray[np.float64]] = []

    def find(row: Mapping[str, Any]) -> None:
        wide = furthest / math.cos(abs(row["lat"]) + furthest)
        south, north = math.degrees(row["lat"] - furthest), math.degrees(row["lat"] + furthest)
        west, east = math.degrees(row["lon"] - wide), math.degrees(row["lon"] + wide)
        query = select(PersonRow.id).where(
            PersonRow.latitude.between(south, north), PersonRow.longitude.between(west, east)
        )
        with database.reading() as session:
            near = place[[number_of(one) for one in session.scalars(query)]]
        scores = flat.scores({name: one[near] for name, one in people.items()}, row)[1]
        found.append(np.sort(scores)[::-1][:BEST_PEOPLE])

    times = timed([lambda row=row: find(row) for row in rows])  # type: ignore[misc]
    report.add(
        Row(
            "one listing × everybody, best 200",
            "SQLAlchemy and a bounding box",
            size,
            1000 * times.median,
            "ms",
        )
    )
    return found


def load(report: Report, database: Database, size: str) -> Everybody:
    """Everybody from the database into columns."""
    everybody = Everybody()
    gc.collect()
    begun = time.perf_counter()
    with database.reading() as session:
        everybody.people = read_people(session, everybody.words, NOW)
    seconds = time.perf_counter() - begun
    name = "SQLite" if database.is_sqlite else "PostgreSQL"
    report.add(Row("everybody into columns", name, size, seconds, "s"))
    if not database.is_sqlite:
        report.at_most("everybody into columns", seconds, "s", 10)
    return everybody


def add_listings(report: Report, everybody: Everybody, listings: Sequence[Opportunity]) -> None:
    """Everything offered into columns, from values."""
    begun = time.perf_counter()
    for one in listings:
        everybody.listings.put(one, NOW)
    everybody.listings.settle()
    seconds = time.perf_counter() - begun
    report.add(
        Row("everything offered into columns", "in memory", f"{len(listings):,} listings", seconds, "s")
    )


def listing_in_memory(
    report: Report, everybody: Everybody, listings: Sequence[Opportunity], asked: Asked, size: str
) -> Times:
    """One listing against everybody in memory, the 200 best."""
    ids = [str(listings[one].id) for one in asked.postings]
    everybody.warm(NOW)
    for one in ids[:5]:
        everybody.best_people(one, NOW, BEST_PEOPLE)
    times = timed([lambda one=one: everybody.best_people(one, NOW, BEST_PEOPLE) for one in ids])  # type: ignore[misc]
    name = "Matcher, compiled" if is_available() else "Matcher, plain Python"
    note = f"p99 {1000 * times.p99:.2f} ms; {times.busy_ms:.2f} ms of work"
    report.add(Row("one listing × everybody, best 200", name, size, 1000 * times.median, "ms", note))
    if is_available():
        report.at_most("one listing in memory", 1000 * times.median, "ms", 1)
        report.at_most("one listing in memory, p99", 1000 * times.p99, "ms", 5)
    return times


def examined_in_memory(
    report: Report, everybody: Everybody, listings: Sequence[Opportunity], reached: dict[int, int]
) -> None:
    """Rows looked at for each person in reach."""
    rows = 0
    for place in reached:
        everybody.best_people(str(listings[place].id), NOW, BEST_PEOPLE)
        rows += everybody.examined
    share = rows / max(1, sum(reached.values()))
    report.add(Row("rows examined a person in reach", "columns", f"{len(reached)} listings", share, "×"))
    report.at_most("rows examined, memory", share, "×", 1.3)


def person_in_memory(report: Report, everybody: Everybody, crowd: Crowd, asked: Asked, size: str) -> Times:
    """One person against everything offered, the 20 best."""
    ids = [str(crowd.person(one).id) for one in asked.people]
    times = timed([lambda one=one: everybody.best_listings(one, NOW, BEST_LISTINGS) for one in ids])  # type: ignore[misc]
    name = "Matcher, compiled" if is_available() else "Matcher, plain Python"
    note = f"p99 {1000 * times.p99:.2f} ms; {times.busy_ms:.2f} ms of work"
    report.add(Row("one person × everything offered, best 20", name, size, 1000 * times.median, "ms", note))
    if is_available():
        report.at_most("one person in memory", 1000 * times.median, "ms", 0.3)
    return times


def menus(report: Report, everybody: Everybody, size: str) -> float:
    """Everybody's menu, on two threads."""
    begun, some = time.perf_counter(), 0
    for _rows, made in everybody.menu_rows(NOW):
        some += int(np.count_nonzero(made.rows[:, 0] >= 0))
    seconds = time.perf_counter() - begun
    name = "Matcher, compiled" if is_available() else "Matcher, plain Python"
    report.add(Row("everybody's menu", name, size, seconds, "s", f"{some:,} people have one"))
    if is_available():
        report.at_most("everybody's menu", seconds, "s", 30)
    return seconds


def change(report: Report, everybody: Everybody, crowd: Crowd, asked: Asked, size: str) -> None:
    """A person changes, in place and by moving house."""
    people = [crowd.person(one) for one in asked.people]
    comforts = [initial(one.comfort) for one in people]
    moved = [
        replace(one, start_point=crowd.person((number_of(str(one.id)) * 7 + 1) % len(crowd)).start_point)
        for one in people
    ]
    for what, now_are, limit in (
        ("a person changes in place", people, 0.1),
        ("a person moves house", moved, None),
    ):
        times = timed(
            [lambda one=one, comfort=comfort: everybody.people.put(one, History(()), comfort, NOW) for one, comfort in zip(now_are, comforts, strict=True)]  # type: ignore[misc]
        )  # fmt: skip
        value = report.add(Row(what, "in memory", size, 1000 * times.median, "ms"))
        if limit is not None:
            report.at_most(what, value, "ms", limit)


def memory(report: Report, everybody: Everybody, size: str) -> None:
    """What the columns take."""
    taken = (everybody.people.nbytes + everybody.listings.nbytes) / 2**20
    report.add(Row("memory of all columns", "in memory", size, taken, "MiB"))
    report.at_most("memory of all columns", taken, "MiB", 1024)
    scale = 2**20 if sys.platform == "darwin" else 2**10
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale
    report.add(
        Row(
            "memory of this whole benchmark at its most",
            "process",
            size,
            most,
            "MiB",
            "peers and crowd included",
        )
    )


def without_scale(report: Report, listings: Sequence[Opportunity]) -> None:
    """Ten thousand people × one listing with nothing compiled: the functions as they are written."""
    crowd = make_crowd(10_000)
    everybody = Everybody()
    for number in range(len(crowd)):
        person = crowd.person(number)
        everybody.people.put(person, History(()), initial(person.comfort), NOW)
    everybody.people.settle()
    chosen = listings[:20]
    rows = [everybody.listings.put(one, NOW) for one in chosen]
    people, offered, now = everybody.people.view(), everybody.listings.view(), everybody.moment(NOW)

    def ask(row: int) -> None:
        search.best_people(people, offered, row, now, no_best(BEST_PEOPLE), no_near(len(people.cells) + 1))

    times = timed([lambda row=row: ask(row) for row in rows])  # type: ignore[misc]
    slowest = max(times.each)
    report.add(
        Row(
            "one listing × 10,000 people, nothing compiled",
            "Matcher, plain Python",
            "10,000 people",
            1000 * times.median,
            "ms",
            f"slowest {1000 * slowest:.0f} ms",
        )
    )
    report.at_most("10,000 people without `scale`", slowest, "s", 0.5)


def all_scores(everybody: Everybody, row: int) -> NDArray[np.float64]:
    """The 200 best scores of one posting, the best first."""
    best = no_best(BEST_PEOPLE)
    compiled(search.best_people)(
        everybody.people.view(), everybody.listings.view(), row, everybody.moment(NOW), best,
        no_near(len(everybody.people.table.cells) + 1),
    )  # fmt: skip
    return best.scores[best.rows >= 0]
