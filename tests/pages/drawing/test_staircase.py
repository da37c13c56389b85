"""Steps and marks stand where their numbers say, inside the picture, and the line never breaks."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from matcher.pages.drawing.staircase import Mark, height, staircase

RUNGS = st.integers(0, 8).map(lambda half: half / 2)
TIMES = st.floats(0, 1e9)
PATHS = st.lists(st.tuples(TIMES, RUNGS), min_size=1, max_size=6).map(sorted)


@given(PATHS, st.lists(st.tuples(TIMES, RUNGS, st.just("ok")), max_size=6), TIMES)
def test_the_line_is_unbroken_and_nothing_lies_outside(
    path: list[tuple[float, float]], lived: list[tuple[float, float, str]], until: float
) -> None:
    drawn = staircase(path, lived, until)
    for one, following in pairwise(drawn.steps):
        assert (one.x2, one.y2) == (following.x1, following.y1)
    assert drawn.steps[0].y1 == height(path[0][1])
    assert drawn.steps[-1].y2 == height(path[-1][1])
    assert drawn.steps[-1].x2 == 96.0
    places = [(stroke.x1, stroke.y1) for stroke in drawn.steps] + [(mark.x, mark.y) for mark in drawn.marks]
    assert all(0 < x < 100 and 0 < y < 100 for x, y in places)


def test_a_higher_rung_lies_higher_and_whole_ones_lie_on_the_rules() -> None:
    drawn = staircase([(0.0, 0.0)], [], 1.0)
    assert drawn.rules == tuple(height(float(rung)) for rung in (4, 3, 2, 1, 0))
    assert list(drawn.rules) == sorted(drawn.rules)


def test_marks_keep_what_they_are_and_when_they_were() -> None:
    drawn = staircase([(0.0, 2.0)], [(5.0, 3.0, "too_much"), (10.0, 2.0, "ok")], 10.0)
    assert drawn.marks == (Mark(50.0, height(3.0), "too_much"), Mark(96.0, height(2.0), "ok"))


def test_on_the_first_day_the_line_is_there_already() -> None:
    drawn = staircase([(7.0, 1.0)], [], 7.0)
    assert [(stroke.x1, stroke.x2) for stroke in drawn.steps] == [(4.0, 96.0)]
