"""Rungs over time: a line of steps with marks beside it, in hundredths of a picture of any width and height."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from matcher.domain.values import RUNG_MAX

WHOLE: Final = 100.0
ROWS: Final = (
    int(RUNG_MAX) + 1
)  # one for each whole rung, so that sentences beside the picture stand level with it
SIDE: Final = 4.0  # free at either side, so that no mark is cut


@dataclass(frozen=True, slots=True)
class Stroke:
    """A straight line from one corner to another, in hundredths."""

    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True, slots=True)
class Mark:
    """Something at one place, in hundredths; `kind` says what it looks like."""

    x: float
    y: float
    kind: str


@dataclass(frozen=True, slots=True)
class Staircase:
    """`steps` is one unbroken line; `rules` are the heights of the whole rungs, highest first."""

    steps: tuple[Stroke, ...]
    marks: tuple[Mark, ...]
    rules: tuple[float, ...]


def staircase(
    path: Sequence[tuple[float, float]], lived: Sequence[tuple[float, float, str]], until: float
) -> Staircase:
    """Draw what was comfortable when, and what was lived.

    Parameters
    ----------
    path : at least one (time, rung), oldest first: from that time on, that rung.
    lived : (time, rung, kind) of each mark, any order.
    until : the time at the right edge. Times are numbers of one unit; what lies outside is drawn at the edge.

    >>> drawn = staircase([(0.0, 1.0), (5.0, 2.0)], [(10.0, 2.0, "ok")], 10.0)
    >>> [(stroke.x1, stroke.y1, stroke.x2, stroke.y2) for stroke in drawn.steps]
    [(4.0, 70.0, 50.0, 70.0), (50.0, 70.0, 50.0, 50.0), (50.0, 50.0, 96.0, 50.0)]
    >>> drawn.marks
    (Mark(x=96.0, y=50.0, kind='ok'),)
    """
    since = path[0][0]

    def across(time: float) -> float:
        share = 0.0 if until <= since else min(1.0, max(0.0, (time - since) / (until - since)))
        return round(SIDE + share * (WHOLE - 2 * SIDE), 2)

    corners = [(across(time), height(rung)) for time, rung in path]
    steps = []
    for (x, y), (next_x, next_y) in pairwise([*corners, (WHOLE - SIDE, corners[-1][1])]):
        steps.append(Stroke(x, y, next_x, y))
        if next_y != y:
            steps.append(Stroke(next_x, y, next_x, next_y))
    marks = tuple(Mark(across(time), height(rung), kind) for time, rung, kind in lived)
    return Staircase(tuple(steps), marks, tuple(height(float(rung)) for rung in reversed(range(ROWS))))


def height(rung: float) -> float:
    """How far down a rung lies: the middle of its row, the highest at the top.

    >>> [height(rung) for rung in (0.0, 2.0, 2.5, 4.0)]
    [90.0, 50.0, 40.0, 10.0]
    """
    return round(WHOLE * (ROWS - 0.5 - rung) / ROWS, 2)
