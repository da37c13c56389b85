"""The built-in gazetteer finds what people write, and says so when it cannot tell."""

from __future__ import annotations

from functools import cache

import pytest
from geopy.distance import great_circle
from geopy.exc import GeocoderQueryError
from geopy.geocoders.base import Geocoder as GeopyGeocoder
from hypothesis import assume, example, given
from hypothesis import strategies as st

from matcher.domain.errors import AddressNotFound
from matcher.domain.ports import Geocoder, Located, Precision
from matcher.geocoding import make_geocoder
from matcher.geocoding.gazetteer import AmbiguousPlace, GazetteerGeocoder
from matcher.geocoding.names import tidy
from matcher.geocoding.places import Places, Town

ROUNDING_KM = 0.02  # coordinates are kept to 0.0001°


@cache
def places() -> Places:
    return Places()


@cache
def geocoder() -> Geocoder:
    return make_geocoder("gazetteer")


def locate(address: str) -> Located:
    return geocoder().locate(address)


def km_from(located: Located, latitude: float, longitude: float) -> float:
    return float(great_circle((located.latitude, located.longitude), (latitude, longitude)).km)


# Coordinates of the blocks and stations as the lists named in NOTICE.md give them.
@pytest.mark.parametrize(
    ("address", "label", "latitude", "longitude"),
    [
        ("東京都調布市国領町8-2-1", "東京都調布市国領町8丁目", 35.647732, 139.564078),
        ("東京都調布市国領町八丁目2番地1", "東京都調布市国領町8丁目", 35.647732, 139.564078),
        ("調布市国領町８丁目２−１", "東京都調布市国領町8丁目", 35.647732, 139.564078),
        ("東京調布市国領町8ー2ー1", "東京都調布市国領町8丁目", 35.647732, 139.564078),
        ("〒182-0022 東京都 調布市　国領町 8-2-1", "東京都調布市国領町8丁目", 35.647732, 139.564078),
        ("日本、東京都調布市国領町8-2-1", "東京都調布市国領町8丁目", 35.647732, 139.564078),
        ("東京都調布市国領町8丁目2番地1あくろすビル3階", "東京都調布市国領町8丁目", 35.647732, 139.564078),
        ("調布市大字国領町8丁目", "東京都調布市国領町8丁目", 35.647732, 139.564078),
        ("東京都千代田区霞ヶ関1-3-1", "東京都千代田区霞が関1丁目", 35.673944, 139.752558),
        ("大阪府堺市北区新金岡町4-1-8", "大阪府堺市北区新金岡町4丁", 34.568184, 135.519409),
        ("東京都墨田区押上1丁目1−2", "東京都墨田区押上1丁目", 35.710776, 139.813826),
        ("国領駅", "国領駅（東京都調布市）", 35.6502, 139.5584),
        ("東京都調布市国領駅北口", "国領駅（東京都調布市）", 35.6502, 139.5584),
        ("京王線国領駅", "国領駅（東京都調布市）", 35.6502, 139.5584),
        ("Kokuryo Station", "国領駅（東京都調布市）", 35.6502, 139.5584),
        ("Kokuryō Sta., Chofu-shi, Tokyo, Japan", "国領駅（東京都調布市）", 35.6502, 139.5584),
        ("Shinjuku Station", "新宿駅（東京都新宿区）", 35.69, 139.6992),
    ],
)
def test_an_address_is_found_to_its_block_or_station(
    address: str, label: str, latitude: float, longitude: float
) -> None:
    located = locate(address)
    assert located.label == label
    assert located.precision is Precision.neighbourhood
    assert km_from(located, latitude, longitude) < ROUNDING_KM


@pytest.mark.parametrize(
    ("address", "label"),
    [
        ("北海道札幌市中央区北三条西六丁目", "北海道札幌市中央区北三条西6丁目"),
        ("札幌市中央区北3条西6-1", "北海道札幌市中央区北三条西6丁目"),
        ("京都府京都市中京区寺町通御池上る上本能寺前町488", "京都府京都市中京区上本能寺前町"),
        ("瑞穂町大字箱根ケ崎2335", "東京都西多摩郡瑞穂町大字箱根ケ崎"),
        ("東京都西多摩郡瑞穂町箱根ヶ崎2335", "東京都西多摩郡瑞穂町大字箱根ケ崎"),
        ("東京都千代田区丸ノ内1-9-1", "東京都千代田区丸の内1丁目"),
        ("福島県福島市本内字南町裏1", "福島県福島市本内"),
        ("静岡市葵区与一二丁目", "静岡県静岡市葵区与一2丁目"),
        ("新潟市西区流通センター1-1", "新潟県新潟市西区流通センター1丁目"),
        ("埼玉県坂戸市西インター99番1号", "埼玉県坂戸市西インター"),
        ("愛媛県松山市JR松山駅前駅", "ＪＲ松山駅前駅（愛媛県松山市）"),
        ("東京都港区品川駅", "品川駅（東京都港区）"),
    ],
)
def test_the_many_ways_of_writing_lead_to_one_place(address: str, label: str) -> None:
    assert locate(address).label == label


@pytest.mark.parametrize(
    ("address", "label", "precision"),
    [
        ("東京都調布市", "東京都調布市", Precision.city),
        ("Chofu, Tokyo", "東京都調布市", Precision.city),
        ("Chōfu-shi, Tōkyō-to", "東京都調布市", Precision.city),
        ("Chofu City Tokyo", "東京都調布市", Precision.city),
        ("1-2-3 Kokuryocho, Chofu, Tokyo 182-0022", "東京都調布市", Precision.city),
        ("とうきょうとちょうふし", "東京都調布市", Precision.city),
        ("Kamigyo-ku, Kyoto", "京都府京都市上京区", Precision.city),
        ("Mizuho-machi, Nishitama-gun, Tokyo", "東京都西多摩郡瑞穂町", Precision.city),
        ("札幌市", "北海道札幌市", Precision.city),
        ("東京都青梅市内七福神", "東京都青梅市", Precision.city),
        ("東京都", "東京都", Precision.region),
        ("Hokkaido", "北海道", Precision.region),
    ],
)
def test_what_is_found_only_roughly_says_so(address: str, label: str, precision: Precision) -> None:
    located = locate(address)
    assert (located.label, located.precision) == (label, precision)


def test_a_town_that_reaches_far_is_exact_to_its_city_only() -> None:
    # 国領町 without a block may lie by the river or at the station, more than 1.5 km apart.
    assert locate("東京都調布市国領町").precision is Precision.city
    assert locate("東京都西多摩郡奥多摩町日原").precision is Precision.city  # a valley
    assert locate("東京都府中市宮西町").precision is Precision.neighbourhood


def test_a_town_is_not_found_inside_a_longer_name() -> None:
    # 港区 has 芝; 芝浜 is no part of it.
    assert locate("東京都港区芝浜1-1").precision is Precision.city
    assert locate("東京都港区芝1-1").precision is Precision.neighbourhood


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ("府中市", ["東京都府中市", "広島県府中市"]),
        ("Fuchu", ["東京都府中市", "広島県府中市", "広島県安芸郡府中町"]),
        ("南部町", ["青森県三戸郡南部町", "山梨県南巨摩郡南部町", "鳥取県西伯郡南部町"]),
        ("中央区", ["東京都中央区", "北海道札幌市中央区"]),
        ("日本橋駅", ["東京都中央区", "大阪府大阪市中央区"]),
    ],
)
def test_a_name_of_several_places_is_refused_with_all_of_them(address: str, named: list[str]) -> None:
    with pytest.raises(AddressNotFound, match="give latitude and longitude") as refused:
        locate(address)
    assert [name for name in named if name not in str(refused.value)] == []


def test_the_rest_of_an_address_tells_two_places_of_one_name_apart() -> None:
    assert locate("府中市宮西町2-24").label == "東京都府中市宮西町2丁目"
    assert locate("府中市元町1-1").label == "広島県府中市元町"
    assert locate("東京都日本橋駅").label == "日本橋駅（東京都中央区）"


@pytest.mark.parametrize(
    "address", ["", "どこでもない町の家", "Nowhere in particular", "Japan", "駅", "999-9999", "丁目"]
)
def test_what_is_not_there_says_to_give_latitude_and_longitude(address: str) -> None:
    with pytest.raises(AddressNotFound, match=r"[Gg]ive latitude and longitude"):
        locate(address)


@given(st.text(max_size=400))
@example("東京都調布市" + "一" * 200)
@example("東京都調布市" + "十" * 50 + "丁目")
@example("東京都調布市²丁目")
@example("，，,,")
def test_any_text_is_found_in_japan_or_refused(text: str) -> None:
    try:
        located = locate(text)
    except AddressNotFound:
        return
    assert 20 < located.latitude < 46
    assert 122 < located.longitude < 154


@given(st.data())
def test_every_town_finds_itself_by_its_full_name(data: st.DataObject) -> None:
    municipality = data.draw(st.sampled_from(places().municipalities))
    assume(places().towns(municipality))  # a city of wards has them in its wards
    town: Town = data.draw(st.sampled_from(sorted(places().towns(municipality).values())))
    located = locate(municipality.prefecture + municipality.name + town.name)
    assert (located.latitude, located.longitude) == (town.latitude, town.longitude)
    assert located.precision is (Precision.city if town.wide else Precision.neighbourhood)
    assert "Geolonia" in located.attribution


def test_every_municipality_finds_itself_by_its_full_name() -> None:
    found = {}
    for place in places().municipalities:
        located = locate(place.prefecture + place.name)
        found[place.prefecture + place.name] = (located.latitude, located.longitude, located.precision)
    assert found == {
        place.prefecture + place.name: (place.latitude, place.longitude, Precision.city)
        for place in places().municipalities
    }
    assert len(found) > 1_894


def test_every_station_finds_itself_or_is_one_of_several_named() -> None:
    gazetteer = GazetteerGeocoder(places())
    for station in places().stations:
        name = tidy(station.name).partition("(")[0]
        found = gazetteer.geocode(f"{station.prefecture}{name}駅", exactly_one=False)
        points = [(location.latitude, location.longitude) for location in found or []]
        assert (station.latitude, station.longitude) in points, station


def test_stations_credit_their_own_source() -> None:
    assert "鉄道データ" in locate("国領駅").attribution


def test_it_is_a_geopy_geocoder() -> None:
    gazetteer = GazetteerGeocoder(places())
    assert isinstance(gazetteer, GeopyGeocoder)
    location = gazetteer.geocode("東京都調布市国領町8-2-1", timeout=1)
    assert location.address == "東京都調布市国領町8丁目"
    assert location.raw["precision"] is Precision.neighbourhood
    assert gazetteer.geocode("どこでもない") is None
    assert gazetteer.geocode("どこでもない", exactly_one=False) is None
    assert len(gazetteer.geocode("府中市", exactly_one=False)) == 2
    with pytest.raises(AmbiguousPlace) as several:
        gazetteer.geocode("府中市")
    assert isinstance(several.value, GeocoderQueryError)
    assert set(several.value.labels) == {"東京都府中市", "広島県府中市"}


def test_nothing_is_read_before_it_is_asked_for() -> None:
    gazetteer = GazetteerGeocoder(Places(archive=Places()._archive.with_name("not-there.zip")))
    with pytest.raises(FileNotFoundError):
        gazetteer.geocode("東京都")
