"""The rows of the built-in gazetteer, each part read from the archive when it is first asked for."""

from __future__ import annotations

import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from geopy.distance import great_circle

from matcher.geocoding.names import fold, fold_kana, fold_roman, fold_town

ARCHIVE: Final = Path(__file__).with_name("gazetteer.zip")
STEPS_PER_DEGREE: Final = 10_000  # as the archive was written (NOTICE.md)
WIDE_KM: Final = 1.5  # a name that may lie further off, a 20-minute walk, says too little; judgement, 2026-11

_COUNTY = re.compile(r".+?郡(?=.+[町村]$)")
_BLOCK = re.compile(r"\d+丁目?$")
_Row = TypeVar("_Row", "Municipality", "Station")
_WARD = re.compile(r"(?P<city>.+市)(?P<ward>.+区)$")


class Town(NamedTuple):
    """A town or one of its blocks; `wide` when its land, or another place of the same name, lies too far from it."""

    name: str
    latitude: float
    longitude: float
    wide: bool


@dataclass(frozen=True, slots=True)
class Prefecture:
    """One of the 47; its point is its most central municipality."""

    code: str
    name: str
    kana: str
    roman: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Municipality:
    """A city, ward, town or village. `roman` holds the folded names of itself and of all that it lies in."""

    prefecture: str
    name: str
    keys: frozenset[str]
    roman: tuple[str, ...]
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Station:
    """A railway station; platforms of one name within a kilometre are one."""

    name: str
    roman: str
    prefecture: str
    municipality: str
    latitude: float
    longitude: float


class Places:
    """Japan's prefectures, municipalities, towns and stations, found by folded name."""

    def __init__(self, archive: Path = ARCHIVE) -> None:
        self._archive = archive
        self._texts: dict[str, dict[str, str]] = {}
        self._towns: dict[tuple[str, str], dict[str, Town]] = {}

    @cached_property
    def prefectures(self) -> dict[str, Prefecture]:
        """By full name, as in 東京都."""
        inside: dict[str, list[Municipality]] = defaultdict(list)
        for municipality in self.municipalities:
            inside[municipality.prefecture].append(municipality)
        return {
            name: Prefecture(code, name, kana, fold_roman(roman), *_central(inside[name]))
            for code, name, kana, roman in self._rows("prefectures.tsv")
        }

    @cached_property
    def municipalities(self) -> tuple[Municipality, ...]:
        """All of them; a city of wards stands there once more as a whole, for addresses that leave out the ward."""
        prefecture_roman = {name: fold_roman(roman) for _, name, _, roman in self._rows("prefectures.tsv")}
        found: list[Municipality] = []
        wards: dict[tuple[str, str], list[Municipality]] = defaultdict(list)
        for prefecture, name, kana, roman, latitude, longitude in self._rows("municipalities.tsv"):
            keys = {fold(name), fold(_COUNTY.sub("", name)), fold_kana(kana)} - {""}
            ward = _WARD.match(name)
            latin = (*map(fold_roman, reversed(roman.split())), prefecture_roman[prefecture]) if roman else ()
            municipality = Municipality(
                prefecture,
                name,
                frozenset(keys | ({fold(ward["ward"])} if ward else set())),
                latin,
                _degrees(latitude),
                _degrees(longitude),
            )
            found.append(municipality)
            if ward:
                wards[prefecture, ward["city"]].append(municipality)
        for (prefecture, city), members in wards.items():
            latin = next((member.roman[1:] for member in members if member.roman), ())
            found.append(Municipality(prefecture, city, frozenset({fold(city)}), latin, *_central(members)))
        return tuple(found)

    @cached_property
    def municipalities_by_name(self) -> Mapping[str, Sequence[Municipality]]:
        """By name in kanji or kana, with and without the county; a ward of a city also by its own name alone."""
        return _index(
            (key, municipality) for municipality in self.municipalities for key in municipality.keys
        )

    @cached_property
    def municipalities_by_roman(self) -> Mapping[str, Sequence[Municipality]]:
        """By folded roman name."""
        return _index((place.roman[0], place) for place in self.municipalities if place.roman)

    def municipality(self, prefecture: str, name: str) -> Municipality:
        """The one of exactly this name."""
        return next(
            place
            for place in self.municipalities_by_name[fold(name)]
            if (place.prefecture, place.name) == (prefecture, name)
        )

    @cached_property
    def stations(self) -> tuple[Station, ...]:
        """All of them."""
        return tuple(
            Station(
                name, fold_roman(roman), prefecture, municipality, _degrees(latitude), _degrees(longitude)
            )
            for name, roman, prefecture, municipality, latitude, longitude in self._rows("stations.tsv")
        )

    @cached_property
    def stations_by_name(self) -> Mapping[str, Sequence[Station]]:
        """By name without 駅 and what stands in brackets after it."""
        return _index((fold(station.name).partition("(")[0], station) for station in self.stations)

    @cached_property
    def stations_by_roman(self) -> Mapping[str, Sequence[Station]]:
        """By folded roman name; stations whose reading is not sure are left out."""
        return _index((station.roman, station) for station in self.stations if station.roman)

    def towns(self, municipality: Municipality) -> Mapping[str, Town]:
        """Towns and blocks of a municipality by folded name; empty for a city of wards as a whole."""
        prefecture = self._towns_text(self.prefectures[municipality.prefecture].code)
        place = (municipality.prefecture, municipality.name)
        if place not in self._towns:
            self._towns[place] = _read_towns(prefecture.get(municipality.name, ""))
        return self._towns[place]

    def _towns_text(self, code: str) -> dict[str, str]:
        if code not in self._texts:
            parts = self._text(f"towns/{code}.tsv").lstrip("#").split("\n#")
            self._texts[code] = {name: lines for name, _, lines in (part.partition("\n") for part in parts)}
        return self._texts[code]

    def _rows(self, member: str) -> Iterator[list[str]]:
        return (line.split("\t") for line in self._text(member).splitlines())

    def _text(self, member: str) -> str:
        with zipfile.ZipFile(self._archive) as archive:
            return archive.read(member).decode()


def _read_towns(text: str) -> dict[str, Town]:
    towns: dict[str, list[Town]] = defaultdict(list)
    latitude = longitude = 0
    for line in text.splitlines():
        name, unit, steps = line.split("\t")
        for step in steps.split():
            value, north, east = step.removesuffix("w").split(":")
            latitude, longitude = latitude + int(north), longitude + int(east)
            block = f"{value}{unit}" if unit else ""
            town = Town(name + block, _degrees(latitude), _degrees(longitude), step.endswith("w"))
            towns[fold_town(town.name)].append(town)
            if unit:
                towns[fold_town(name)].append(town)
    return {key: _as_one(key, named) for key, named in towns.items()}


def _as_one(key: str, towns: Sequence[Town]) -> Town:
    """What a name stands for that several have: the one of exactly that name, else the most central block."""
    if len(towns) == 1 and fold_town(towns[0].name) == key:
        return towns[0]
    own = next((town for town in towns if fold_town(town.name) == key), None)
    latitude, longitude = (own.latitude, own.longitude) if own else _central(towns)
    reach = max(great_circle((latitude, longitude), (town.latitude, town.longitude)).km for town in towns)
    wide = reach > WIDE_KM or any(town.wide for town in towns)
    return Town(own.name if own else _BLOCK.sub("", towns[0].name), latitude, longitude, wide)


def _central(places: Sequence[Town | Municipality]) -> tuple[float, float]:
    """Coordinates of the one nearest to the middle of all: always a real place, never the sea between two."""
    middle = (
        sum(place.latitude for place in places) / len(places),
        sum(place.longitude for place in places) / len(places),
    )
    nearest = min(places, key=lambda place: great_circle(middle, (place.latitude, place.longitude)).km)
    return nearest.latitude, nearest.longitude


def _degrees(steps: str | int) -> float:
    return int(steps) / STEPS_PER_DEGREE


def _index(pairs: Iterable[tuple[str, _Row]]) -> dict[str, list[_Row]]:
    found: dict[str, list[_Row]] = defaultdict(list)
    for key, row in pairs:
        found[key].append(row)
    return found
