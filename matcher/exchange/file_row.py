"""One row of a file of listings: its values by name, and the notes on what became of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from matcher.domain.imports import RowNote
from matcher.domain.text import LINE_MAX, UnfitText, clean_line, clean_text
from matcher.exchange.reasons import Reason

_BREAKS: Final = re.compile(r"[\r\n\t]+")
SHOWN_MAX: Final = 80  # characters of a value that a note repeats (judgement, 2026-11)


class FileRow:
    """The values of one row by the names its standard gives them; notes gather while facts are read from it."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.notes: list[RowNote] = []

    def said(self, column: str) -> str:
        """What stands in a column, without white space around it; empty when nothing does."""
        return self._values.get(column, "").strip()

    def note(self, column: str, reason: Reason, value: str | None = None) -> None:
        """Keep a note on a column; it repeats the column's value, or the words given."""
        self.notes.append(RowNote(column, reason.value, shown(self.said(column) if value is None else value)))

    def line(self, column: str, max_length: int = LINE_MAX) -> str | None:
        """The words of a column on one line, or None where nothing stands or what stands there is unfit."""
        parts = map(str.strip, _BREAKS.split(self.said(column)))
        return self.fitting(column, " ".join(filter(None, parts)), max_length)

    def fitting(self, column: str, words: str, max_length: int, *, lines: bool = False) -> str | None:
        """Words cleaned by the rule for all text, shortened where too long; None, with a note, where unfit."""
        if not words:
            return None
        try:
            # A little more than fits is kept until accents are joined.
            short = unicodedata.normalize("NFC", words[: 4 * max_length])
            if len(short) > max_length:
                self.note(column, Reason.shortened, words)
                short = short[: max_length - 1].rstrip() + "…"
            return (clean_text if lines else clean_line)(short, max_length=max_length) or None
        except UnfitText:
            self.note(column, Reason.undecodable if _escaped(words) else Reason.unfit, words)
            return None


def shown(words: str) -> str:
    """Words as a report can show them: on one line, nothing invisible, not longer than SHOWN_MAX."""
    printable = "".join(letter if letter.isprintable() else " " for letter in words[: 4 * SHOWN_MAX])
    line = " ".join(printable.split())
    return line if len(line) <= SHOWN_MAX else line[: SHOWN_MAX - 1] + "…"


def _escaped(words: str) -> bool:
    return any("\udc80" <= letter <= "\udcff" for letter in words)
