"""What one chooses from where a number would be asked for otherwise; each has its sentence in the templates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from matcher.domain.values import Availability, DayWindow, Kind

# All judgement, 2026-11: few enough to take in at a glance, far enough apart to tell one from another.
MINUTES_AT_MOST: Final = (10, 20, 30, 45, 60, 90)
PEOPLE_AT_MOST: Final = (2, 3, 4, 6, 10, 20)  # everybody counts, oneself and whoever waits there
ANY_NUMBER: Final = 1000
HALF_LIVES: Final = (10, 20, 40)  # SCORING §2: asked at intake
PACES: Final = ((7, 3), (14, 2), (28, 1))  # days between, times in four weeks
NEEDS: Final = (
    "staffed", "leave_any_time", "watch_first", "host_greets", "companion_welcome", "quiet_room", "step_free",
    "toilet",
)  # fmt: skip
# What concerns those who are there; the rest they have stated themselves.
TOLD: Final = ("watch_first", "companion_welcome", "quiet_room", "step_free")
# Living together has no tick here: it is looked at in a request alone, with its own consent (CARE 11).
KINDS: Final = tuple(kind for kind in Kind if kind is not Kind.communal_living)

_HOUR: Final = 60
PARTS: Final = {
    "morning": DayWindow(9 * _HOUR, 12 * _HOUR),
    "afternoon": DayWindow(12 * _HOUR, 17 * _HOUR),
    "evening": DayWindow(17 * _HOUR, 21 * _HOUR),
}
WEEKDAYS: Final = range(7)


@dataclass(frozen=True, slots=True)
class Free:
    """One box of the week: a part of a day or hours of one's own, as the form names it."""

    value: str
    weekday: int
    window: DayWindow
    part: str | None


def boxes() -> tuple[tuple[Free, ...], ...]:
    """The week as it is asked for, a day a row."""
    return tuple(tuple(_box(day, window, part) for part, window in PARTS.items()) for day in WEEKDAYS)


def boxes_of(free: Availability) -> tuple[Free, ...]:
    """The boxes that make up one window: parts of a day where they fit it exactly, else the hours as they are."""
    inside = [
        _box(free.weekday, window, part)
        for part, window in PARTS.items()
        if free.window.start <= window.start and window.end <= free.window.end
    ]
    if inside and (inside[0].window.start, inside[-1].window.end) == (free.window.start, free.window.end):
        return tuple(inside)
    return (_box(free.weekday, free.window, None),)


def box_named(value: str) -> Free | None:
    """The box that a form names, None when there can be none."""
    try:
        weekday, start, end = map(int, value.split("-"))
    except ValueError:
        return None
    if weekday not in WEEKDAYS or not 0 <= start < end <= 24 * _HOUR:
        return None
    return _box(weekday, DayWindow(start, end), None)


def merged(found: list[Free]) -> tuple[Availability, ...]:
    """Windows of free time, those that touch as one: a session may run from the morning into the afternoon."""
    windows: list[Availability] = []
    for one in sorted(found, key=lambda box: (box.weekday, box.window.start, box.window.end)):
        last = windows[-1] if windows else None
        if last and last.weekday == one.weekday and one.window.start <= last.window.end:
            end = max(last.window.end, one.window.end)
            windows[-1] = Availability(one.weekday, DayWindow(last.window.start, end))
        else:
            windows.append(Availability(one.weekday, one.window))
    return tuple(windows)


def _box(weekday: int, window: DayWindow, part: str | None) -> Free:
    return Free(f"{weekday}-{window.start}-{window.end}", weekday, window, part)
