"""How far, how long and how near (SCORING §2)."""

from __future__ import annotations

import math
from typing import Final

from matcher.scoring.weights import WEIGHTS

WALK: Final = 0
EARTH_RADIUS_KM: Final = WEIGHTS.earth_radius_km
MODE_SPEED_KMH: Final = WEIGHTS.mode_speed_kmh
MODE_DETOUR: Final = WEIGHTS.mode_detour
MODE_WAIT_MINUTES: Final = WEIGHTS.mode_wait_minutes
REACH_MARGIN_KM: Final = WEIGHTS.reach_margin_km


def haversine_km(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Great-circle distance in km between two points in degrees, by the haversine formula.

    >>> round(haversine_km(35.63, 139.58, 35.635, 139.578), 6)
    0.58462
    """
    phi, other_phi = math.radians(latitude), math.radians(other_latitude)
    half_phi = (other_phi - phi) / 2
    half_lambda = math.radians(other_longitude - longitude) / 2
    square = math.sin(half_phi) ** 2 + math.cos(phi) * math.cos(other_phi) * math.sin(half_lambda) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(square)))


def mode_minutes(distance_km: float, mode: int) -> float:
    """Minutes one way by one mode."""
    return MODE_WAIT_MINUTES[mode] + 60 * MODE_DETOUR[mode] * distance_km / MODE_SPEED_KMH[mode]


def travel_minutes(distance_km: float, mode: int) -> float:
    """Minutes one way, by the mode or on foot, whichever is quicker.

    >>> round(travel_minutes(0.1, 2), 6), round(travel_minutes(10.0, 2), 6)
    (1.733333, 54.0)
    """
    return min(mode_minutes(distance_km, WALK), mode_minutes(distance_km, mode))


def reach_km(max_minutes: float, mode: int) -> float:
    """The farthest distance in km that `travel_minutes` allows, with a margin of a metre: never short.

    >>> round(reach_km(30.0, 1), 3), round(reach_km(5.0, 2), 3)
    (4.309, 0.289)
    """
    on_foot = max_minutes * MODE_SPEED_KMH[WALK] / (60 * MODE_DETOUR[WALK])
    moving = max_minutes - MODE_WAIT_MINUTES[mode]
    by_mode = moving * MODE_SPEED_KMH[mode] / (60 * MODE_DETOUR[mode])
    return max(0.0, on_foot, by_mode) + REACH_MARGIN_KM


def distance_part(minutes: float, half_life_minutes: float) -> float:
    """Part of the score in [0, 1]: halved every `half_life_minutes` of travel; 1 online (0 minutes).

    >>> distance_part(0.0, 20.0), distance_part(20.0, 20.0)
    (1.0, 0.5)
    """
    return float(2.0 ** (-minutes / half_life_minutes))
