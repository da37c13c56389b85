"""Single values in a form: strict about JSON types, and each refusal says what would be right."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable
from typing import Any, Final
from zoneinfo import ZoneInfo

from marshmallow import ValidationError, fields, validate

from matcher.domain.text import LINE_MAX, TEXT_MAX, UnfitText, clean_line, clean_text
from matcher.domain.values import RUNG_MAX, RUNG_MIN
from matcher.services.mail_address import deliverable

EMAIL_MAX: Final = 254  # characters (RFC 5321, erratum 1690)

_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")


def cleaned(value: object, clean: Callable[..., str], max_length: int) -> str:
    """A string made fit by `clean`, and not empty. Raises ValidationError."""
    if not isinstance(value, str):
        raise ValidationError("Must be a string.")
    try:
        text = clean(value, max_length=max_length)
    except UnfitText as unfit:
        raise ValidationError(str(unfit)) from None
    if not text:
        raise ValidationError("It is empty; state something, or leave the field out.")
    return text


class Line(fields.String):
    """One line of text."""

    _clean = staticmethod(clean_line)

    def __init__(self, *, max_length: int = LINE_MAX, **kwargs: Any) -> None:
        self.max_length = max_length
        kwargs["metadata"] = {"minLength": 1, "maxLength": max_length, **kwargs.get("metadata", {})}
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        return cleaned(value, self._clean, self.max_length)


class Text(Line):
    """Several lines of text."""

    _clean = staticmethod(clean_text)

    def __init__(self, *, max_length: int = TEXT_MAX, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, **kwargs)


class Email(fields.Email):
    """An address mail can be sent to; its domain is not looked up."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["metadata"] = {"maxLength": EMAIL_MAX, **kwargs.get("metadata", {})}
        super().__init__(**kwargs)
        self.validators.clear()

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        text = cleaned(value, clean_line, EMAIL_MAX)
        address = deliverable(text)
        if address is None:
            raise ValidationError("Must be an e-mail address such as name@example.org.")
        return address


class Zone(Line):
    """A time zone by its IANA name."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        name = super()._deserialize(value)
        if not is_zone(name):
            raise ValidationError("Must be an IANA time zone such as Asia/Tokyo.")
        return name


@functools.lru_cache(maxsize=1024)
def is_zone(name: str) -> bool:
    """Whether a time zone of this name is known."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # an unknown name, a folder's name, one that leaves the folder
        return False
    return True


class LanguageCode(Line):
    """A language by its short code (BCP 47), in small letters."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        code = super()._deserialize(value).lower()
        if not _LANGUAGE.fullmatch(code):
            raise ValidationError("Must be a language code such as ja or en.")
        return code


class Flag(fields.Boolean):
    """True or false, as JSON writes it."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("Must be true or false.")
        return value


class WholeNumber(fields.Integer):
    """A JSON integer within a range; 2.0, "2" and true are none."""

    def __init__(self, *, least: int, most: int, **kwargs: Any) -> None:
        self.least, self.most = least, most
        super().__init__(validate=validate.Range(least, most), **kwargs)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not self.least <= value <= self.most:
            raise ValidationError(f"Must be a whole number from {self.least} to {self.most}.")
        return value


class Number(fields.Float):
    """A finite JSON number within a range."""

    def __init__(self, *, least: float | None = None, most: float | None = None, **kwargs: Any) -> None:
        self.least, self.most = least, most
        super().__init__(validate=validate.Range(least, most), **kwargs)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not self._fits(value):
            raise ValidationError(self._wanted())
        return float(value)

    def _fits(self, value: float) -> bool:
        try:
            finite = math.isfinite(value)
        except OverflowError:  # an integer beyond every float
            return False
        above = self.least is None or value >= self.least
        return finite and above and (self.most is None or value <= self.most)

    def _wanted(self) -> str:
        if self.least is None or self.most is None:
            return "Must be a finite number."
        return f"Must be a number from {self.least:g} to {self.most:g}."


class Rung(Number):
    """A rung from 0 to 4, in halves."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["metadata"] = {"multipleOf": 0.5, **kwargs.get("metadata", {})}
        super().__init__(least=RUNG_MIN, most=RUNG_MAX, **kwargs)

    def _fits(self, value: float) -> bool:
        return super()._fits(value) and (2 * value) % 1 == 0

    def _wanted(self) -> str:
        return "Must be a rung from 0 to 4, in halves."
