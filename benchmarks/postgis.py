"""PostGIS where Debian's packages brought it: the box of each person's reach in a GiST index, the same cheap gates beside it.

Of the forms that were tried the fastest: a box a person is looked up once, where a circle around the listing would have to
be as wide as anybody travels.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import psycopg
from numpy.typing import NDArray

from benchmarks.crowd import Crowd, rows_of, variant_rows
from benchmarks.flat import EARTH_KM
from benchmarks.report import Report, Row, Times, timed
from matcher.domain.opportunity import Opportunity
from matcher.scoring.bits import KIND_BIT, REQUIREMENT_BIT, mask
from tests.servers import PostgresServer

DEBIAN: Final = Path("/usr/lib/postgresql")
SHARED: Final = Path("/usr/share/postgresql")
GATES: Final = ("reach_km", "max_group_size", "kind_mask", "red_line_mask", "language")
MANY: Final = 1_000_000
TABLE: Final = """
create extension postgis;
create table person (
  number integer primary key, longitude float8, latitude float8, reach_km float8, max_group_size integer,
  kind_mask integer, red_line_mask integer, language text, reach geometry(Polygon, 4326)
)"""
BOXES: Final = """
update person set reach = st_makeenvelope(
  longitude - degrees(reach_km / %(earth)s) / cos(radians(abs(latitude)) + reach_km / %(earth)s) - 1e-6,
  latitude - degrees(reach_km / %(earth)s) - 1e-6,
  longitude + degrees(reach_km / %(earth)s) / cos(radians(abs(latitude)) + reach_km / %(earth)s) + 1e-6,
  latitude + degrees(reach_km / %(earth)s) + 1e-6, 4326)"""
FIND: Final = """
select number from person
where reach && st_setsrid(st_makepoint(%(lon)s, %(lat)s), 4326)
  and (red_line_mask & %(refused)s) = 0 and (kind_mask & %(kind)s <> 0 or kind_mask = 0)
  and max_group_size >= %(group)s and language = any(%(languages)s)
  and st_distancesphere(st_makepoint(longitude, latitude), st_makepoint(%(lon)s, %(lat)s)) <= 1000 * reach_km + 0.001"""


def binaries() -> Path | None:
    """The newest PostgreSQL of Debian's that has PostGIS, None where there is none."""
    found = [
        one / "bin"
        for one in DEBIAN.glob("*")
        if re.fullmatch(r"\d+", one.name)
        and (one / "bin" / "postgres").exists()
        and (SHARED / one.name / "extension" / "postgis.control").exists()
    ]
    return max(found, key=lambda one: int(one.parent.name), default=None)


def measure(
    report: Report,
    crowd: Crowd,
    listings: Sequence[Opportunity],
    asked: Sequence[int],
    mine: tuple[Times, list[set[int]]],
) -> None:
    """Who is near enough and passes the cheap gates, by PostGIS; held against the time, and the answers, of ours."""
    where = binaries()
    if where is None:
        report.absent.append("PostGIS (Debian's postgresql-15-postgis-3 or newer)")
        return
    size, (times, ours) = f"{len(crowd):,} people", mine
    server = PostgresServer(binaries=where)
    try:
        with psycopg.connect(server.create_database().replace("+psycopg", "")) as connection:
            _fill(connection, crowd)
            found: list[set[int]] = []
            questions = [_question(listings[one]) for one in asked]

            def find(question: dict[str, Any]) -> None:
                found.append({number for (number,) in connection.execute(FIND, question)})

            for question in questions[:5]:
                find(question)
            found.clear()
            theirs = timed([lambda one=one: find(one) for one in questions])  # type: ignore[misc]
    finally:
        server.close()
    note = f"p99 {1000 * theirs.p99:.1f} ms; PostgreSQL {where.parent.name}"
    report.add(
        Row("one listing × everybody, from the database", "PostGIS", size, 1000 * theirs.median, "ms", note)
    )
    reach = np.array([row.reach_km for row in variant_rows()])[crowd.variant]
    wrong = sum(
        not _agree(mine, found, listings[one], crowd, reach)
        for mine, found, one in zip(ours, found, asked, strict=True)
    )
    report.at_most("answers of PostGIS that differ", wrong, "answers", 0)
    if (
        len(crowd) >= MANY
    ):  # where few live near, looking boxes up one by one costs less than half a thousand ranges
        report.at_least("finding, times faster than PostGIS", theirs.median / times.median, "×", 1)


def _question(posting: Opportunity) -> dict[str, Any]:
    assert posting.place is not None
    assert posting.kind is not None
    return {
        "lat": posting.place.latitude, "lon": posting.place.longitude, "kind": KIND_BIT[posting.kind],
        "refused": mask(REQUIREMENT_BIT, posting.requires or ()), "group": posting.group_size.max,
        "languages": list(posting.languages or ()),
    }  # fmt: skip


def _agree(
    ours: set[int], theirs: set[int], posting: Opportunity, crowd: Crowd, reach: NDArray[np.float64]
) -> bool:
    """Ours may hold more, by the width of a cell; whoever is truly in reach stands in both."""
    more = np.array(sorted(ours - theirs), np.int64)
    assert posting.place is not None
    lat, lon = np.radians(crowd.latitude[more]), np.radians(crowd.longitude[more])
    there_lat, there_lon = np.radians(posting.place.latitude or 0), np.radians(posting.place.longitude or 0)
    half = (
        np.sin((lat - there_lat) / 2) ** 2
        + np.cos(lat) * np.cos(there_lat) * np.sin((lon - there_lon) / 2) ** 2
    )
    km = 2 * EARTH_KM * np.arcsin(np.sqrt(half))
    return theirs <= ours and bool(np.all(km > reach[more]))


def _fill(connection: psycopg.Connection[Any], crowd: Crowd) -> None:
    connection.execute(TABLE)
    shared = [tuple(getattr(row, name) for name in GATES) for row in variant_rows()]
    columns = f"number, latitude, longitude, {', '.join(GATES)}"
    with connection.cursor() as cursor, cursor.copy(f"copy person ({columns}) from stdin") as copy:
        for rows in rows_of(crowd):
            copy.write("".join(_lines(rows, shared)))
    connection.execute(BOXES, {"earth": EARTH_KM})
    connection.execute("create index on person using gist (reach)")
    connection.commit()
    connection.autocommit = True
    connection.execute("vacuum full analyze person")


def _lines(rows: Sequence[tuple[Any, ...]], shared: Sequence[tuple[Any, ...]]) -> Iterator[str]:
    for number, variant, latitude, longitude, _cell in rows:
        yield "\t".join(map(str, (number, latitude, longitude, *shared[variant]))) + "\n"
