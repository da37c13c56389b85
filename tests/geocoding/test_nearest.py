"""The station one would name near a point."""

from __future__ import annotations

import pytest

from matcher.geocoding.nearest import station_near

KOMAE = (35.632, 139.577)


@pytest.mark.parametrize(("language", "name"), [("ja", "狛江駅"), ("en", "Komae Station")])
def test_it_is_said_in_the_language_of_whoever_reads(language: str, name: str) -> None:
    assert station_near(*KOMAE, language) == name


def test_of_several_the_nearest_is_named() -> None:
    assert station_near(35.7025, 139.5605, "ja") == "三鷹駅"


@pytest.mark.parametrize("point", [(35.63, 149.5), (0.0, 0.0), (43.6, 142.9)])
def test_where_none_is_near_none_is_named(point: tuple[float, float]) -> None:
    assert station_near(*point, "ja") is None
