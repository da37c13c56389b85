"""What is near a point: the station one would name, read from the built-in gazetteer whatever else looks addresses up."""

from __future__ import annotations

from functools import cache
from typing import Final

from geopy.distance import great_circle

from matcher.domain.values import Language
from matcher.geocoding.places import Places, Station

NEAR_KM: Final = 5.0  # judgement, 2026-11: farther away a name would mislead
NEAR_DEGREES: Final = 0.07  # more than that, north and south as well as east and west in Japan


def station_near(latitude: float, longitude: float, language: Language | str) -> str | None:
    """The nearest railway station within NEAR_KM of a point in degrees, in a language; None where there is none.

    >>> station_near(35.63, 139.575, "ja"), station_near(35.63, 139.575, "en"), station_near(35.63, 149.5, "ja")
    ('和泉多摩川駅', 'Izumitamagawa Station', None)
    """
    here = (latitude, longitude)
    belt = (
        (great_circle(here, (one.latitude, one.longitude)).km, one.name, one)
        for one in _stations()
        if abs(one.latitude - latitude) < NEAR_DEGREES and abs(one.longitude - longitude) < NEAR_DEGREES
    )
    km, name, station = min(belt, key=lambda one: one[:2], default=(NEAR_KM + 1, "", None))
    if station is None or km > NEAR_KM:
        return None
    return f"{station.roman.title()} Station" if language == Language.en and station.roman else f"{name}駅"


@cache
def _stations() -> tuple[Station, ...]:
    return Places().stations
