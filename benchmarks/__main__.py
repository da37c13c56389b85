"""`make bench`: everything in one run, on one machine, each ratio from the same run."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks import flat, growth, night, ours, peers, postgis, seats, through
from benchmarks.crowd import Crowd, id_of, make_crowd, make_listings, reach_of_variants
from benchmarks.databases import fill, open_database, sqlite_url
from benchmarks.report import Report, Row, Times, timed
from matcher.cli.result_file import why_not
from matcher.domain.opportunity import Opportunity
from matcher.scoring.columns.everybody import Everybody
from matcher.scoring.compiled import is_available
from matcher.storage.engine import Database
from tests.servers import PostgresServer

FULL = 1_500_000, 100_000, 200
QUICK = 60_000, 10_000, 60
TOLERANCE = 1e-9
CHECKED = 20  # answers of each peer that are compared, score by score
GEOPY_PEOPLE = 5_000
PEOPLE_SAMPLED = 40


def main() -> None:
    """Read the command line, measure, print, write, and end with 1 where a limit was missed."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--quick", action="store_true", help="a small crowd, in about a minute")
    parser.add_argument("--json", type=Path, help="also write the result here")
    parser.add_argument(
        "--only-through",
        action="store_true",
        help="only from the POST of a listing to its matches, about three minutes",
    )
    parser.add_argument("--only-night", action="store_true", help="only two whole nights, about five minutes")
    parser.add_argument("--plot", type=Path, help="also draw here how the cost grows (SVG)")
    parser.add_argument("--people", type=int, help="another number of people")
    parser.add_argument("--listings", type=int, help="another number of postings")
    chosen = parser.parse_args()
    if why := why_not(chosen.json) or why_not(chosen.plot):
        parser.error(why)
    people, listings, questions = QUICK if chosen.quick else FULL
    report = Report()
    if chosen.only_night:
        night.measure(report, chosen.people or night.PEOPLE, chosen.listings or night.LISTINGS)
    elif not chosen.only_through:
        measure(report, chosen.people or people, chosen.listings or listings, questions, chosen.plot)
        seats.measure(report, quick=chosen.quick)
    if chosen.only_through or not (chosen.quick or chosen.only_night):
        through.measure(report, chosen.people or through.PEOPLE)
    report.show()
    if chosen.json:
        report.write(chosen.json)
    sys.exit(0 if report.ok else 1)


def measure(report: Report, count: int, offered: int, questions: int, plot: Path | None = None) -> None:
    """Everything, in an order in which little is in memory twice."""
    begun = time.perf_counter()
    crowd, listings = make_crowd(count), make_listings(offered)
    r = np.random.default_rng(7)
    asked = ours.Asked(
        r.choice(offered, questions, replace=False).tolist(), r.choice(count, questions).tolist()
    )
    size, both = f"{count:,} people", f"{count:,} people × {offered:,} listings"
    people, postings = _columns(crowd, listings)
    reached = {place: _reach(people, flat.row(postings, place)) for place in asked.postings[:CHECKED]}
    checked = [flat.row(postings, _places(postings)[one]) for one in asked.postings[:CHECKED]]
    everybody, boxed = _databases(report, crowd, listings, asked, (people, checked, reached))
    ours.add_listings(report, everybody, listings)
    mine = ours.listing_in_memory(report, everybody, listings, asked, size)
    ours.examined_in_memory(report, everybody, listings, reached)
    reach = growth.by_reach(report, everybody, listings, asked.postings)
    own = ours.person_in_memory(report, everybody, crowd, asked, both)
    # Without numba it would take hours; the peers are still measured.
    menus = ours.menus(report, everybody, both) if is_available() else float("inf")
    right = [ours.all_scores(everybody, _row(everybody, one)) for one in asked.postings[:CHECKED]]
    report.at_most("answers by a bounding box that differ", _wrong(boxed, right), "answers", 0)
    _peers(report, (people, postings), asked, right, (mine, own, menus))
    ours.change(report, everybody, crowd, asked, size)
    ours.memory(report, everybody, both)
    ours.without_scale(report, listings)
    if plot is not None:
        plot.write_text(growth.plot(count, reach, growth.by_all(report, crowd, listings)))
    if not is_available():
        report.absent.append("numba (extra `scale`)")
    report.add(Row("this whole run", "everything", both, time.perf_counter() - begun, "s"))


def _columns(crowd: Crowd, listings: Sequence[Opportunity]) -> tuple[flat.Columns, flat.Columns]:
    """Everybody and everything as the peers get them."""
    reach = reach_of_variants()[crowd.variant]
    people = flat.people_columns(crowd) | {"reach_km": reach}
    return peers.with_boxes(people, reach), peers.with_boxes(flat.listing_columns(listings), None)


def _reach(people: flat.Columns, posting: dict[str, float]) -> int:
    """How many people can come in the time they have."""
    minutes = flat.minutes_of(people, posting, flat.ARRAYS)
    return int(np.count_nonzero(minutes <= people["max_minutes"]))


def _databases(
    report: Report,
    crowd: Crowd,
    listings: Sequence[Opportunity],
    asked: ours.Asked,
    known: tuple[flat.Columns, list[dict[str, float]], dict[int, int]],
) -> tuple[Everybody, list[peers.Found]]:
    """Both databases; what is read into columns from PostgreSQL is what everything in memory works with."""
    size, (people, rows, reached) = f"{len(crowd):,} people", known
    with tempfile.TemporaryDirectory(prefix="matcher-bench-") as folder:
        _database(report, open_database(sqlite_url(Path(folder))), crowd, listings, asked)
    server = PostgresServer()
    try:
        database = open_database(server.create_database())
        finding = _database(report, database, crowd, listings, asked, keep=True)
        ours.examined_in_database(report, database, listings, reached)
        everybody = ours.load(report, database, size)
        boxed = ours.bounding_box(report, database, people, rows, size)
        database.close()
    finally:
        server.close()
    postgis.measure(report, crowd, listings, asked.postings, finding)
    return everybody, boxed


def _database(
    report: Report,
    database: Database,
    crowd: Crowd,
    listings: Sequence[Opportunity],
    asked: ours.Asked,
    *,
    keep: bool = False,
) -> tuple[Times, list[set[int]]]:
    begun = time.perf_counter()
    fill(database, crowd)
    size = f"{len(crowd):,} people"
    name = "SQLite" if database.is_sqlite else "PostgreSQL"
    report.add(Row("preparing: everybody into the database", name, size, time.perf_counter() - begun, "s"))
    finding = ours.from_database(report, database, listings, asked, size)
    if not keep:
        database.close()
    return finding


def _peers(
    report: Report, columns: tuple[flat.Columns, flat.Columns], asked: ours.Asked, right: list[peers.Found],
    mine: tuple[Times, Times, float],
) -> None:  # fmt: skip
    """Each peer answers the same questions; each answer is compared."""
    people, postings = columns
    places = _places(postings)
    chosen = [flat.row(postings, places[one]) for one in asked.postings[:CHECKED]]
    sample = [flat.row(people, one) for one in asked.people[:PEOPLE_SAMPLED]]
    size = f"{len(people['lat']):,} people"
    both = f"{size} × {len(postings['lat']):,} listings"
    best = {"listing": np.inf, "menus": np.inf}
    for kind in peers.PEERS:
        if kind.missing():
            report.absent.append(kind.name)
            continue
        one_listing, found = _asked(kind(), people, chosen, ours.BEST_PEOPLE, of_people=True)
        wrong = _wrong(found, right)
        note = f"{len(found) - wrong} of {len(found)} answers equal; {one_listing.busy_ms:.1f} ms of work"
        report.add(
            Row("one listing × everybody, best 200", kind.name, size, 1000 * one_listing.median, "ms", note)
        )
        report.at_most(f"answers of {kind.name} that differ", wrong, "answers", 0)
        one_person, _found = _asked(kind(), postings, sample, ours.BEST_LISTINGS, of_people=False)
        report.add(
            Row("one person × everything offered, best 20", kind.name, both, 1000 * one_person.median, "ms")
        )
        whole = one_person.median * len(people["lat"]) / 2
        note = f"as many times one person, from {len(sample)}, on two processes"
        report.add(Row("everybody's menu", kind.name, both, whole, "s", note))
        best = {"listing": min(best["listing"], one_listing.median), "menus": min(best["menus"], whole)}
    _geopy(report, people, chosen[0])
    if is_available():
        report.at_least(
            "one listing, times faster than the best peer", best["listing"] / mine[0].median, "×", 10
        )
        report.at_least("everybody's menu, times faster than the best peer", best["menus"] / mine[2], "×", 5)


def _asked(
    peer: peers.Peer, many: flat.Columns, rows: Sequence[dict[str, float]], most: int, *, of_people: bool
) -> tuple[Times, list[peers.Found]]:
    """How long each answer took, and the answers. Whatever is made at the first question does not count."""
    found: list[peers.Found] = []
    peer.prepare(many, of_people=of_people)
    peer.best(rows[0], most)
    times = timed([lambda row=row: found.append(peer.best(row, most)) for row in rows])  # type: ignore[misc]
    return times, found


def _wrong(found: Sequence[peers.Found], right: Sequence[peers.Found]) -> int:
    """How many answers are not the same scores."""
    return sum(not _same(one, other) for one, other in zip(found, right, strict=True))


def _geopy(report: Report, people: flat.Columns, posting: dict[str, float]) -> None:
    some = {name: one[:GEOPY_PEOPLE] for name, one in people.items()}
    times = timed([lambda: peers.geopy_loop(posting, some, ours.BEST_PEOPLE)])
    scaled = times.median * len(people["lat"]) / len(some["lat"])
    note = f"from {len(some['lat']):,} people"
    report.add(
        Row(
            "one listing × everybody, best 200",
            "a loop with geopy",
            f"{len(people['lat']):,} people",
            1000 * scaled,
            "ms",
            note,
        )
    )


def _places(postings: flat.Columns) -> dict[int, int]:
    """Where each posting stands among the sorted ones, by its number."""
    return {int(number): place for place, number in enumerate(postings["number"])}


def _row(everybody: Everybody, number: int) -> int:
    row = everybody.listings.table.row(id_of(number))
    assert row is not None
    return row


def _same(one: peers.Found, other: peers.Found) -> bool:
    return len(one) == len(other) and bool(np.all(np.abs(one - other) <= TOLERANCE))


if __name__ == "__main__":
    main()
