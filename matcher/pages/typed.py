"""Reads what was typed into a form, and names each field that needs another value."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from datetime import date, time
from enum import StrEnum
from typing import Final, TypeVar

from werkzeug.datastructures import MultiDict

from matcher.domain import eras
from matcher.domain.errors import FieldProblem, InvalidInput
from matcher.domain.text import LINE_MAX, TEXT_MAX, WORD_MAX, WORDS_MAX, UnfitText, clean_line, clean_text

NONE_OF_THESE: Final = ".none"  # the tick beside a list that says: nothing of the kind
MORE: Final = ".more"  # the box beside a list for what it does not name, one a line
YES: Final = "yes"
NO: Final = "no"

_COMMA: Final = re.compile(r"[,，、､;；]")
_WHOLE: Final = re.compile(r"[0-9]{1,6}")
_DEGREES_DECIMAL: Final = re.compile(r"-?[0-9]{1,3}([.,][0-9]{1,12})?")
_ERA_YEAR: Final = re.compile(r"(大正|昭和|平成|令和|[TSHR])\.?\s*([0-9]{1,2}|元)年?(?:生まれ|生)?")

Word = TypeVar("Word", bound=StrEnum)
Read = TypeVar("Read")


def plain_digits(typed: str) -> str:
    """Digits as a Japanese keyboard writes them, and a unit behind them, mean the same number."""
    return unicodedata.normalize("NFKC", typed).rstrip(" 年人名分回")


def western_year(typed: str) -> str:
    """A year as it is counted in Japan, such as 昭和60年 or H7, as the world counts it; anything else as it was."""
    found = _ERA_YEAR.fullmatch(unicodedata.normalize("NFKC", typed).strip().upper())
    if found is None:
        return typed
    return str(eras.western_year(found[1], found[2]))


def pointer_of(name: str) -> str:
    """Where a field of the form stands in a posting: `host.name` is `/host/name`."""
    return "/" + name.replace(".", "/")


class Answers:
    """What one form says. An empty field says nothing; what cannot be read is kept in `problems`."""

    def __init__(self, form: MultiDict[str, str]) -> None:
        self._form = form
        self.problems: list[FieldProblem] = []

    def check(self) -> None:
        """Raise InvalidInput if something could not be read."""
        if self.problems:
            raise InvalidInput(self.problems)

    def refuse(self, name: str, detail: str) -> None:
        """Remember that a field needs another value."""
        self.problems.append(FieldProblem(pointer_of(name), detail))

    def typed(self, name: str) -> str:
        """The field as it was typed, without white space around it."""
        return self._form.get(name, "").strip()

    def ticked(self, name: str) -> bool:
        """Whether a box was ticked."""
        return name in self._form

    def chosen(self, name: str) -> list[str]:
        """Every box ticked under one name."""
        return self._form.getlist(name)

    def line(self, name: str, *, longest: int = LINE_MAX) -> str | None:
        """One line."""
        return self.fit(name, self.typed(name), longest=longest)

    def fit(self, name: str, typed: str, *, longest: int = LINE_MAX) -> str | None:
        """One line of several typed under one name."""
        return self._clean(name, typed, clean_line, longest)

    def text(self, name: str) -> str | None:
        """Some lines."""
        return self._clean(name, self.typed(name), clean_text, TEXT_MAX)

    def whole(self, name: str) -> int | None:
        """A whole number; its range is for the rules of a posting to judge."""
        return self._whole(name, self.typed(name))

    def year(self, name: str) -> int | None:
        """A year, in either of the two ways it is counted in Japan."""
        return self._whole(name, western_year(self.typed(name)))

    def degrees(self, name: str) -> float | None:
        """A decimal number of degrees."""
        typed = plain_digits(self.typed(name))
        if typed and not _DEGREES_DECIMAL.fullmatch(typed):
            self.refuse(name, "Must be a number of degrees such as 35.635.")
            return None
        return float(typed.replace(",", ".")) if typed else None

    def flag(self, name: str) -> bool | None:
        """Yes or no."""
        return self._known(name, {YES: True, NO: False}.get)

    def one_of(self, name: str, words: type[Word]) -> Word | None:
        """One word of a fixed list."""
        return self._known(name, {word.value: word for word in words}.get)

    def day(self, name: str) -> date | None:
        """A day as browsers send it."""
        return self._read(name, date.fromisoformat)

    def clock(self, name: str) -> time | None:
        """A time of day as browsers send it."""
        return self._read(name, time.fromisoformat)

    def listed(
        self, name: str, known: Collection[str] = (), *, longest: int = WORD_MAX, apart: bool = False
    ) -> tuple[str, ...] | None:
        """What was ticked and written under one name; empty only when somebody said that there is nothing.

        One a line; single words may also stand `apart` by commas, as people write them.
        """
        if not set(self.chosen(name)) <= set(known):
            self.refuse(name, "Choose from the list.")
            return None
        more = self._form.get(name + MORE, "")
        lines = [line for line in (_COMMA.sub("\n", more) if apart else more).splitlines() if line.strip()]
        written = [self._clean(name, line, clean_line, longest) for line in lines[: WORDS_MAX + 1]]
        found = tuple(dict.fromkeys([*self.chosen(name), *filter(None, written)]))
        if len(found) > WORDS_MAX:
            self.refuse(name, f"At most {WORDS_MAX} fit.")
        if found and self.ticked(name + NONE_OF_THESE):
            self.refuse(name, "Either something or nothing.")
        return found if found or self.ticked(name + NONE_OF_THESE) else None

    def words(self, name: str, words: type[Word]) -> tuple[Word, ...] | None:
        """Words of a fixed list that were ticked; empty only when somebody said that there is nothing."""
        chosen, nothing = self.chosen(name), self.ticked(name + NONE_OF_THESE)
        known = {word.value: word for word in words}
        if not set(chosen) <= known.keys():
            self.refuse(name, "Choose from the list.")
            return None
        if chosen and nothing:
            self.refuse(name, "Either something or nothing.")
        return tuple(known[one] for one in dict.fromkeys(chosen)) if chosen or nothing else None

    def _whole(self, name: str, typed: str) -> int | None:
        typed = plain_digits(typed)
        if typed and not _WHOLE.fullmatch(typed):
            self.refuse(name, "Must be a whole number.")
            return None
        return int(typed) if typed else None

    def _clean(self, name: str, typed: str, clean: Callable[..., str], longest: int) -> str | None:
        try:
            return clean(typed, max_length=longest) or None
        except UnfitText as unfit:
            self.refuse(name, str(unfit))
            return None

    def _known(self, name: str, find: Callable[[str], Read | None]) -> Read | None:
        typed = self.typed(name)
        found = find(typed)
        if typed and found is None:
            self.refuse(name, "Choose from the list.")
        return found

    def _read(self, name: str, read: Callable[[str], Read]) -> Read | None:
        typed = self.typed(name)
        try:
            return read(typed) if typed else None
        except ValueError:
            self.refuse(name, "Must be a day or a time of day.")
            return None
