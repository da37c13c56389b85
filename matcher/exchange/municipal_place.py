"""Where a municipal event is: name, address and coordinates as the file states them, never a town's centre."""

from __future__ import annotations

import re
from typing import Final

from matcher.domain.opportunity import Place
from matcher.domain.text import LINE_MAX
from matcher.domain.values import GeoPoint
from matcher.exchange.file_row import FileRow
from matcher.exchange.japanese_dates import plain
from matcher.exchange.municipal_times import JAPAN
from matcher.exchange.reasons import Reason

VENUE, MEETING_POINT, TOWN = "場所名称", "集合場所", "住所町名"
LATITUDE, LONGITUDE = "緯度", "経度"
_STREET: Final = (TOWN, "住所丁目以下")
_ADDRESS: Final = ("住所都道府県", "住所市区町村", *_STREET)
_BUILDING: Final = "建物名等"

# Geospatial Information Authority of Japan, the country's extreme points: Okinotorishima 20°25′ N, Etorofu 45°33′ N,
# Yonaguni 122°56′ E, Minamitorishima 153°59′ E; widened to whole degrees.
_LATITUDES: Final = (20.0, 46.0)
_LONGITUDES: Final = (122.0, 154.0)

_DEGREES: Final = re.compile(r"[+-]?\d{1,3}(?:\.\d{1,20})?")
_ONLINE: Final = re.compile("オンライン|online|ウェビナー|webinar|zoom|リモート|配信", re.IGNORECASE)
_MAY_SAY_ONLINE: Final = (VENUE, MEETING_POINT, "名称", "サブタイトル")


def read_place(row: FileRow) -> Place | None:
    """The place in person, or None where the file names none more closely than the town or speaks of online.

    Named by the venue, or else by where people gather. `entry` stays open: directions do not say how one gets in.
    """
    for column in _MAY_SAY_ONLINE:
        if _ONLINE.search(plain(row.said(column))):
            row.note(column, Reason.perhaps_online)
            return None
    name, meeting_point = row.line(VENUE), row.line(MEETING_POINT)
    if name and meeting_point and name != meeting_point:
        row.note(MEETING_POINT, Reason.way_in_words)
    name = name or meeting_point
    point = _point(row)
    if name is None and point is None and not any(row.said(column) for column in _STREET):
        row.note(VENUE, Reason.no_place, _address(row) or "")
        return None
    return Place(
        name=name,
        address=_address(row),
        latitude=point.latitude if point else None,
        longitude=point.longitude if point else None,
        timezone=JAPAN,
    )


def _address(row: FileRow) -> str | None:
    prefecture, city, town, block, building = (row.line(column) or "" for column in (*_ADDRESS, _BUILDING))
    if prefecture and town.startswith(
        prefecture
    ):  # as the earlier list has it: the whole address in one column
        prefecture = city = ""
    elif city and town.startswith(city):
        city = ""
    return row.fitting(TOWN, f"{prefecture}{city}{town}{block} {building}", LINE_MAX)


def _point(row: FileRow) -> GeoPoint | None:
    said = {column: row.said(column) for column in (LATITUDE, LONGITUDE)}
    if not any(said.values()):
        return None
    for column, words in said.items():
        if not words:
            row.note(column, Reason.half_a_point)
            return None
        if not _DEGREES.fullmatch(plain(words)):
            row.note(column, Reason.unclear_point)
            return None
    latitude, longitude = (float(plain(words)) for words in said.values())
    if _in_japan(latitude, longitude):
        return GeoPoint(latitude, longitude)
    both = " ".join(said.values())
    if _in_japan(longitude, latitude):
        row.note(LATITUDE, Reason.swapped_point, both)
        return GeoPoint(longitude, latitude)
    row.note(LATITUDE, Reason.point_outside if latitude or longitude else Reason.zero_point, both)
    return None


def _in_japan(latitude: float, longitude: float) -> bool:
    south, north = _LATITUDES
    west, east = _LONGITUDES
    return south <= latitude <= north and west <= longitude <= east
