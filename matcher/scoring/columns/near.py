"""The cells around a point that hold anything, roughly from the inside out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.scoring.cells import COLUMNS, columns_within, distance_in_row, row_at, row_parts, rows_within


class Near(NamedTuple):
    """Spans of rows: how near, in km, the nearest of each can be; its first row and the one behind its last."""

    distance_km: NDArray[np.float64]
    first: NDArray[np.int64]
    end: NDArray[np.int64]


def add(near: Near, count: int, distance_km: float, first: int, end: int) -> int:
    """Write one more span behind `count` others; returns how many there are now."""
    near.distance_km[count], near.first[count], near.end[count] = distance_km, first, end
    return count + 1


def near_cells(
    near: Near, cells: NDArray[np.int64], starts: NDArray[np.int64], latitude: float, longitude: float,
    radius_km: float,
) -> int:  # fmt: skip
    """Write down every cell that holds anything and may lie within a radius of a point; returns how many.

    `cells` are the numbers of cells, sorted, and `starts` their first rows; the row of the point comes first, then those
    beside it.
    """
    first, last = rows_within(latitude, radius_km)
    middle = row_at(latitude)
    count = 0
    for step in range(2 * max(middle - first, last - middle) + 1):
        row = middle + (step + 1) // 2 * (1 if step % 2 else -1)
        if first <= row <= last:
            count = _in_row(near, count, cells, starts, latitude, longitude, row, radius_km)
    return count


def _in_row(
    near: Near, count: int, cells: NDArray[np.int64], starts: NDArray[np.int64], latitude: float, longitude: float,
    row: int, radius_km: float,
) -> int:  # fmt: skip
    first, last = columns_within(latitude, longitude, row, radius_km)
    parts = row_parts(latitude, row)
    # A row across the 180th meridian is two pieces.
    for turn in range(-1, 2):
        begin, end = max(first, turn * COLUMNS), min(last, (turn + 1) * COLUMNS - 1)
        if begin > end:
            continue
        base = (row - turn) * COLUMNS
        place = np.searchsorted(cells, base + begin)
        while place < len(cells) and cells[place] <= base + end:
            distance = distance_in_row(parts, longitude, cells[place] - row * COLUMNS)
            if distance <= radius_km:
                count = add(near, count, distance, starts[place], starts[place + 1])
            place += 1
    return count


def rows_of(cells: NDArray[np.int64], starts: NDArray[np.int64], cell: int) -> tuple[int, int]:
    """The first row of one cell and the one behind its last."""
    place = np.searchsorted(cells, cell)
    if place < len(cells) and cells[place] == cell:
        return starts[place], starts[place + 1]
    return 0, 0
