"""The grid by which people are found: a cell of about 1 km, and how near to a point it can possibly be.

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
# Small enough that few rows are looked at in vain (1.3 for each person in reach with people who mostly walk or cycle),
# large enough that half a thousand ranges reach as far as a car goes in 45 minutes.
CELL_LATITUDE_DEGREES: Final = 0.01  # about 1.1 km everywhere
CELL_LONGITUDE_DEGREES: Final = 0.0125  # about 1.1 km at 35° north; narrower towards the poles
ROWS: Final = math.ceil(180 / CELL_LATITUDE_DEGREES)
COLUMNS: Final = math.ceil(360 / CELL_LONGITUDE_DEGREES)
SHRINK: Final = 1 - 1e-9  # keeps a bound a bound after rounding
NEARLY_POLE_DEGREES: Final = 89.999  # at the pole itself no width can be told


class CellRange(NamedTuple):
    """One cell and the least reach, in km, that somebody in it needs."""

    cell: int
    at_least_km: float


def cell_of(point: GeoPoint) -> int:
    """The number of the cell a point lies in."""
    return cell_at(point.latitude, point.longitude)


def cell_at(latitude: float, longitude: float) -> int:
    """The number of the cell that holds a point in degrees.

    >>> cell_at(-90.0, -180.0), cell_at(90.0, 180.0) == (ROWS - 1) * COLUMNS
    (0, True)
    """
    return row_at(latitude) * COLUMNS + math.floor((longitude + 180) / CELL_LONGITUDE_DEGREES) % COLUMNS


def row_at(latitude: float) -> int:
    """The row of cells that holds a latitude; the last one holds the pole."""
    return min(ROWS - 1, math.floor((latitude + 90) / CELL_LATITUDE_DEGREES))


def cells_within(point: GeoPoint, radius_km: float) -> Iterator[CellRange]:
    """Every cell that may hold a point within `radius_km` of `point`, with a true lower bound of its distance.

    Raises nothing; a radius below 0 gives nothing.
    """
    first_row, last_row = rows_within(point.latitude, radius_km)
    for row in range(first_row, last_row + 1):
        first, last = columns_within(point.latitude, point.longitude, row, radius_km)
        parts = row_parts(point.latitude, row)
        for column in range(first, last + 1):
            distance = distance_in_row(parts, point.longitude, column)
            if distance <= radius_km:
                yield CellRange(row * COLUMNS + column % COLUMNS, distance)


def rows_within(latitude: float, radius_km: float) -> tuple[int, int]:
    """The first and last row of cells worth asking; none (last before first) for a radius below 0."""
    if radius_km < 0:
        return 0, -1
    angle = math.degrees(radius_km / EARTH_RADIUS_KM)
    first = max(0, math.floor((latitude - angle + 90) / CELL_LATITUDE_DEGREES))
    last = min(ROWS - 1, math.floor((latitude + angle + 90) / CELL_LATITUDE_DEGREES))
    return first, last


def columns_within(latitude: float, longitude: float, row: int, radius_km: float) -> tuple[int, int]:
    """The first and last column of a row worth asking, unwrapped; all of them where the radius spans a pole."""
    south = row * CELL_LATITUDE_DEGREES - 90
    steepest = min(NEARLY_POLE_DEGREES, max(abs(south), abs(south + CELL_LATITUDE_DEGREES), abs(latitude)))
    share = math.sin(min(math.pi / 2, radius_km / (2 * EARTH_RADIUS_KM))) / math.cos(math.radians(steepest))
    if share >= 1:
        return 0, COLUMNS - 1
    reach = math.ceil(math.degrees(2 * math.asin(share)) / CELL_LONGITUDE_DEGREES) + 1
    if 2 * reach + 1 >= COLUMNS:
        return 0, COLUMNS - 1
    middle = math.floor((longitude + 180) / CELL_LONGITUDE_DEGREES)
    return middle - reach, middle + reach


def row_parts(latitude: float, row: int) -> tuple[float, float]:
    """What the distance from a latitude to any cell of a row has in common, for `distance_in_row`."""
    south = row * CELL_LATITUDE_DEGREES - 90
    north = south + CELL_LATITUDE_DEGREES
    gap_latitude = max(0.0, south - latitude, latitude - north)
    steepest = min(90.0, max(abs(south), abs(north)))
    return (
        math.sin(math.radians(gap_latitude) / 2) ** 2,
        math.cos(math.radians(latitude)) * math.cos(math.radians(steepest)),
    )


def distance_in_row(parts: tuple[float, float], longitude: float, column: int) -> float:
    """Never more than the distance in km from a point to anything in the cell (haversine with the least of each part)."""
    gap_longitude = _longitude_gap(longitude, column * CELL_LONGITUDE_DEGREES - 180)
    square = parts[0] + parts[1] * math.sin(math.radians(gap_longitude) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(square))) * SHRINK


def _longitude_gap(longitude: float, west: float) -> float:
    """Degrees from a meridian to the nearer edge of a cell, the short way round."""
    offset = (longitude - west) % 360
    if offset <= CELL_LONGITUDE_DEGREES:
        return 0.0
    return min(offset - CELL_LONGITUDE_DEGREES, 360 - offset)
