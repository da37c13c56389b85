"""Finds places of the gazetteer in an address or name written in Latin letters."""

from __future__ import annotations

import re
from collections.abc import Sequence

from matcher.geocoding import spots
from matcher.geocoding.names import fold_roman
from matcher.geocoding.places import Municipality, Places, Station
from matcher.geocoding.spots import Spot

_POSTAL_CODE = re.compile(r"\b\d{3}-\d{4}\b")
_STATION = re.compile(
    r"^(?P<name>.+?)[\s-]+(?:station|sta\.?|eki)(?=$|[\s,])[\s,]*(?P<rest>.*)$", re.IGNORECASE
)


def find_roman(places: Places, text: str) -> list[Spot]:
    """The places that a text may mean: a station, else a municipality, else a prefecture, read from small to large."""
    parts = [part.strip() for part in _POSTAL_CODE.sub("", text).split(",")]
    parts = [part for part in parts if part and fold_roman(part) != "japan"]
    if len(parts) == 1 and " " in parts[0] and not _STATION.match(parts[0]):
        whole = _find(places, parts)
        return whole or _find(places, parts[0].rsplit(" ", 1))  # Chofu Tokyo
    return _find(places, parts)


def _find(places: Places, parts: Sequence[str]) -> list[Spot]:
    for position, part in enumerate(parts):
        around = parts[position + 1 :]
        if named := _STATION.match(part):
            around = [*filter(None, [named["rest"]]), *around]
            return [spots.of_station(station) for station in _stations(places, named["name"], around)]
        if found := _municipalities(places, part, around):
            return [spots.of_municipality(place) for place in found]
    last = fold_roman(parts[-1]) if parts else ""
    return [spots.of_prefecture(place) for place in places.prefectures.values() if place.roman == last]


def _stations(places: Places, name: str, around: Sequence[str]) -> list[Station]:
    names = {fold_roman(part) for part in around}
    return [
        station
        for station in places.stations_by_roman.get(fold_roman(name), ())
        if names <= _around(places, station)
    ]


def _around(places: Places, station: Station) -> set[str]:
    municipality = places.municipality(station.prefecture, station.municipality)
    return {*municipality.roman, places.prefectures[station.prefecture].roman}


def _municipalities(places: Places, name: str, around: Sequence[str]) -> list[Municipality]:
    names = {fold_roman(part) for part in around}
    found = places.municipalities_by_roman.get(fold_roman(name), ())
    return [place for place in found if names <= set(place.roman[1:])]
