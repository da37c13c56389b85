"""How exactly Nominatim and Photon found a place, told from the kind of place that they answer with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from matcher.domain.ports import Precision

# Kinds as Nominatim names them in `addresstype` and `type`. A village (村) is a municipality in Japan, and a postal
# code may cover a whole one, so both count as a city: a guess refused is better than a guess believed.
_NOMINATIM_KINDS: Final = {
    Precision.address: ("house", "building", "road"),
    Precision.neighbourhood: (
        "suburb",
        "quarter",
        "neighbourhood",
        "city_block",
        "hamlet",
        "railway",
        "station",
    ),
    Precision.city: ("city", "town", "village", "municipality", "borough", "postcode"),
    Precision.region: ("county", "province", "state", "region", "country"),
}
# Smallest `place_rank` of each precision (Nominatim manual, "Place Ranking": 13 to 18 reach 4 km and more, 19 to 25
# at most 2 km; 26 and 27 are streets, 30 houses and what stands at an address).
_RANKS: Final = ((26, Precision.address), (19, Precision.neighbourhood), (13, Precision.city))
# What Photon names in `type`.
_PHOTON_KINDS: Final = {
    Precision.address: ("house", "street"),
    Precision.neighbourhood: ("locality", "district"),
    Precision.city: ("city",),
    Precision.region: ("county", "state", "country"),
}


def of_nominatim(raw: Mapping[str, Any]) -> Precision:
    """Precision of one place of a `/search` answer in the `json` format; what is not known is a region."""
    for kind in (raw.get("addresstype"), raw.get("type")):
        if precision := _of_kind(_NOMINATIM_KINDS, kind):
            return precision
    rank = raw.get("place_rank")
    known = rank if isinstance(rank, int) else 0
    return next((precision for smallest, precision in _RANKS if known >= smallest), Precision.region)


def of_photon(raw: Mapping[str, Any]) -> Precision:
    """Precision of one feature of an `/api` answer; what is not known is a region."""
    properties = raw["properties"]
    if properties.get("osm_key") == "railway":  # a station is a `house` to Photon, and larger than one
        return Precision.neighbourhood
    return _of_kind(_PHOTON_KINDS, properties.get("type")) or Precision.region


def _of_kind(kinds: Mapping[Precision, tuple[str, ...]], kind: object) -> Precision | None:
    return next((precision for precision, named in kinds.items() if kind in named), None)
