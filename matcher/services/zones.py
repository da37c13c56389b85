"""The clock of a place."""

from __future__ import annotations

import functools

from matcher.domain.values import GeoPoint


@functools.lru_cache(maxsize=4096)
def zone_at(point: GeoPoint) -> str:
    """The IANA time zone at a point; on the open sea that of its longitude."""
    from tzfpy import get_tz  # noqa: PLC0415 - its map is large, and few forms leave the zone out

    return get_tz(point.longitude, point.latitude) or "UTC"
