"""Which session is scored, and whether it lies in a time the person has free: SCORING §6."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.rungs import when

EPSILON = 1e-9


def in_shared_time(person: dict[str, Any], session: dict[str, Any]) -> bool:
    """Wholly inside a window of one local day; no windows means any time."""
    windows = person.get("availability") or []
    if not windows:
        return True
    zone = ZoneInfo(person["contact_hours"]["timezone"])
    starts, ends = when(session["starts_at"]).astimezone(zone), when(session["ends_at"]).astimezone(zone)
    start = _minute(starts)
    end = _minute(ends)
    if ends.date() == starts.date() + timedelta(days=1) and end == 0:
        end = 24 * 60.0
    elif ends.date() != starts.date():
        return False
    return any(
        window["weekday"] == starts.weekday()
        and _clock(window["from"]) <= start + EPSILON
        and end <= _clock(window["to"]) + EPSILON
        for window in windows
    )


def _minute(moment: datetime) -> float:
    return moment.hour * 60 + moment.minute + (moment.second + moment.microsecond / 1e6) / 60


def _clock(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def scored_session(
    person: dict[str, Any], opportunity: dict[str, Any], at: datetime
) -> dict[str, Any] | None:
    """The earliest future one in a shared time, else the earliest future, else the last."""
    sessions = sorted(opportunity.get("sessions") or [], key=lambda each: when(each["starts_at"]))
    future = [each for each in sessions if when(each["starts_at"]) > at]
    shared = [each for each in future if in_shared_time(person, each)]
    for choice in (shared[:1], future[:1], sessions[-1:]):
        if choice:
            return choice[0]
    return None
