"""The grid by which people are found: a cell of about 4 km, and how near to a point it can possibly be.

A listing asks: whose reach is at least the distance from me to them? A cell at least d km away holds an answer only
among its people with `reach_km ≥ d`, so each cell is one range of the index `(cell, reach_km)`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final, NamedTuple

from matcher.domain.values import GeoPoint
from matcher.scoring.weights import WEIGHTS

EARTH_RADIUS_KM: Final = WEIGHTS.earth_radius_km
CELL_LATITUDE_DEGREES: Final = 0.036  # about 4.0 km everywhere
CELL_LONGITUDE_DEGREES: Final = 0.045  # about 4.1 km at 35° north; narrower towards the poles
ROWS: Final = math.ceil(180 / CELL_LATITUDE_DEGREES)
COLUMNS: Final = math.ceil(360 / CELL_LONGITUDE_DEGREES)
SHRINK: Final = 1 - 1e-9  # keeps a bound a bound after rounding


class CellRange(NamedTuple):
    """One cell and the least reach, in km, that somebody in it needs."""

    cell: int
    at_least_km: float


def cell_of(point: GeoPoint) -> int:
    """The number of the cell a point lies in."""
    row = min(ROWS - 1, math.floor((point.latitude + 90) / CELL_LATITUDE_DEGREES))
    column = math.floor((point.longitude + 180) / CELL_LONGITUDE_DEGREES) % COLUMNS
    return row * COLUMNS + column


def cells_within(point: GeoPoint, radius_km: float) -> Iterator[CellRange]:
    """Every cell that may hold a point within `radius_km` of `point`, with a true lower bound of its distance.

    Raises nothing; a radius below 0 gives nothing.
    """
    if radius_km < 0:
        return
    angle = math.degrees(radius_km / EARTH_RADIUS_KM)
    first = max(0, math.floor((point.latitude - angle + 90) / CELL_LATITUDE_DEGREES))
    last = min(ROWS - 1, math.floor((point.latitude + angle + 90) / CELL_LATITUDE_DEGREES))
    for row in range(first, last + 1):
        for column in _columns(point, row, radius_km):
            distance = _lower_bound_km(point, row, column)
            if distance <= radius_km:
                yield CellRange(row * COLUMNS + column % COLUMNS, distance)


def _columns(point: GeoPoint, row: int, radius_km: float) -> range:
    """The columns of a row worth asking, unwrapped; all of them where the radius spans a pole."""
    south = row * CELL_LATITUDE_DEGREES - 90
    steepest = min(89.999, max(abs(south), abs(south + CELL_LATITUDE_DEGREES), abs(point.latitude)))
    share = math.sin(min(math.pi / 2, radius_km / (2 * EARTH_RADIUS_KM))) / math.cos(math.radians(steepest))
    middle = math.floor((point.longitude + 180) / CELL_LONGITUDE_DEGREES)
    if share >= 1:
        return range(COLUMNS)
    reach = math.ceil(math.degrees(2 * math.asin(share)) / CELL_LONGITUDE_DEGREES) + 1
    if 2 * reach + 1 >= COLUMNS:
        return range(COLUMNS)
    return range(middle - reach, middle + reach + 1)


def _lower_bound_km(point: GeoPoint, row: int, column: int) -> float:
    """Never more than the distance from `point` to anything in the cell (haversine with the least of each part)."""
    south = row * CELL_LATITUDE_DEGREES - 90
    north = south + CELL_LATITUDE_DEGREES
    gap_latitude = max(0.0, south - point.latitude, point.latitude - north)
    west = column * CELL_LONGITUDE_DEGREES - 180
    gap_longitude = _longitude_gap(point.longitude, west)
    steepest = min(90.0, max(abs(south), abs(north)))
    a = (
        math.sin(math.radians(gap_latitude) / 2) ** 2
        + math.cos(math.radians(point.latitude))
        * math.cos(math.radians(steepest))
        * math.sin(math.radians(gap_longitude) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(a))) * SHRINK


def _longitude_gap(longitude: float, west: float) -> float:
    """Degrees from a meridian to the nearer edge of a cell, the short way round."""
    offset = (longitude - west) % 360
    if offset <= CELL_LONGITUDE_DEGREES:
        return 0.0
    return min(offset - CELL_LONGITUDE_DEGREES, 360 - offset)
