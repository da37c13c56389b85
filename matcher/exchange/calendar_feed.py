"""A calendar to subscribe to (iCalendar, RFC 5545), the same bytes as long as it says the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from icalendar import Calendar, Event

from matcher.domain.text import plain_line

PRODUCT: Final = "-//Matcher//Calendar of an organisation//EN"
LOOKED_AT_EVERY: Final = timedelta(
    hours=1
)  # judgement, 2026-11: what calendars may take as a wish (RFC 7986, §5.7)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `written_at` stands where calendars expect the moment of writing: it must not move by itself.

    `revision` grows whenever the entry says something else (SEQUENCE).
    """

    uid: str
    summary: str
    starts_at: datetime
    ends_at: datetime
    location: str | None
    written_at: datetime
    revision: int


def calendar_feed(name: str, entries: Iterable[Entry]) -> bytes:
    """The calendar. All moments are aware, and written in UTC."""
    name = plain_line(name)
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", LOOKED_AT_EVERY, parameters={"VALUE": "DURATION"})
    for entry in entries:
        calendar.add_component(_event(entry))
    return bytes(calendar.to_ical())


def _event(entry: Entry) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", entry.written_at.astimezone(UTC))
    event.add("sequence", entry.revision)
    event.add("dtstart", entry.starts_at.astimezone(UTC))
    event.add("dtend", entry.ends_at.astimezone(UTC))
    event.add("summary", plain_line(entry.summary))
    if entry.location is not None:
        event.add("location", plain_line(entry.location))
    event.add("class", "PRIVATE")
    return event
