"""The setting names the geocoder, or is refused with what would be right."""

from __future__ import annotations

import pytest

from matcher.domain.errors import SettingError
from matcher.geocoding import make_geocoder


@pytest.mark.parametrize(
    "setting",
    [
        "gazetteer",
        " gazetteer ",
        "nominatim:https://nominatim.example.org/",
        "nominatim:http://127.0.0.1:8080/path",
        "photon:https://photon.example.org",
        "photon:http://[::1]:2322",
    ],
)
def test_a_setting_that_names_a_geocoder_is_taken(setting: str) -> None:
    assert make_geocoder(setting)


@pytest.mark.parametrize(
    "setting",
    [
        "",
        "gazeteer",
        "gazetteer:x",
        "nominatim",
        "nominatim:",
        "nominatim:nominatim.example.org",
        "nominatim:ftp://nominatim.example.org",
        "nominatim:https://",
        "nominatim:https://host:port/",
        "nominatim:https://[broken/",
        "photon:https://name:secret@photon.example.org/",
        "photon:https://photon.example.org/?key=secret",
        "photon:https://photon.example.org/#here",
        "google:https://maps.example.org",
    ],
)
def test_a_setting_that_names_none_is_refused_with_what_would_be_right(setting: str) -> None:
    with pytest.raises(SettingError, match="MATCHER_GEOCODER must be `gazetteer`") as refused:
        make_geocoder(setting)
    assert "secret" not in str(refused.value)
