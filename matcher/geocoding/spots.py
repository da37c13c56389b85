"""What a place of the gazetteer looks like as an answer: its label, how exact it is, and whom to credit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from matcher.domain.ports import Precision
from matcher.geocoding.places import Municipality, Prefecture, Station, Town

TOWNS_CREDIT: Final = "Geolonia 住所データ, CC BY 4.0"
STATIONS_CREDIT: Final = "国土数値情報 鉄道データ（国土交通省）, 情報試作室, CC BY 4.0"


@dataclass(frozen=True, slots=True)
class Spot:
    """One place found, in degrees."""

    label: str
    latitude: float
    longitude: float
    precision: Precision
    attribution: str


def of_prefecture(place: Prefecture) -> Spot:
    """A prefecture's most central municipality, exact to the region."""
    return Spot(place.name, place.latitude, place.longitude, Precision.region, TOWNS_CREDIT)


def of_municipality(place: Municipality) -> Spot:
    """A municipality's most central town, exact to the city."""
    label = place.prefecture + place.name
    return Spot(label, place.latitude, place.longitude, Precision.city, TOWNS_CREDIT)


def of_town(municipality: Municipality, town: Town) -> Spot:
    """A town block; a wide town says no more than its city does."""
    precision = Precision.city if town.wide else Precision.neighbourhood
    label = municipality.prefecture + municipality.name + town.name
    return Spot(label, town.latitude, town.longitude, precision, TOWNS_CREDIT)


def of_station(place: Station) -> Spot:
    """A railway station, with the municipality that tells it from others of its name."""
    label = f"{place.name}駅（{place.prefecture}{place.municipality}）"
    return Spot(label, place.latitude, place.longitude, Precision.neighbourhood, STATIONS_CREDIT)
