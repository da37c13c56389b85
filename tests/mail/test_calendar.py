"""The calendar entry: right clock, stable, replaceable, and silent about what it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar, Event

from matcher.domain.opportunity import Place, Session
from matcher.mail.calendar import cancellation_entry, invitation_entry
from tests.mail.samples import LANGUAGES, NOW, SENDER, card, make_opportunity


def _calendar(content: bytes | None) -> Calendar:
    assert content is not None
    calendar = Calendar.from_ical(content)
    assert isinstance(calendar, Calendar)
    return calendar


def _event(content: bytes | None) -> Event:
    (event,) = _calendar(content).walk("VEVENT")
    assert isinstance(event, Event)
    return event


def test_the_entry_is_on_the_clock_of_the_place_with_its_zone() -> None:
    content = invitation_entry(card(), uid="u@example.org", sequence=0, now=NOW, sender=SENDER)
    assert content is not None
    assert b"DTSTART;TZID=Asia/Tokyo:20261201T130000" in content
    assert b"DTEND;TZID=Asia/Tokyo:20261201T133000" in content
    assert [str(zone["TZID"]) for zone in _calendar(content).walk("VTIMEZONE")] == ["Asia/Tokyo"]


def test_a_zone_with_summer_time_brings_both_halves_of_the_year() -> None:
    berlin = Place("Garten", None, 52.5, 13.4, "Gate", "Europe/Berlin")
    start = datetime(2027, 7, 5, 9, tzinfo=UTC)
    summer = make_opportunity(place=berlin, sessions=(Session(start, start + timedelta(hours=1)),))
    content = invitation_entry(
        card(opportunity=summer), uid="u@example.org", sequence=0, now=NOW, sender=SENDER
    )
    assert _event(content).start == start
    assert {part.name for part in _calendar(content).walk("VTIMEZONE")[0].subcomponents} == {
        "STANDARD",
        "DAYLIGHT",
    }


@pytest.mark.parametrize("hour", [0, 1])
def test_in_the_hour_that_comes_twice_the_entry_names_the_right_one(hour: int) -> None:
    berlin = Place("Garten", None, 52.5, 13.4, "Gate", "Europe/Berlin")
    start = datetime(2027, 10, 31, hour, 30, tzinfo=UTC)  # 02:30 on the clock there, both times
    twice = make_opportunity(place=berlin, sessions=(Session(start, start + timedelta(minutes=45)),))
    content = invitation_entry(
        card(opportunity=twice), uid="u@example.org", sequence=0, now=NOW, sender=SENDER
    )
    assert (_event(content).start, _event(content).end) == (start, start + timedelta(minutes=45))


def test_a_cancellation_takes_away_the_entry_it_names() -> None:
    kept = invitation_entry(card(), uid="u@example.org", sequence=0, now=NOW, sender=SENDER)
    gone = cancellation_entry(card(), uid="u@example.org", sequence=1, now=NOW, sender=SENDER)
    assert (_calendar(kept)["METHOD"], _calendar(gone)["METHOD"]) == ("PUBLISH", "CANCEL")
    assert (_event(kept)["STATUS"], _event(gone)["STATUS"]) == ("CONFIRMED", "CANCELLED")
    assert _event(kept)["UID"] == _event(gone)["UID"] == "u@example.org"
    assert (_event(kept)["SEQUENCE"], _event(gone)["SEQUENCE"]) == (0, 1)
    assert _event(gone)["DTSTAMP"].dt == NOW


@pytest.mark.parametrize("language", LANGUAGES)
def test_care_7_a_shared_calendar_shows_the_time_one_word_and_an_address(language: str) -> None:
    one = invitation_entry(card(language), uid="u@example.org", sequence=0, now=NOW, sender=SENDER)
    other = make_opportunity(
        title="Night shelter",
        summary="Soup",
        place=Place("Hall", "9 Road", 35.6, 139.5, "Bell", "Asia/Tokyo"),
    )
    two = invitation_entry(card(language, other), uid="u@example.org", sequence=0, now=NOW, sender=SENDER)
    assert one == two
    event = _event(one)
    assert event["SUMMARY"] == {"ja": "予定", "en": "Appointment"}[language]
    assert event["CLASS"] == "PRIVATE"
    assert "LOCATION" not in event
    assert "DESCRIPTION" not in event
    assert event["ORGANIZER"] == "mailto:no-reply@example.org"
    assert not event["ORGANIZER"].params


def test_something_at_any_time_has_no_entry() -> None:
    undated = card(opportunity=make_opportunity(sessions=(), open_when="Mondays", duration_minutes=30))
    assert invitation_entry(undated, uid="u@example.org", sequence=0, now=NOW, sender=SENDER) is None
    assert cancellation_entry(undated, uid="u@example.org", sequence=1, now=NOW, sender=SENDER) is None


def test_a_line_break_in_a_uid_adds_no_line() -> None:
    content = invitation_entry(card(), uid="u\r\nLOCATION:here", sequence=0, now=NOW, sender=SENDER)
    assert "LOCATION" not in _event(content)
