"""A quiet map: where a few places lie around a start, on rings of equal minutes, in hundredths of a square; no tiles, no streets."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

MIDDLE: Final = 50.0
REACH: Final = (
    44.0  # hundredths from the middle to what lies farthest; the rest stays free for marks and words
)
KM_PER_DEGREE: Final = 111.195  # of latitude, on the sphere that all distances are measured on (SCORING §2)


@dataclass(frozen=True, slots=True)
class Ring:
    """Everywhere that is so many minutes away."""

    minutes: int
    radius: float


@dataclass(frozen=True, slots=True)
class Dot:
    """A place, or several at one spot; `label` numbers them in the order they were given, from 1."""

    x: float
    y: float
    label: str


@dataclass(frozen=True, slots=True)
class Rings:
    """Rings from the nearest, and dots; north is up."""

    rings: tuple[Ring, ...]
    dots: tuple[Dot, ...]


def rings(
    start: tuple[float, float],
    places: Sequence[tuple[float, float] | None],
    reach_km: Mapping[int, float],
) -> Rings:
    """Draw the surroundings of a start.

    Parameters
    ----------
    start, places : latitude and longitude in degrees; None keeps its number and is not drawn (online).
    reach_km : for some numbers of minutes how far one gets in them, in km, more than 0.

    >>> drawn = rings((35.0, 139.0), [(35.1, 139.0), None], {30: 22.239})
    >>> drawn.rings, drawn.dots
    ((Ring(minutes=30, radius=44.0),), (Dot(x=50.0, y=28.0, label='1'),))
    """
    offsets = [None if place is None else _offset_km(start, place) for place in places]
    farthest = max([*reach_km.values(), *(math.hypot(*one) for one in offsets if one is not None)])
    scale = REACH / farthest
    spots: dict[tuple[float, float], list[str]] = {}
    for number, offset in enumerate(offsets, start=1):
        if offset is not None:
            east, north = offset
            spot = round(MIDDLE + scale * east, 1), round(MIDDLE - scale * north, 1)
            spots.setdefault(spot, []).append(str(number))
    return Rings(
        rings=tuple(Ring(minutes, round(scale * km, 1)) for minutes, km in sorted(reach_km.items())),
        dots=tuple(Dot(x, y, "+".join(numbers)) for (x, y), numbers in spots.items()),
    )


def ring_minutes(most: float) -> tuple[int, ...]:
    """Two or three round numbers of minutes up to the most that somebody travels, the last of them that most.

    >>> [ring_minutes(most) for most in (10, 30, 45, 100, 3)]
    [(5, 10), (10, 20, 30), (15, 30, 45), (35, 70, 100), (3,)]
    """
    step = max(5, 5 * math.ceil(most / 3 / 5))
    return (*range(step, math.ceil(most), step), math.ceil(most))


def _offset_km(start: tuple[float, float], place: tuple[float, float]) -> tuple[float, float]:
    """How far east and north a place lies; near enough to a start that the earth is flat between them."""
    (latitude, longitude), (place_latitude, place_longitude) = start, place
    east = (place_longitude - longitude + 180) % 360 - 180
    return (
        east * KM_PER_DEGREE * math.cos(math.radians((latitude + place_latitude) / 2)),
        (place_latitude - latitude) * KM_PER_DEGREE,
    )
