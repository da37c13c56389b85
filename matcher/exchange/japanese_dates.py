"""Days and times of day as Japanese town halls write them, read only where one reading is possible."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Final

from matcher.domain.eras import western_year

_YEARS: Final = range(1900, 2200)  # anything else is a slip of the pen (judgement, 2026-11)
_WEEKDAYS: Final = "月火水木金土日"
NOON: Final = 12 * 60
DAY_END: Final = 24 * 60

_DASHES: Final = dict.fromkeys("‐‑‒–—−", "-")
# One Shift_JIS character is decoded to either of two by different makers.
_TWINS: Final = {"〜": "~", "‖": "∥"}
_ONE_FORM: Final = str.maketrans(_DASHES | _TWINS)
_MONTH_AND_DAY: Final = (
    rf"(?P<month>\d{{1,2}})[-/.月](?P<day>\d{{1,2}})日?(?:\(?(?P<weekday>[{_WEEKDAYS}])(?:曜日?)?\)?)?"
)
_WESTERN: Final = re.compile(rf"(?P<year>\d{{4}})[-/.年]{_MONTH_AND_DAY}(?:T?0?0:00(?::00)?)?")
_COMPACT: Final = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})")
_ERA: Final = re.compile(
    rf"(?P<era>令和|平成|昭和|[RHS])(?P<year>元|\d{{1,2}})[-/.年]{_MONTH_AND_DAY}", re.IGNORECASE
)
_TIME: Final = re.compile(
    r"(?P<half>午前|午後|AM|PM)?(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::00)?|時(?:(?P<minutes>\d{1,2})分|(?P<thirty>半))?)",
    re.IGNORECASE,
)


def plain(text: str) -> str:
    """Full-width and half-width forms made one (NFKC), one kind of dash and of wave, no white space.

    >>> plain("２０２２／１ － ２")
    '2022/1-2'
    """
    return "".join(unicodedata.normalize("NFKC", text).translate(_ONE_FORM).split())


def read_day(text: str) -> date | None:
    """The day, or None where it cannot be read for certain or its weekday is another one.

    >>> read_day("令和４年１月２２日（土）"), read_day("2022/1/2"), read_day("1/2/2022")
    (datetime.date(2022, 1, 22), datetime.date(2022, 1, 2), None)
    """
    words = plain(text)
    found = _WESTERN.fullmatch(words) or _COMPACT.fullmatch(words) or _ERA.fullmatch(words)
    if found is None:
        return None
    parts = found.groupdict()
    era, year = parts.get("era"), parts["year"]
    year = western_year(era, year) if era else int(year)
    if year not in _YEARS:
        return None
    try:
        day = date(year, int(parts["month"]), int(parts["day"]))
    except ValueError:
        return None
    weekday = parts.get("weekday")
    return day if weekday is None or _WEEKDAYS[day.weekday()] == weekday else None


def read_time(text: str) -> int | None:
    """Minutes since midnight, up to 1440 for 24:00, or None where it cannot be read for certain.

    Twelve o'clock with 午前 or 午後 is used for noon and midnight alike, so it is not read.

    >>> read_time("13：30"), read_time("午後1時半"), read_time("正午"), read_time("24:00"), read_time("午後12時")
    (810, 810, 720, 1440, None)
    """
    words = plain(text)
    if words == "正午":
        return NOON
    found = _TIME.fullmatch(words)
    if found is None:
        return None
    hour = int(found["hour"])
    minute = 30 if found["thirty"] else int(found["minute"] or found["minutes"] or 0)
    if found["half"]:
        if hour >= 12:
            return None
        hour += 12 if found["half"].upper() in {"午後", "PM"} else 0
    minutes = hour * 60 + minute
    return minutes if minute < 60 and minutes <= DAY_END else None
