"""ARCHITECTURE §4: the distance of a cell is never more than that of anything in it, and no cell is forgotten."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from matcher.domain.values import GeoPoint
from matcher.scoring import kernel
from matcher.scoring.cells import COLUMNS, ROWS, cell_of, cells_within

latitudes = st.floats(-90, 90)
longitudes = st.floats(-180, 180)
points = st.builds(GeoPoint, latitudes, longitudes)
small = st.floats(-0.3, 0.3)


def distance_km(one: GeoPoint, other: GeoPoint) -> float:
    return kernel.haversine_km(one.latitude, one.longitude, other.latitude, other.longitude)


@given(points, small, small, st.floats(0, 60))
@example(GeoPoint(35.0, 180.0), 0.0, 0.05, 20.0)
@example(GeoPoint(90.0, 0.0), -0.1, 0.2, 30.0)
@example(GeoPoint(-90.0, 10.0), 0.0, 0.0, 0.0)
def test_whoever_is_within_reach_stands_in_a_cell_that_is_asked(
    point: GeoPoint, north: float, east: float, radius_km: float
) -> None:
    latitude = max(-90.0, min(90.0, point.latitude + north))
    other = GeoPoint(latitude, (point.longitude + east + 180) % 360 - 180)
    distance = distance_km(point, other)
    cells = dict(cells_within(point, radius_km))
    if distance + 1e-6 <= radius_km:  # a millimetre: every stored reach is a metre too long
        assert cell_of(other) in cells
    if cell_of(other) in cells:
        assert cells[cell_of(other)] <= distance + 1e-6


@given(points)
def test_every_point_has_one_cell(point: GeoPoint) -> None:
    assert 0 <= cell_of(point) < ROWS * COLUMNS
    assert cell_of(GeoPoint(point.latitude, 180.0)) == cell_of(GeoPoint(point.latitude, -180.0))


@given(points, st.floats(0, 60))
def test_no_cell_is_named_twice(point: GeoPoint, radius_km: float) -> None:
    cells = [cell for cell, _distance in cells_within(point, radius_km)]
    assert len(cells) == len(set(cells))


def test_a_radius_below_nothing_reaches_nobody() -> None:
    assert list(cells_within(GeoPoint(35.0, 139.0), -1.0)) == []


@pytest.mark.parametrize("latitude", [0.0, 35.6, 69.6])
def test_bounds_are_tight_enough_to_be_of_use(latitude: float) -> None:
    found = dict(cells_within(GeoPoint(latitude, 139.6), 20.0))
    assert max(found.values()) > 19.0
    assert len(found) < 2 * 40**2  # a few times the square kilometres of a square around it
