"""What the search in memory costs against the people in reach, and against all people: measured, and drawn."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

import numpy as np

from benchmarks.crowd import NOW, Crowd
from benchmarks.ours import BEST_PEOPLE
from benchmarks.report import Report, Row
from matcher.domain.opportunity import Opportunity
from matcher.domain.person import History
from matcher.scoring.columns.everybody import Everybody
from matcher.scoring.comfort import initial

Points = list[tuple[float, float]]  # people, microseconds
TOWN: Final = 20_000  # people around the place that is asked about
ELSEWHERE: Final = (0, 50_000, 100_000, 200_000, 400_000)
TOWN_DEGREES: Final = 0.3  # farther than anybody of it travels
ASKED: Final = 60
REPEATS: Final = 5
WIDTH, HEIGHT, LEFT, BOTTOM, PANEL = 720, 300, 56, 44, 300


def by_reach(
    report: Report, everybody: Everybody, listings: Sequence[Opportunity], asked: Sequence[int]
) -> Points:
    """The same search at places where few and where many live: rows looked at, and the time of each."""
    cost = sorted(
        min(_cost(everybody, str(listings[place].id)) for _repeat in range(REPEATS)) for place in asked
    )
    for part in np.array_split(np.array(cost), 4):
        if len(part):
            rows, value = f"{part[:, 0].mean():,.0f} rows", float(np.median(part[:, 1]))
            report.add(Row("cost where so many rows are looked at", "in memory", rows, value, "µs"))
    return cost


def by_all(report: Report, crowd: Crowd, listings: Sequence[Opportunity]) -> Points:
    """The same places in the same town, while more and more people live elsewhere."""
    cells, counts = np.unique(crowd.cells(), return_counts=True)
    middle = int(np.flatnonzero(crowd.cells() == cells[counts.argmax()])[0])
    away = np.maximum(
        abs(crowd.latitude - crowd.latitude[middle]), abs(crowd.longitude - crowd.longitude[middle])
    )
    town, others = np.flatnonzero(away < TOWN_DEGREES), np.flatnonzero(away >= 2 * TOWN_DEGREES)
    everybody, known, found = Everybody(), 0, []
    asked = [one for one in listings if _is_near(one, crowd, middle)][:ASKED]
    for one in asked:
        everybody.listings.put(one, NOW)
    everybody.listings.settle()
    _add(everybody, crowd, np.random.default_rng(1).permutation(town)[:TOWN])
    for many in ELSEWHERE:
        if many > len(others):
            break
        _add(everybody, crowd, others[known:many])
        known = many
        for one in asked:  # the first look at new rows is not the search
            _cost(everybody, str(one.id))
        each = [_cost(everybody, str(one.id))[1] for _repeat in range(REPEATS) for one in asked]
        size = f"{len(everybody.people):,} people, {min(TOWN, len(town)):,} in town"
        report.add(Row("cost in one town", "in memory", size, float(np.median(each)), "µs"))
        found.append((float(len(everybody.people)), float(np.median(each))))
    return found


def _is_near(one: Opportunity, crowd: Crowd, middle: int) -> bool:
    assert one.place is not None
    assert one.place.point is not None
    north = abs(one.place.point.latitude - crowd.latitude[middle])
    return bool(max(north, abs(one.place.point.longitude - crowd.longitude[middle])) < TOWN_DEGREES / 4)


def _add(everybody: Everybody, crowd: Crowd, numbers: np.ndarray) -> None:
    for number in numbers:
        person = crowd.person(int(number))
        everybody.people.put(person, History(()), initial(person.comfort), NOW)
    everybody.people.settle()


def _cost(everybody: Everybody, posting_id: str) -> tuple[float, float]:
    begun = time.perf_counter()
    everybody.best_people(posting_id, NOW, BEST_PEOPLE)
    return float(everybody.examined), 1e6 * (time.perf_counter() - begun)


def plot(total: int, reach: Points, everybody: Points) -> str:
    """Both as one SVG, in the reader's own colours."""
    style = (
        "text{font:12px sans-serif;fill:currentColor}line{stroke:currentColor;opacity:.4}circle{fill:#3f7f6f}"
    )
    panels = (
        _panel(0, f"rows looked at, {total:,} people in all", reach)
        + _panel(1, f"people in all, {TOWN:,} of them in one town", everybody)
    )  # fmt: skip
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="Microseconds of one search against people in reach, and against people in all">'
        f"<style>{style}</style>{panels}</svg>\n"
    )


def _panel(place: int, label: str, points: Points) -> str:
    if not points:
        return ""
    left, bottom = place * WIDTH // 2 + LEFT, HEIGHT - BOTTOM
    most_x, most_y = (1.05 * max(each) for each in zip(*points, strict=True))
    shapes = [
        f'<line x1="{left}" x2="{left + PANEL - 20}" y1="{bottom}" y2="{bottom}"/>',
        f'<line x1="{left}" x2="{left}" y1="16" y2="{bottom}"/>',
        f'<text x="{left}" y="{HEIGHT - 8}">{label}</text>',
        f'<text x="{left + PANEL - 20}" y="{bottom + 16}" text-anchor="end">{most_x:,.0f}</text>',
        f'<text x="{left - 6}" y="20" text-anchor="end">{most_y:,.0f}</text>',
        f'<text x="{left - 6}" y="{bottom}" text-anchor="end">0 µs</text>',
    ]
    for x, y in points:
        right, down = left + (PANEL - 20) * x / most_x, bottom - (bottom - 16) * y / most_y
        shapes.append(f'<circle cx="{right:.1f}" cy="{down:.1f}" r="2.5"/>')
    return "".join(shapes)
