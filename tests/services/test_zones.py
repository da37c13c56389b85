"""The clock of a place, from a map that is read when it is first asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from matcher.domain.values import GeoPoint
from matcher.services.zones import zone_at


@pytest.mark.parametrize(
    ("point", "zone"),
    [
        (GeoPoint(35.68, 139.69), "Asia/Tokyo"),
        (GeoPoint(52.52, 13.40), "Europe/Berlin"),
        (GeoPoint(0.0, -140.0), "Etc/GMT+9"),
    ],
)
def test_a_point_has_the_zone_of_its_land_and_at_sea_that_of_its_longitude(
    point: GeoPoint, zone: str
) -> None:
    assert zone_at(point) == zone


def test_a_start_does_not_wait_for_the_map_of_zones() -> None:
    said = "import matcher.bootstrap, sys; print('tzfpy' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", said], text=True).strip() == "False"
