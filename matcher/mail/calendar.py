"""The calendar entry of an accepted visit, and its cancellation.

A calendar is often shared with a family and shown on a locked screen. The entry therefore carries the time,
one neutral word and the bare address it comes from: no title, host, place or name, and it is marked private (CARE 7).
What, where and who are in the letter.
"""

from __future__ import annotations

from datetime import UTC, datetime

from icalendar import Calendar, Event, vCalAddress

from matcher.domain.card import Card
from matcher.mail.message import sender_address
from matcher.mail.wording import words

PRODUCT = "-//Matcher//Matcher//EN"


def invitation_entry(card: Card, *, uid: str, sequence: int, now: datetime, sender: str) -> bytes | None:
    """The entry to keep (METHOD:PUBLISH), or None for something at any time.

    `uid` stays the same for one invitation and `sequence` grows with each change, so that calendars replace the entry.
    """
    return _calendar(card, "PUBLISH", "CONFIRMED", uid=uid, sequence=sequence, now=now, sender=sender)


def cancellation_entry(card: Card, *, uid: str, sequence: int, now: datetime, sender: str) -> bytes | None:
    """What takes the entry away again (METHOD:CANCEL), or None for something at any time; `sequence` above the last."""
    return _calendar(card, "CANCEL", "CANCELLED", uid=uid, sequence=sequence, now=now, sender=sender)


def _calendar(
    card: Card, method: str, status: str, *, uid: str, sequence: int, now: datetime, sender: str
) -> bytes | None:
    if card.starts_at is None or card.ends_at is None:
        return None
    starts_at, ends_at = card.starts_at, card.ends_at
    if _comes_twice(starts_at) or _comes_twice(ends_at):
        starts_at, ends_at = starts_at.astimezone(UTC), ends_at.astimezone(UTC)
    organiser = vCalAddress(f"mailto:{sender_address(sender).addr_spec}")  # RFC 5546 §3.2 asks for one
    event = Event()
    event.add("uid", uid)
    event.add("sequence", sequence)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", starts_at)
    event.add("dtend", ends_at)
    event.add("summary", words(card.language)["calendar"]["summary"])
    event.add("status", status)
    event.add("class", "PRIVATE")
    event.add("organizer", organiser)
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _comes_twice(moment: datetime) -> bool:
    """Whether its clock shows that time twice, as when summer time ends: a local time would name the first of them."""
    return moment.replace(fold=0).utcoffset() != moment.replace(fold=1).utcoffset()
