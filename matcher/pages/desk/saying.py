"""How values are said at the desk, in the reader's language."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, get_day_names
from flask import Response

from matcher.domain.card import Card
from matcher.domain.values import Availability, DayWindow, GeoPoint, Language
from matcher.geocoding.nearest import station_near
from matcher.mail.wording import needs_in_words, when_lines, words
from matcher.pages.drawing.scale import ON_PAGES
from matcher.pages.showing import preferred_language, show
from matcher.pages.sign_in.access import required
from matcher.scoring.sentences import in_hundred
from matcher.scoring.wording import WORDING
from matcher.services.outside import DEFAULT_TIMEZONE

MINUTES_PER_HOUR = 60


@dataclass(frozen=True, slots=True)
class Sayings:
    """What templates of the desk call to say a value."""

    language: Language

    @property
    def _locale(self) -> str:
        locale: str = words(self.language)["language"]["locale"]
        return locale

    def word(self, value: str) -> str:
        """The word for a kind, aspect, requirement, mode or language."""
        return WORDING[self.language].listed([value])

    def listed(self, values: Iterable[str]) -> str:
        """Several of them in one breath; those from an open vocabulary as they were written."""
        return WORDING[self.language].joined([self.word(value) for value in values])

    def needs(self, values: Iterable[str]) -> str:
        """What somebody needs, in one breath."""
        return WORDING[self.language].joined(needs_in_words(values, self.language))

    def stay_step(self, step: str) -> str:
        """Which step of living together it is."""
        said: str = words(self.language)["stay_step"][step]
        return said

    def in_hundred(self, chance: float) -> int:
        """A chance as so many times in 100."""
        return in_hundred(chance)

    def counted(self, thing: str, number: float) -> str:
        """A number of minutes or people, as in the letters: a part of a minute is one more."""
        return WORDING[self.language].counted(thing, math.ceil(number - 1e-9))

    def day(self, moment: datetime, timezone: str = DEFAULT_TIMEZONE) -> str:
        """The date of a moment."""
        return format_date(moment.astimezone(ZoneInfo(timezone)), "long", locale=self._locale)

    def moment(self, moment: datetime, timezone: str = DEFAULT_TIMEZONE) -> str:
        """Date and time."""
        local = moment.astimezone(ZoneInfo(timezone))
        return f"{self.day(moment, timezone)} {format_time(local, 'short', locale=self._locale)}"

    def when(self, card: Card) -> list[str]:
        """When something takes place."""
        return when_lines(replace(card, language=self.language))

    def window(self, window: DayWindow) -> str:
        """Hours of a day."""
        return f"{_clock(window.start)}–{_clock(window.end)}"

    def weekday(self, number: int) -> str:
        """A day of the week, 0 for Monday."""
        name: str = get_day_names("wide", locale=self._locale)[number]
        return name

    def near(self, point: GeoPoint) -> str | None:
        """The station that is nearest to a point, None where none is near."""
        return station_near(point.latitude, point.longitude, self.language)

    def free(self, free: Availability) -> str:
        """A weekly window of free time."""
        return f"{self.weekday(free.weekday)} {self.window(free.window)}"

    def of(self, said: dict[str, Any]) -> Any:
        """What was kept in several languages, in this one."""
        return said.get(self.language) or next(iter(said.values()))


def desk_page(template: str, *, status: int = HTTPStatus.OK, **values: Any) -> Response:
    """One page of the desk in the reader's language."""
    say = Sayings(preferred_language())
    return show(f"desk/{template}", status=status, say=say, account=required(), **ON_PAGES, **values)


def _clock(minute: int) -> str:
    hours, minutes = divmod(minute, MINUTES_PER_HOUR)
    return f"{hours}:{minutes:02}"
