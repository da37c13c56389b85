"""The calendar of an organisation, whatever its names hold."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from icalendar import Calendar

from matcher.exchange.calendar_feed import Entry, calendar_feed

AT = datetime(2026, 12, 1, 4, tzinfo=UTC)


@pytest.mark.parametrize("odd", ["\r\n", "\n", "\r", "\0", "\u2028", "\u202e", "\x1b", "\ud800"])
def test_names_kept_before_they_were_looked_at_stop_no_calendar(odd: str) -> None:
    name, blank = f"Kamome{odd}House", f"Kamome{' ' * len(odd)}House"
    body = calendar_feed(name, [Entry("session-1", name, AT, AT, name, AT, 1)])
    read = Calendar.from_ical(body)
    event = read.walk("VEVENT")[0]
    said = (read["name"], read["x-wr-calname"], event["summary"], event["location"])
    assert [str(one) for one in said] == [blank] * 4
    assert odd not in body.decode().replace("\r\n", "")
