"""Coordinates of places: geopy geocoders behind one door, and the built-in gazetteer."""

from __future__ import annotations

from matcher.geocoding.door import make_geocoder

__all__ = ["make_geocoder"]
