"""Every place that a name may mean, for somebody to choose from."""

from __future__ import annotations

import pytest

from matcher.domain.errors import AddressNotFound, GeocoderUnavailable
from matcher.domain.ports import Precision
from matcher.geocoding import make_geocoder
from tests.geocoding.service import map_service, nominatim_place, photon_answer


@pytest.mark.parametrize(
    ("name", "first", "most"),
    [
        ("狛江", "狛江駅（東京都狛江市）", 2),
        ("狛江駅", "狛江駅（東京都狛江市）", 1),
        ("Komae", "狛江駅（東京都狛江市）", 2),
        ("東京都狛江市和泉本町1丁目", "東京都狛江市和泉本町1丁目", 1),
    ],
)
def test_a_plain_name_means_the_station_first(name: str, first: str, most: int) -> None:
    found = make_geocoder("gazetteer").candidates(name)
    assert found[0].label == first
    assert found[0].precision is Precision.neighbourhood
    assert len(found) == most


def test_places_of_one_name_are_all_there_to_choose_from() -> None:
    labels = [one.label for one in make_geocoder("gazetteer").candidates("府中")]
    assert {"府中駅（東京都府中市）", "府中駅（徳島県徳島市）", "東京都府中市", "広島県府中市"} <= set(labels)
    assert len(set(labels)) == len(labels)


def test_a_name_that_is_nowhere_leads_nowhere() -> None:
    assert make_geocoder("gazetteer").candidates("どこにもない町名") == ()
    for unfit in ("", "  ", "a\0b", "x" * 400):
        with pytest.raises(AddressNotFound):
            make_geocoder("gazetteer").candidates(unfit)


@pytest.mark.parametrize("kind", ["nominatim", "photon"])
def test_a_map_service_is_asked_for_several(kind: str) -> None:
    with map_service() as service:
        service.body = [nominatim_place()] if kind == "nominatim" else photon_answer()
        geocoder = make_geocoder(f"{kind}:{service.url}", seconds_between_calls=0)
        (found,) = geocoder.candidates("国領", language="ja")
        assert (found.latitude, found.longitude) == (35.6477, 139.5641)
        assert service.requests[0].query["limit"] == ["12"]
        service.body = [] if kind == "nominatim" else {"features": []}
        assert geocoder.candidates("nowhere") == ()
        service.status = 500
        with pytest.raises(GeocoderUnavailable):
            geocoder.candidates("国領")
