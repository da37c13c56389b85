"""The built-in gazetteer as a geopy geocoder: towns, municipalities and stations of Japan, without any network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any, Final

from geopy.exc import GeocoderQueryError
from geopy.geocoders.base import DEFAULT_SENTINEL, Geocoder
from geopy.location import Location

from matcher.domain.ports import Precision
from matcher.geocoding.japanese import find_japanese
from matcher.geocoding.names import is_roman, tidy
from matcher.geocoding.places import Places
from matcher.geocoding.roman import find_roman
from matcher.geocoding.spots import Spot

_FINEST_FIRST: Final = tuple(Precision)
_ENDINGS: Final = ("市", "区", "町", "村")  # what people leave out of a municipality's name


class AmbiguousPlace(GeocoderQueryError):  # type: ignore[misc]  # geopy carries no types
    """A name that several places have; `labels` tells them apart."""

    def __init__(self, labels: Sequence[str]) -> None:
        self.labels = tuple(labels)
        super().__init__(f"Several places have this name: {', '.join(self.labels)}.")


class GazetteerGeocoder(Geocoder):  # type: ignore[misc]  # geopy carries no types
    """Finds Japanese addresses to the town block (`neighbourhood`), stations, municipalities and prefectures."""

    def __init__(self, places: Places | None = None) -> None:
        super().__init__()
        self._places = places or Places()

    def geocode(
        self, query: str, *, exactly_one: bool = True, timeout: Any = DEFAULT_SENTINEL
    ) -> Location | list[Location] | None:
        """The place of an address or name, as geopy gives it: None when there is none, a list if not `exactly_one`.

        `raw` holds `precision` and `attribution`. Raises AmbiguousPlace when one place is asked for and several
        have the name. `timeout` is taken for geopy's sake: nothing here waits.
        """
        del timeout
        found = self._find(tidy(query))
        if not exactly_one:
            return _locations(found) or None
        if len(found) > 1:
            raise AmbiguousPlace([spot.label for spot in found])
        return _locations(found)[0] if found else None

    def suggest(self, query: str) -> list[Location]:
        """Every place that a name may mean, stations first: most people say 狛江 and mean the station."""
        text = tidy(query)
        asked = (
            (f"{text} station", text)
            if is_roman(text)
            else (f"{text}駅", text, *(text + end for end in _ENDINGS))
        )
        return _locations(dict.fromkeys(spot for each in asked if text for spot in self._find(each)))

    def _find(self, text: str) -> list[Spot]:
        """The finest of what the text may mean: of two 府中市 only one may have the town named after it."""
        found = (find_roman if is_roman(text) else find_japanese)(self._places, text)
        finest = min((_FINEST_FIRST.index(spot.precision) for spot in found), default=0)
        return list(dict.fromkeys(spot for spot in found if _FINEST_FIRST.index(spot.precision) == finest))


def _locations(spots: Iterable[Spot]) -> list[Location]:
    return [Location(spot.label, (spot.latitude, spot.longitude), asdict(spot)) for spot in spots]
