"""Finds places of the gazetteer in an address or name written in Japanese."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from matcher.domain.ports import Precision
from matcher.geocoding import spots
from matcher.geocoding.names import fold, fold_kana, fold_town
from matcher.geocoding.places import Municipality, Places, Prefecture, Station, Town
from matcher.geocoding.spots import Spot

NAME_LENGTH_MAX: Final = 30  # the longest folded name of a municipality or town, with room to spare

_HEAD = re.compile(r"^(?:日本国?[\s、,]+)?(?:〒?\s*\d{3}-\d{4}[\s、,]*)?")
_KANA_ONLY = re.compile(r"^[\u3041-\u30ff\s]+$")
_BLOCK_NUMBER = re.compile(r"(\d+)(?=-|\s|$)")  # the 8 of 国領町8-2-1 is a 丁目
_KYOTO_STREETS = re.compile(r".*(?:[上下][るル]|[東西]入[るル]?)")  # streets and directions before the town
_ENDS_A_TOWN = re.compile(r"[町村目丁]$")
_MAY_FOLLOW = re.compile(r"$|[\s\d、,・/()「-]|字|番外|無番|[甲乙丙]\d")
_LINE = re.compile(r"^(?:.+線|jr|地下鉄|東京メトロ)")  # JR中央線三鷹駅
_STATION = re.compile(r"駅(?=$|[\s\d、,()前]|[東西南北]口|中央口|改札|構内|付近|近く|から|より|すぐ)")
_BEFORE_A_NAME = re.compile(r"[\s、,()]")


def find_japanese(places: Places, text: str) -> list[Spot]:
    """The places that a text may mean: its town, else its station, else its municipality, else its prefecture."""
    text = fold(_HEAD.sub("", text))
    if _KANA_ONLY.match(text):
        text = fold_kana(text)
    prefecture, rest = _prefecture(places, text)
    municipalities, inside = _municipalities(places, rest, prefecture)
    found = [spot for place in municipalities for spot in _within(places, place, inside)]
    if any(spot.precision is Precision.neighbourhood for spot in found):
        return found
    stations = _stations(places, rest)  # 中央区役所前駅 begins like a municipality
    if prefecture:
        stations = [station for station in stations if station.prefecture == prefecture.name]
        found = found or [spots.of_prefecture(prefecture)]
    return [spots.of_station(station) for station in stations] or found


def _prefecture(places: Places, text: str) -> tuple[Prefecture | None, str]:
    for name, prefecture in places.prefectures.items():
        for spelling in (name, prefecture.kana):
            if text.startswith(spelling):
                return prefecture, text[len(spelling) :].lstrip(" 、,")
    return None, text


def _municipalities(
    places: Places, text: str, prefecture: Prefecture | None
) -> tuple[Sequence[Municipality], str]:
    found, rest = _named(places, text, prefecture)
    if found or prefecture:
        return found, rest
    for name, short in places.prefectures.items():  # 東京調布市
        spelling = name[:-1]
        if text.startswith(spelling):
            found, rest = _named(places, text[len(spelling) :].lstrip(" 、,"), short)
            if found:
                return found, rest
    return [], text


def _named(places: Places, text: str, prefecture: Prefecture | None) -> tuple[Sequence[Municipality], str]:
    for start, rest in _prefixes(text):
        named = places.municipalities_by_name.get(start, ())
        found = [place for place in named if prefecture is None or place.prefecture == prefecture.name]
        if found:
            return found, rest.lstrip(" 、,")
    return [], text


def _within(places: Places, municipality: Municipality, text: str) -> list[Spot]:
    town = _town(places.towns(municipality), text) if text else None
    if town:
        return [spots.of_town(municipality, town)]
    nearby = [station for station in _stations(places, text) if station.prefecture == municipality.prefecture]
    inside = [station for station in nearby if station.municipality.startswith(municipality.name)]
    # A station stands for the municipality of the nearest town, which may be the neighbour's: 品川駅 is in 港区.
    return [spots.of_station(station) for station in inside or nearby] or [
        spots.of_municipality(municipality)
    ]


def _town(towns: Mapping[str, Town], text: str) -> Town | None:
    """The town with the longest name that the text begins with, its first number read as a block where one is."""
    streets = _KYOTO_STREETS.match(text)
    for start in (text, text[streets.end() :] if streets else ""):
        blocks = (_BLOCK_NUMBER.sub(rf"\1{unit}", start, count=1) for unit in ("丁目", "丁", ""))
        if found := max((_longest_town(towns, fold_town(spelling)) for spelling in blocks), key=len):
            return towns[found]
    return None


def _longest_town(towns: Mapping[str, Town], text: str) -> str:
    for name, rest in _prefixes(text):
        if name in towns and (_ENDS_A_TOWN.search(name) or _MAY_FOLLOW.match(rest)):
            return name
    return ""


def _stations(places: Places, text: str) -> Sequence[Station]:
    """Stations of the longest name before a 駅; 函館駅前駅 is one of its own."""
    for found in reversed([*_STATION.finditer(text)]):
        name = _BEFORE_A_NAME.split(text[: found.start()])[-1]
        for spelling in (name, _LINE.sub("", name)):
            if stations := places.stations_by_name.get(spelling):
                return stations
    return ()


def _prefixes(text: str) -> Iterator[tuple[str, str]]:
    """Beginnings of a text with what follows each, the longest first."""
    for end in range(min(len(text), NAME_LENGTH_MAX), 0, -1):
        yield text[:end], text[end:]
