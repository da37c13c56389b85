"""Where a listing is: taken as stated, put right only where one reading is possible, otherwise left open."""

from __future__ import annotations

import pytest

from matcher.domain.opportunity import Place, missing_facts
from matcher.exchange.reasons import Reason
from tests.exchange.municipal_files import draft, said_of

NOWHERE = {"場所名称": "", "住所町名": "", "住所丁目以下": "", "建物名等": "", "緯度": "", "経度": ""}


def place_of(**changed: str) -> Place:
    place = draft(**changed).opportunity.place
    assert place is not None
    return place


def test_swapped_coordinates_are_put_right_and_noted() -> None:
    row = draft(緯度="139.578176", 経度="35.635125")
    assert row.opportunity.place == draft().opportunity.place
    assert ("緯度", Reason.swapped_point) in said_of(row)


@pytest.mark.parametrize(
    ("latitude", "longitude", "field", "reason"),
    [
        ("35.6", "", "経度", Reason.half_a_point),
        ("", "139.5", "緯度", Reason.half_a_point),
        ("0", "0", "緯度", Reason.zero_point),
        ("0.0", "0.000", "緯度", Reason.zero_point),
        ("35.6", "-139.5", "緯度", Reason.point_outside),
        ("48.85", "2.35", "緯度", Reason.point_outside),
        ("91", "139.5", "緯度", Reason.point_outside),
        ("35.6", "35.6", "緯度", Reason.point_outside),
        ("NaN", "139.5", "緯度", Reason.unclear_point),
        ("35.6", "inf", "経度", Reason.unclear_point),
        ("1e309", "139.5", "緯度", Reason.unclear_point),
        ("35.6", "139度30分", "経度", Reason.unclear_point),
        ("35,6", "139,5", "緯度", Reason.unclear_point),
    ],
)
def test_coordinates_that_are_not_certain_leave_a_place_without_them(
    latitude: str, longitude: str, field: str, reason: Reason
) -> None:
    row = draft(緯度=latitude, 経度=longitude)
    place = row.opportunity.place
    assert place == Place(
        name="みどり公民館", address="東京都架空市苔町1-2-3 みどりビル2階", timezone="Asia/Tokyo"
    )
    assert {"place.latitude", "place.longitude"} <= set(missing_facts(row.opportunity))
    assert (field, reason) in said_of(row)


def test_full_width_degrees_are_read() -> None:
    place = place_of(緯度="３５．６３", 経度="１３９．５７")
    assert (place.latitude, place.longitude) == (35.63, 139.57)


def test_missing_coordinates_need_no_note() -> None:
    row = draft(緯度="", 経度="")
    assert row.opportunity.place is not None
    assert row.opportunity.place.point is None
    assert {note.field for note in row.notes} == {"イベント種類"}


def test_where_people_gather_names_the_place_when_no_venue_is_stated() -> None:
    assert place_of(場所名称="", 集合場所="北口の広場").name == "北口の広場"
    row = draft(集合場所="北口の広場")
    assert row.opportunity.place == draft().opportunity.place
    assert ("集合場所", Reason.way_in_words) in said_of(row)


def test_directions_are_not_how_one_gets_in() -> None:
    assert place_of(アクセス方法="駅から徒歩3分", 駐車場情報="あり").entry is None


def test_a_town_alone_is_no_place() -> None:
    row = draft(**NOWHERE)
    assert row.opportunity.place is None
    assert row.opportunity.online is None
    assert "place" in missing_facts(row.opportunity)
    assert ("場所名称", Reason.no_place) in said_of(row)


@pytest.mark.parametrize(
    "stated", [{"場所名称": "集会所"}, {"住所町名": "苔町"}, {"緯度": "35.6", "経度": "139.5"}]
)
def test_anything_closer_than_the_town_is_a_place(stated: dict[str, str]) -> None:
    row = draft(**{**NOWHERE, **stated})
    assert row.opportunity.place is not None
    assert row.opportunity.online is False


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("場所名称", "オンライン"),
        ("集合場所", "公民館／ｵﾝﾗｲﾝ"),
        ("名称", "Ｚｏｏｍで話す会"),
        ("サブタイトル", "配信あり"),
    ],
)
def test_words_of_online_leave_open_where_it_is(column: str, words: str) -> None:
    row = draft(**{column: words})
    assert row.opportunity.online is None
    assert row.opportunity.place is None
    assert "place" in missing_facts(row.opportunity)
    assert (column, Reason.perhaps_online) in said_of(row)
