"""Files of JSON read with suspicion: whatever stands where, a value is either of the kind asked for or not there."""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

from matcher.domain.coordinates import LATITUDE_MAX, LONGITUDE_MAX
from matcher.domain.imports import UnreadableFile
from matcher.domain.opportunity import AgeRange
from matcher.domain.opportunity_rules import AGE_MAX_YEARS, CAPACITY_MAX
from matcher.domain.person import ADULT_AGE_YEARS
from matcher.domain.values import GeoPoint
from matcher.exchange.file_row import FileRow
from matcher.exchange.reasons import Reason


class Thing:
    """One JSON object; what is missing or of another kind reads as nothing."""

    def __init__(self, value: object) -> None:
        self.value: dict[str, Any] = value if isinstance(value, dict) else {}

    def __bool__(self) -> bool:
        return bool(self.value)

    def thing(self, name: str) -> Thing:
        """The object under a name."""
        return Thing(self.value.get(name))

    def things(self, name: str) -> list[Thing]:
        """The objects in the list under a name; one that stands there by itself is a list of one."""
        found = self.value.get(name)
        listed = found if isinstance(found, list) else [found]
        return [Thing(one) for one in listed if isinstance(one, dict)]

    def said(self, name: str) -> str:
        """A text or number as it was written, without white space around it; empty when there is none."""
        found = self.value.get(name)
        if isinstance(found, bool) or not isinstance(found, str | int | float):
            return ""
        return str(found).strip()

    def number(self, name: str) -> float | None:
        """A finite number."""
        found = self.value.get(name)
        if isinstance(found, bool) or not isinstance(found, int | float):
            return None
        try:
            return float(found) if math.isfinite(found) else None
        except OverflowError:
            return None


def read_document(content: bytes) -> Any:
    """The document of a file. Raises UnreadableFile for what is no JSON, or nested beyond reading."""
    if not content.strip():
        raise UnreadableFile("The file is empty.", why="empty")
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise UnreadableFile("The file is not JSON in UTF-8.", why="json") from None


def key_of(*parts: str) -> str:
    """An identity that is the same next time."""
    return hashlib.blake2b("\n".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def capacity_of(number: float | None, column: str, row: FileRow) -> int | None:
    """How many, or None with a note where it is no number that a listing can have."""
    if number is None:
        return None
    if number != int(number) or number < 0:
        row.note(column, Reason.unclear_capacity, f"{number:g}")
    elif number == 0:
        row.note(column, Reason.zero_capacity, "0")
    elif number > CAPACITY_MAX:
        row.note(column, Reason.huge_capacity, f"{number:.0f}")
    else:
        return int(number)
    return None


def ages_of(least: float | None, most: float | None, column: str, row: FileRow) -> AgeRange | None:
    """The ages stated, or None: with a note where only minors are meant, or the two do not go together."""
    if least is None and most is None:
        return None
    low, high = (None if one is None else int(one) for one in (least, most))
    fits = all(one is None or 0 <= one <= AGE_MAX_YEARS for one in (low, high))
    if not fits or (high is not None and high < max(ADULT_AGE_YEARS, low or 0)):
        row.note(column, Reason.age_in_words, f"{least or ''}–{most or ''}")
        return None
    return AgeRange(low, high)


def point_of(latitude: float | None, longitude: float | None, column: str, row: FileRow) -> GeoPoint | None:
    """The point stated, or None: with a note where half of it is missing or it lies nowhere on earth."""
    if latitude is None and longitude is None:
        return None
    if latitude is None or longitude is None:
        row.note(column, Reason.half_a_point, "")
    elif latitude == 0 and longitude == 0:
        row.note(column, Reason.zero_point, "0, 0")
    elif abs(latitude) > LATITUDE_MAX or abs(longitude) > LONGITUDE_MAX:
        row.note(column, Reason.unclear_point, f"{latitude:g}, {longitude:g}")
    else:
        return GeoPoint(latitude, longitude)
    return None
