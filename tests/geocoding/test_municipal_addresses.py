"""Addresses as Japanese municipalities publish them are found close to the coordinates they publish themselves."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from geopy.distance import great_circle

from matcher.domain.ports import Precision
from matcher.geocoding import make_geocoder

EVENTS = Path(__file__).resolve().parents[3] / "shared" / "data" / "municipal-events"


def published() -> Iterator[tuple[str, str, str]]:
    """Address, latitude and longitude of every row that states a town."""
    for path in sorted(EVENTS.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                if row.get("住所町名"):
                    parts = ("住所都道府県", "住所市区町村", "住所町名", "住所丁目以下")
                    yield "".join(row[part] for part in parts), row["緯度"], row["経度"]


@pytest.mark.skipif(not EVENTS.is_dir(), reason="the municipal event files are not here")
def test_published_addresses_are_found_near_their_published_coordinates() -> None:
    geocoder = make_geocoder("gazetteer")
    rows = list(published())
    found = [(geocoder.locate(address), latitude, longitude) for address, latitude, longitude in rows]
    exact = [located for located, _, _ in found if located.precision is Precision.neighbourhood]
    off_km = sorted(
        great_circle((located.latitude, located.longitude), (float(latitude), float(longitude))).km
        for located, latitude, longitude in found
        if latitude and longitude
    )
    assert len(rows) > 1_000
    assert len(exact) / len(rows) > 0.99
    assert off_km[len(off_km) // 2] < 0.5
    assert off_km[len(off_km) * 95 // 100] < 1.0  # the rest are mostly slips in the files themselves
