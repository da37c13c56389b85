"""Nominatim and Photon, asked over real HTTP: what they answer, and what happens when they do not."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from matcher.domain.errors import AddressNotFound, GeocoderUnavailable
from matcher.domain.ports import Geocoder, Precision
from matcher.geocoding import make_geocoder
from matcher.geocoding.remembering import KEPT_SECONDS
from tests.geocoding.service import MapService, map_service, nominatim_place, photon_answer

ADDRESS = "東京都調布市国領町8-2-1"
SERVICES = ["nominatim", "photon"]


@pytest.fixture
def service() -> Iterator[MapService]:
    with map_service() as running:
        yield running


def ask(service: MapService, kind: str, **options: Any) -> Geocoder:
    return make_geocoder(f"{kind}:{service.url}/", **{"seconds_between_calls": 0.0, **options})


def found(kind: str) -> object:
    return [nominatim_place()] if kind == "nominatim" else photon_answer()


def nothing(kind: str) -> object:
    return [] if kind == "nominatim" else {"type": "FeatureCollection", "features": []}


@pytest.mark.parametrize("kind", SERVICES)
def test_a_place_found_has_coordinates_a_label_and_credit(service: MapService, kind: str) -> None:
    service.body = found(kind)
    located = ask(service, kind).locate(ADDRESS)
    assert (located.latitude, located.longitude) == (35.6477, 139.5641)
    assert located.label.startswith("国領町八丁目")
    assert located.precision is Precision.neighbourhood
    assert "OpenStreetMap contributors" in located.attribution


@pytest.mark.parametrize("kind", SERVICES)
def test_the_service_learns_the_address_and_who_asks(service: MapService, kind: str) -> None:
    service.body = found(kind)
    ask(service, kind, user_agent="matcher-chofu").locate(ADDRESS)
    [asked] = service.requests
    assert asked.path == {"nominatim": "/search", "photon": "/api"}[kind]
    assert asked.query["q"] == [ADDRESS]
    assert asked.query["limit"] == ["1"]
    assert asked.headers["User-Agent"] == "matcher-chofu"


def test_a_service_may_live_below_a_path(service: MapService) -> None:
    service.body = found("nominatim")
    make_geocoder(f"nominatim:{service.url}/maps/nominatim/", seconds_between_calls=0.0).locate(ADDRESS)
    assert service.requests[0].path == "/maps/nominatim/search"


@pytest.mark.parametrize(
    ("kind", "language", "asked_for"),
    [
        ("nominatim", "ja", {"accept-language": ["ja"]}),
        ("nominatim", "en", {"accept-language": ["en"]}),
        ("photon", "ja", {}),  # Photon refuses languages it was not built with
        ("photon", "en", {"lang": ["en"]}),
    ],
)
def test_the_language_is_asked_for_where_the_service_knows_it(
    service: MapService, kind: str, language: str, asked_for: dict[str, list[str]]
) -> None:
    service.body = found(kind)
    ask(service, kind).locate(ADDRESS, language=language)
    query = service.requests[0].query
    assert {name: query[name] for name in ("accept-language", "lang") if name in query} == asked_for


@pytest.mark.parametrize(
    ("changes", "precision"),
    [
        ({"addresstype": "building", "type": "yes", "place_rank": 30}, Precision.address),
        ({"addresstype": "house", "type": "house", "place_rank": 30}, Precision.address),
        ({"addresstype": "amenity", "type": "library", "place_rank": 30}, Precision.address),
        ({"addresstype": "road", "type": "residential", "place_rank": 26}, Precision.address),
        ({"addresstype": "railway", "type": "station", "place_rank": 30}, Precision.neighbourhood),
        (
            {"addresstype": "neighbourhood", "type": "neighbourhood", "place_rank": 22},
            Precision.neighbourhood,
        ),
        ({"addresstype": "suburb", "type": "administrative", "place_rank": 19}, Precision.neighbourhood),
        ({"addresstype": "city", "type": "administrative", "place_rank": 14}, Precision.city),
        ({"addresstype": "village", "type": "administrative", "place_rank": 14}, Precision.city),
        ({"addresstype": "postcode", "type": "postcode", "place_rank": 21}, Precision.city),
        ({"addresstype": "province", "type": "administrative", "place_rank": 8}, Precision.region),
        ({"addresstype": None, "type": "administrative", "place_rank": 16}, Precision.city),
        ({"addresstype": None, "type": "administrative", "place_rank": 20}, Precision.neighbourhood),
        ({"addresstype": None, "type": "administrative", "place_rank": None}, Precision.region),
        ({"addresstype": ["?"], "type": {}, "place_rank": "30"}, Precision.region),
    ],
)
def test_nominatim_tells_how_exact_a_place_is(
    service: MapService, changes: dict[str, Any], precision: Precision
) -> None:
    service.body = [nominatim_place(**changes)]
    assert ask(service, "nominatim").locate(ADDRESS).precision is precision


@pytest.mark.parametrize(
    ("properties", "precision"),
    [
        ({"type": "house"}, Precision.address),
        ({"type": "street"}, Precision.address),
        ({"type": "house", "osm_key": "railway", "osm_value": "station"}, Precision.neighbourhood),
        ({"type": "district"}, Precision.neighbourhood),
        ({"type": "locality"}, Precision.neighbourhood),
        ({"type": "city"}, Precision.city),
        ({"type": "county"}, Precision.region),
        ({"type": "state"}, Precision.region),
        ({"type": "other"}, Precision.region),
        ({"type": None}, Precision.region),
    ],
)
def test_photon_tells_how_exact_a_place_is(
    service: MapService, properties: dict[str, Any], precision: Precision
) -> None:
    service.body = photon_answer(**properties)
    assert ask(service, "photon").locate(ADDRESS).precision is precision


@pytest.mark.parametrize("kind", SERVICES)
def test_no_place_found_says_to_give_latitude_and_longitude(service: MapService, kind: str) -> None:
    service.body = nothing(kind)
    with pytest.raises(AddressNotFound, match=r"[Gg]ive latitude and longitude"):
        ask(service, kind).locate(ADDRESS)


@pytest.mark.parametrize("kind", SERVICES)
def test_an_address_the_service_calls_a_bad_request_is_not_found(service: MapService, kind: str) -> None:
    service.status, service.body = 400, {"error": "cannot read q"}
    with pytest.raises(AddressNotFound, match=r"[Gg]ive latitude and longitude"):
        ask(service, kind).locate(ADDRESS)


@pytest.mark.parametrize("kind", SERVICES)
@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 502, 503])
def test_a_refusal_is_a_service_out_of_reach(service: MapService, kind: str, status: int) -> None:
    service.status, service.headers = status, {"Retry-After": "30"}
    with pytest.raises(GeocoderUnavailable, match=r"[Gg]ive latitude and longitude"):
        ask(service, kind).locate(ADDRESS)
    assert len(service.requests) == 1  # a service that has had enough is not asked again at once


@pytest.mark.parametrize("kind", SERVICES)
def test_a_service_that_keeps_silent_is_left_after_the_timeout(service: MapService, kind: str) -> None:
    service.answer_after.clear()
    with pytest.raises(GeocoderUnavailable):
        ask(service, kind, timeout_seconds=0.2).locate(ADDRESS)


@pytest.mark.parametrize("kind", SERVICES)
def test_a_service_that_is_not_there_is_out_of_reach(kind: str) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound, never listening: nobody else gets this port meanwhile
        port = nobody.getsockname()[1]
        with pytest.raises(GeocoderUnavailable):
            make_geocoder(f"{kind}:http://127.0.0.1:{port}", timeout_seconds=1.0).locate(ADDRESS)


NONSENSE: list[tuple[str, object]] = [
    *(
        (kind, body)
        for kind in SERVICES
        for body in (b"<html>", b"", b"\xff\xfe", b"null nonsense", 42, "text", [42])
    ),
    ("nominatim", {"error": {"code": 7}}),
    ("nominatim", [{"display_name": "no coordinates"}]),
    ("nominatim", [nominatim_place(lat="north")]),
    ("nominatim", [nominatim_place(lat=None)]),
    ("nominatim", [nominatim_place(lon=None)]),
    ("nominatim", [nominatim_place(lon="500")]),
    ("nominatim", [nominatim_place(lat="NaN")]),
    ("nominatim", [nominatim_place(lat="1e309")]),
    ("nominatim", [nominatim_place(lat="139.5641", lon="35.6477")]),
    ("photon", {}),
    ("photon", {"features": [{"geometry": None, "properties": {}}]}),
    ("photon", {"features": [{"geometry": {"coordinates": []}, "properties": {}}]}),
    ("photon", {"features": [{"geometry": {"coordinates": [None, None]}, "properties": {}}]}),
    ("photon", {"features": [{"geometry": {"coordinates": [500, 35]}, "properties": {}}]}),
    ("photon", {"features": [{"geometry": {"coordinates": ["east", "north"]}, "properties": {}}]}),
    ("photon", {"features": [{"geometry": {"coordinates": [35.6477, 139.5641]}, "properties": {}}]}),
    ("photon", {"features": [{"geometry": {"coordinates": [139.5641, 35.6477]}}]}),
]


@pytest.mark.parametrize(("kind", "body"), NONSENSE)
def test_an_answer_that_makes_no_sense_is_a_service_out_of_reach(
    service: MapService, kind: str, body: object
) -> None:
    service.body = body
    # An error that Nominatim states itself is about the question, so it counts as not found.
    expected = AddressNotFound if isinstance(body, dict) and "error" in body else GeocoderUnavailable
    with pytest.raises(expected):
        ask(service, kind).locate(ADDRESS)


def test_a_failure_is_logged_without_the_address(
    service: MapService, caplog: pytest.LogCaptureFixture
) -> None:
    service.status = 500
    with caplog.at_level(logging.WARNING), pytest.raises(GeocoderUnavailable):
        ask(service, "nominatim").locate(ADDRESS)
    assert "GeocoderServiceError" in caplog.text
    assert "国領" not in caplog.text
    assert "%E5" not in caplog.text


@pytest.mark.parametrize("kind", SERVICES)
def test_the_same_address_is_asked_once(service: MapService, kind: str) -> None:
    service.body = found(kind)
    geocoder = ask(service, kind)
    assert geocoder.locate(ADDRESS) == geocoder.locate(f" {ADDRESS}\n")
    assert len(service.requests) == 1
    geocoder.locate(ADDRESS, language="en")
    assert len(service.requests) == 2


def test_an_answer_is_asked_for_anew_when_it_is_old(service: MapService) -> None:
    elapsed = [0.0]
    service.body = found("nominatim")
    geocoder = ask(service, "nominatim", elapsed=lambda: elapsed[0])
    geocoder.locate(ADDRESS)
    elapsed[0] = KEPT_SECONDS - 1
    geocoder.locate(ADDRESS)
    assert len(service.requests) == 1
    elapsed[0] = KEPT_SECONDS
    geocoder.locate(ADDRESS)
    assert len(service.requests) == 2


@pytest.mark.parametrize("kind", SERVICES)
def test_a_failure_is_not_remembered(service: MapService, kind: str) -> None:
    geocoder = ask(service, kind)
    service.status = 503
    with pytest.raises(GeocoderUnavailable):
        geocoder.locate(ADDRESS)
    service.status, service.body = 200, nothing(kind)
    with pytest.raises(AddressNotFound):
        geocoder.locate(ADDRESS)
    service.body = found(kind)
    assert geocoder.locate(ADDRESS).label.startswith("国領町八丁目")


def test_nominatim_is_asked_no_faster_than_its_policy_allows(service: MapService) -> None:
    service.body = found("nominatim")
    geocoder = ask(service, "nominatim", seconds_between_calls=0.3)
    for house in range(3):
        geocoder.locate(f"{ADDRESS}-{house}")
    first, second, third = (asked.at for asked in service.requests)
    assert second - first >= 0.28  # the server's clock starts a little after the asker's
    assert third - second >= 0.28


@pytest.mark.parametrize("address", ["", " \n", "東" * 301, "\ud800", "a\0b", "東京\u202e都"])
def test_text_that_is_no_address_is_refused_without_asking(service: MapService, address: str) -> None:
    with pytest.raises(AddressNotFound):
        ask(service, "nominatim").locate(address)
    assert service.requests == []
