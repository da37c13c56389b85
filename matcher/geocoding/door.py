"""The one door to coordinates: makes the geocoder that a setting names, and asks it in one way whatever it is."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from geopy.adapters import URLLibAdapter
from geopy.exc import GeocoderQueryError, GeopyError
from geopy.extra.rate_limiter import RateLimiter
from geopy.geocoders import Nominatim, Photon
from geopy.location import Location

from matcher.domain.coordinates import coordinate_problems
from matcher.domain.errors import AddressNotFound, GeocoderUnavailable, SettingError
from matcher.domain.ports import Geocoder, Located, Precision
from matcher.domain.text import UnfitText, clean_line
from matcher.geocoding import precision
from matcher.geocoding.gazetteer import AmbiguousPlace, GazetteerGeocoder
from matcher.geocoding.remembering import Answers

ADDRESS_LENGTH_MAX: Final = 300  # characters; longer than any address with its building
TIMEOUT_SECONDS: Final = 5.0  # somebody waits for the answer; judgement, 2026-11
NOMINATIM_SECONDS_BETWEEN_CALLS: Final = 1.0  # Nominatim usage policy: at most one request a second
PHOTON_LANGUAGES: Final = frozenset(
    {"en", "de", "fr"}
)  # Photon refuses others; without one it answers in the local
OPENSTREETMAP_CREDIT: Final = "© OpenStreetMap contributors, ODbL 1.0"
USER_AGENT: Final = "matcher"

LABELS_MAX: Final = 12  # names listed for a name that several places have

_WAY_ON: Final = "Give latitude and longitude instead."
_RIGHT_SETTING: Final = (
    "MATCHER_GEOCODER must be `gazetteer`, `nominatim:https://HOST/` or `photon:https://HOST/`, "
    "without name, password, query or fragment in the address."
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Source:
    """One geopy geocoder: what `ask(address, language)` and `suggest` answer, and how to read the `raw` of an answer."""

    ask: Callable[[str, str], Location | None]
    suggest: Callable[[str, str], Sequence[Location] | None]
    coordinates: Callable[[Mapping[str, Any]], tuple[Any, Any]]  # latitude, longitude
    precision: Callable[[Mapping[str, Any]], Precision]
    credit: Callable[[Mapping[str, Any]], str]


class Door:
    """Asks one source, remembers its answers for a while, and speaks in Matcher's errors."""

    def __init__(self, source: Source, answers: Answers) -> None:
        self._source = source
        self._answers = answers

    def locate(self, address: str, *, language: str = "ja") -> Located:
        """Coordinates of an address or a place's name.

        Raises AddressNotFound when there is no such place, or several; GeocoderUnavailable when the service does
        not answer in time, refuses, or answers nonsense. Neither is remembered.
        """
        text = _asked_for(address)
        remembered = self._answers.get((text, language))
        if remembered:
            return remembered
        located = self._ask(text, language)
        self._answers.keep((text, language), located)
        return located

    def candidates(self, name: str, *, language: str = "ja") -> tuple[Located, ...]:
        """Every place that a name may mean, the likeliest first, at most LABELS_MAX; empty when there is none.

        Raises AddressNotFound for a name that cannot be read, GeocoderUnavailable as `locate` does. Nothing is remembered.
        """
        text = _asked_for(name)
        with _in_our_words():
            found = self._source.suggest(text, language) or ()
            return tuple(self._read(location) for location in found[:LABELS_MAX])

    def _ask(self, text: str, language: str) -> Located:
        with _in_our_words():
            location = self._source.ask(text, language)
            located = location and self._read(location)
        if not located:
            raise AddressNotFound(f"No place was found at this address. {_WAY_ON}")
        return located

    def _read(self, location: Location) -> Located:
        # Not the location's own: geopy turns missing coordinates into 0 and wraps a longitude of 500.
        latitude, longitude = map(float, self._source.coordinates(location.raw))
        if coordinate_problems(latitude, longitude, ""):
            raise ValueError("coordinates out of range")
        how, credit = self._source.precision(location.raw), self._source.credit(location.raw)
        return Located(latitude, longitude, str(location.address), how, credit)


def _asked_for(address: str) -> str:
    try:
        text = clean_line(address, max_length=ADDRESS_LENGTH_MAX)
    except UnfitText as error:
        raise AddressNotFound(f"The address cannot be looked up. {error}") from error
    if not text:
        raise AddressNotFound(f"There is no address to look up. {_WAY_ON}")
    return text


@contextmanager
def _in_our_words() -> Iterator[None]:
    """What goes wrong in a source, in Matcher's errors."""
    try:
        yield
    except AmbiguousPlace as error:
        names = " / ".join(error.labels[:LABELS_MAX])
        raise AddressNotFound(
            f"Several places are called that: {names}. Name the prefecture and municipality, "
            "or give latitude and longitude."
        ) from error
    except GeocoderQueryError as error:
        raise AddressNotFound(f"The map service could not read this address. {_WAY_ON}") from error
    except (GeopyError, KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        # The class alone: the message may hold the address, and an address does not belong in a log.
        _log.warning("Looking up an address failed: %s", type(error).__name__)
        raise GeocoderUnavailable(
            f"The map service did not answer as it should. Try again later, or: {_WAY_ON}"
        ) from error


def make_geocoder(
    setting: str,
    user_agent: str = USER_AGENT,
    timeout_seconds: float = TIMEOUT_SECONDS,
    *,
    elapsed: Callable[[], float] = time.monotonic,
    seconds_between_calls: float = NOMINATIM_SECONDS_BETWEEN_CALLS,
) -> Geocoder:
    """The geocoder a setting names: `gazetteer`, `nominatim:https://HOST/…` or `photon:https://HOST/…`.

    `elapsed` (seconds) ages the remembered answers. Raises SettingError when the setting names none of them.
    """
    kind, _, address = setting.strip().partition(":")
    if kind == "gazetteer" and not address:
        return Door(_gazetteer(), Answers(elapsed))
    if kind not in {"nominatim", "photon"}:
        raise SettingError(_RIGHT_SETTING)
    service = _service(address)
    options = {
        "scheme": service.scheme,
        "domain": service.netloc + service.path.rstrip("/"),
        "user_agent": user_agent,
        "timeout": timeout_seconds,
        "adapter_factory": URLLibAdapter,  # one behaviour everywhere, whether `requests` is installed or not
    }
    source = _photon(options) if kind == "photon" else _nominatim(options, seconds_between_calls)
    return Door(source, Answers(elapsed))


def _service(address: str) -> SplitResult:
    try:
        service = urlsplit(address)
        usable = (
            service.scheme in {"http", "https"}
            and service.hostname
            and (service.port is None or service.port)
        )
    except ValueError as error:
        raise SettingError(_RIGHT_SETTING) from error
    if not usable or "@" in service.netloc or service.query or service.fragment:
        raise SettingError(_RIGHT_SETTING)
    return service


def _gazetteer() -> Source:
    geocoder = GazetteerGeocoder()
    return Source(
        ask=lambda address, _: geocoder.geocode(address),
        suggest=lambda name, _: geocoder.suggest(name),
        coordinates=lambda raw: (raw["latitude"], raw["longitude"]),
        precision=lambda raw: Precision(raw["precision"]),
        credit=lambda raw: str(raw["attribution"]),
    )


def _nominatim(options: Mapping[str, Any], seconds_between_calls: float) -> Source:
    ask = RateLimiter(
        Nominatim(**options).geocode,
        min_delay_seconds=seconds_between_calls,
        max_retries=0,
        swallow_exceptions=False,
    )
    return Source(
        ask=lambda address, language: ask(address, language=language),
        suggest=lambda name, language: ask(name, language=language, exactly_one=False, limit=LABELS_MAX),
        coordinates=lambda raw: (raw["lat"], raw["lon"]),
        precision=precision.of_nominatim,
        credit=lambda raw: str(raw.get("licence") or OPENSTREETMAP_CREDIT),
    )


def _photon(options: Mapping[str, Any]) -> Source:
    geocoder = Photon(**options)

    def asked(address: str, language: str, **how: Any) -> Any:
        spoken = language if language in PHOTON_LANGUAGES else False
        return geocoder.geocode(address, language=spoken, **how)

    return Source(
        ask=asked,
        suggest=lambda name, language: asked(name, language, exactly_one=False, limit=LABELS_MAX),
        coordinates=lambda raw: (raw["geometry"]["coordinates"][1], raw["geometry"]["coordinates"][0]),
        precision=precision.of_photon,
        credit=lambda _: OPENSTREETMAP_CREDIT,
    )
