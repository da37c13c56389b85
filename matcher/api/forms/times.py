"""Moments and hours in a form: a moment carries its offset, an hour of the day is written HH:MM."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final

from marshmallow import ValidationError, fields

from matcher.domain.values import MINUTES_PER_DAY

# RFC 3339; seconds may be left out. A moment without an offset is matched too, to be refused by its own sentence.
_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")
_MOMENT_LENGTH_MAX: Final = 40
# A day inside what the calendar can hold, so that every clock on earth can show the moment.
_EARLIEST: Final = datetime(1, 1, 2, tzinfo=UTC)
_LATEST: Final = datetime(9999, 12, 30, tzinfo=UTC)
_EXAMPLE: Final = "2026-12-01T13:00:00+09:00"


class Moment(fields.AwareDateTime):
    """A moment with its offset, kept in UTC."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> datetime:
        return parse_moment(value)

    def _serialize(self, value: datetime | None, *_: Any, **__: Any) -> str | None:
        return None if value is None else written_moment(value)


def parse_moment(value: object) -> datetime:
    """A moment in UTC from its RFC 3339 text. Raises ValidationError."""
    if not isinstance(value, str) or len(value) > _MOMENT_LENGTH_MAX:
        raise ValidationError(f"Must be a date and time with its offset, such as {_EXAMPLE}.")
    written = _MOMENT.fullmatch(value)
    if written is None:
        raise ValidationError(f"Must be a date and time with its offset, such as {_EXAMPLE}.")
    if written.group(3) is None:
        raise ValidationError(f"It lacks its offset from UTC; write it as in {_EXAMPLE}.")
    try:
        moment = datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValidationError("There is no such date and time; check day, hour and offset.") from None
    if not _EARLIEST <= moment <= _LATEST:
        raise ValidationError("No clock goes that far; check the year.")
    return moment


def written_moment(moment: datetime) -> str:
    """An aware moment in UTC, as RFC 3339 writes it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


class Clock(fields.String):
    """An hour of the day as HH:MM on the local clock, kept in minutes since midnight; `24:00` only as an end."""

    def __init__(self, *, is_end: bool = False, **kwargs: Any) -> None:
        self.is_end = is_end
        kwargs["metadata"] = {"pattern": f"^({_CLOCK.pattern})$", **kwargs.get("metadata", {})}
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        last = "24:00" if self.is_end else "23:59"
        if not isinstance(value, str) or not _CLOCK.fullmatch(value):
            raise ValidationError(f"Must be an hour of the day such as 13:30, from 00:00 to {last}.")
        minutes = int(value[:2]) * 60 + int(value[3:])
        if minutes == MINUTES_PER_DAY and not self.is_end:
            raise ValidationError(f"Must be an hour of the day such as 13:30, from 00:00 to {last}.")
        return minutes

    def _serialize(self, value: Any, *_: Any, **__: Any) -> str | None:
        return None if value is None else f"{value // 60:02d}:{value % 60:02d}"
