"""A quiet map keeps directions and distances, and nothing lies outside it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.pages.drawing.rings import MIDDLE, REACH, ring_minutes, rings
from matcher.scoring import kernel

START = (35.63, 139.58)


def from_middle(x: float, y: float) -> float:
    return math.hypot(x - MIDDLE, y - MIDDLE)


@given(st.floats(-60, 60), st.floats(-180, 180), st.floats(-0.1, 0.1), st.floats(-0.1, 0.1))
def test_a_place_lies_as_far_out_as_the_rules_measure_it(
    latitude: float, longitude: float, north: float, east: float
) -> None:
    there = (latitude + north, (longitude + east + 180) % 360 - 180)
    distance = kernel.haversine_km(latitude, longitude, *there)
    drawn = rings((latitude, longitude), [there], {30: 30.0})
    (dot,) = drawn.dots
    assert from_middle(dot.x, dot.y) == pytest.approx(REACH * distance / 30.0, abs=0.3)


def test_north_is_up_and_east_is_right() -> None:
    north, east = rings(START, [(35.65, 139.58), (35.63, 139.6)], {30: 4.0}).dots
    assert (north.x, east.y) == (MIDDLE, MIDDLE)
    assert north.y < MIDDLE < east.x


@given(st.lists(st.tuples(st.floats(35.0, 36.0), st.floats(139.0, 140.0)), max_size=3), st.floats(0.5, 80))
def test_everything_lies_inside(places: list[tuple[float, float]], reach: float) -> None:
    drawn = rings(START, list(places), {10: reach / 2, 20: reach})
    assert all(0 < dot.x < 100 and 0 < dot.y < 100 for dot in drawn.dots)
    assert all(ring.radius <= REACH for ring in drawn.rings)


def test_a_place_that_is_nowhere_keeps_its_number_and_one_spot_carries_several() -> None:
    here = (35.64, 139.58)
    drawn = rings(START, [here, None, here], {30: 4.0})
    assert [dot.label for dot in drawn.dots] == ["1+3"]


@given(st.floats(1, 300))
def test_rings_are_few_and_end_with_the_most_that_somebody_travels(most: float) -> None:
    minutes = ring_minutes(most)
    assert 1 <= len(minutes) <= 3
    assert list(minutes) == sorted(set(minutes))
    assert minutes[-1] == math.ceil(most)
