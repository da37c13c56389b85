"""What words written by others may hold, so that nothing invisible reaches a page, a calendar or a mail header."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from matcher.domain.errors import MatcherError

# How long what others write may be, in characters and in entries (judgement, 2026-11).
LINE_MAX: Final = 200  # names, titles, roles
TEXT_MAX: Final = 2000  # a few paragraphs
NOTES_MAX: Final = 10_000  # what a talk was about: a few pages
WORD_MAX: Final = 60  # a topic, a need
WORDS_MAX: Final = 50  # entries in one list

# Joining accents shortens a text: at most four code points become one (Unicode 15, U+1F82 and its like).
# Longer than that cannot fit, whatever it is.
SHORTENING_MAX: Final = 4

# Direction overrides and isolates let a text read otherwise than it is stored (Unicode Technical Report 36, §2.4).
_TURNS_DIRECTION: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINE_BREAKS: Final = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
# The Stream-Safe Text Format (UAX #15, §13) allows as many marks on one letter; sorting longer runs is quadratic.
MARKS_MAX: Final = 30

_TITLES: Final = ("さん", "様", "さま", "先生", "氏")

_BREAK: Final = re.compile("\r\n|[\r\u2028\u2029\x85]")
_INVISIBLE: Final = "\u200b\u2060\ufeff"  # zero-width space, word joiner, byte order mark


class UnfitText(MatcherError):
    """A text holds something that has no place in it, or is too long; `str()` says what and where."""


def clean_line(value: str, *, max_length: int) -> str:
    """One line in Unicode NFC without white space around it; may be empty.

    Raises UnfitText for a line break, a control character (NUL and tab included), a lone surrogate, a change of
    writing direction, more than MARKS_MAX accents on one letter, or more than `max_length` characters.
    """
    return _clean(value, max_length, allowed="")


def clean_text(value: str, *, max_length: int) -> str:
    """Lines in Unicode NFC, parted by a line feed, without white space around the whole; may be empty.

    Raises UnfitText as `clean_line` does, but lets line breaks and tabs pass.
    """
    return _clean(_BREAK.sub("\n", value), max_length, allowed="\n\t")


def plain_line(value: str) -> str:
    """A line that was kept before it was looked at: a blank stands for whatever has no place in it."""
    return "".join(" " if _what_is_wrong_with(character) else character for character in value)


def has_title(name: str) -> bool:
    """Whether a Japanese name ends in a title already, so that no san follows it."""
    return name.endswith(_TITLES)


def heaps_marks(value: str) -> bool:
    """Whether more than MARKS_MAX combining marks follow each other, which no language writes."""
    if value.isascii():
        return False
    run = 0
    for character in value:
        run = run + 1 if unicodedata.combining(character) else 0
        if run > MARKS_MAX:
            return True
    return False


def _clean(value: str, max_length: int, *, allowed: str) -> str:
    if len(value) > max_length * SHORTENING_MAX:
        raise UnfitText(_too_long(max_length))
    if heaps_marks(value):
        raise UnfitText(f"It holds more than {MARKS_MAX} accents on one letter; leave them out.")
    trimmed = _trim(value)
    for position, character in enumerate(trimmed, start=1):
        what = None if character in allowed else _what_is_wrong_with(character)
        if what:
            raise UnfitText(
                f"It holds {what} (U+{ord(character):04X}) at character {position}; leave it out."
            )
    cleaned = _trim(unicodedata.normalize("NFC", trimmed))
    if len(cleaned) > max_length:
        raise UnfitText(_too_long(max_length))
    return cleaned


def _trim(value: str) -> str:
    shorter = value.strip().strip(_INVISIBLE)
    while shorter != value:
        value, shorter = shorter, shorter.strip().strip(_INVISIBLE)
    return value


def _what_is_wrong_with(character: str) -> str | None:
    if character == "\0":
        return "a NUL"
    if character in _LINE_BREAKS:
        return "a line break"
    if character in _TURNS_DIRECTION:
        return "a change of writing direction"
    match unicodedata.category(character):
        case "Cc":
            return "a control character"
        case "Cs":
            return "half of a surrogate pair"
    return None


def _too_long(max_length: int) -> str:
    return f"It is too long; at most {max_length} characters fit."
