"""What coordinates may be, and how a likely slip is named, for every door they come in by."""

from __future__ import annotations

import math
from typing import Final

from matcher.domain.errors import FieldProblem

LATITUDE_MAX: Final = 90.0  # degrees, WGS 84
LONGITUDE_MAX: Final = 180.0  # degrees, WGS 84


def coordinate_problems(latitude: float | None, longitude: float | None, at: str) -> list[FieldProblem]:
    """What is wrong with a pair of degrees: half a pair, not a finite number, out of range, or swapped.

    `at` is the pointer of the object that holds both. None means *not stated*; both None is no problem.
    """
    if latitude is None and longitude is None:
        return []
    if latitude is None:
        return [FieldProblem(f"{at}/latitude", "State latitude and longitude together, or neither of them.")]
    if longitude is None:
        return [FieldProblem(f"{at}/longitude", "State latitude and longitude together, or neither of them.")]
    problems = []
    if not _within(latitude, LATITUDE_MAX):
        swapped = _within(latitude, LONGITUDE_MAX) and _within(longitude, LATITUDE_MAX)
        hint = " Latitude and longitude look swapped." if swapped else ""
        problems.append(FieldProblem(f"{at}/latitude", f"Latitude lies between -90 and 90 degrees.{hint}"))
    if not _within(longitude, LONGITUDE_MAX):
        problems.append(FieldProblem(f"{at}/longitude", "Longitude lies between -180 and 180 degrees."))
    return problems


def _within(degrees: float, limit: float) -> bool:
    return math.isfinite(degrees) and abs(degrees) <= limit
