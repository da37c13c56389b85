"""Reads OpenActive opportunity data (an RPDE page of Events, SessionSeries or ScheduledSessions) as drafts.

The standard is about physical activity, so that is the kind of each. Who waits, how large the group is and what it is
like are stated by no feed and stay open. Contacts, prices and the names of people are not taken over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any, Final

from matcher.domain.imports import DraftRow, ImportReading, RefusedRow, UnreadableFile
from matcher.domain.opportunity import Opportunity, Place, Session
from matcher.domain.opportunity_rules import SESSION_AHEAD_MAX, SESSIONS_MAX
from matcher.domain.text import LINE_MAX, TEXT_MAX, WORD_MAX, WORDS_MAX
from matcher.domain.values import Kind
from matcher.exchange.file_row import FileRow
from matcher.exchange.json_things import Thing, ages_of, capacity_of, key_of, point_of, read_document
from matcher.exchange.reasons import Reason

_ADDRESS: Final = ("streetAddress", "addressLocality", "addressRegion", "postalCode")
_AMENITIES: Final = {"Toilets": "toilet", "Parking": "parking"}
_NO_LISTINGS: Final = ("Place", "FacilityUse", "IndividualFacilityUse", "Slot", "Organization")
_CALLED_OFF: Final = ("EventCancelled", "EventPostponed")
_NOT_FREE: Final = re.compile(r"[1-9]")  # of a price, as a number or in words
_ONLINE: Final = ("OnlineEventAttendanceMode", "MixedEventAttendanceMode")


def read_openactive(content: bytes, *, now: datetime) -> ImportReading:
    """Every item of the page, in its order; `line` is its number, counted from 1. `now` decides which days are past.

    Raises UnreadableFile where the file as a whole cannot be read.
    """
    document = read_document(content)
    items = document.get("items") if isinstance(document, dict) else document
    if not isinstance(items, list):
        raise UnreadableFile("This is not an RPDE page: it has no list of `items`.", why="items")
    return ImportReading(tuple(_rows(items, now)))


def _rows(items: list[Any], now: datetime) -> Iterator[DraftRow | RefusedRow]:
    seen: dict[str, int] = {}
    for line, item in zip(count(1), map(Thing, items), strict=False):
        about = item.thing("data") or item
        above = about.thing("superEvent")
        row = FileRow({name: about.said(name) or above.said(name) for name in ("name", "description")})
        named = about.said("@id") or (f"{item.said('kind')} {item.said('id')}" if item.said("id") else "")
        key = key_of("openactive", *([named] if named else _told_apart_by(about)))
        title = row.line("name")
        if item.said("state") == "deleted":
            row.note("state", Reason.deleted, "deleted")
            yield RefusedRow(line, key, tuple(row.notes), title)
        elif about.said("@type") in _NO_LISTINGS:
            row.note("@type", Reason.no_listing, about.said("@type"))
            yield RefusedRow(line, key, tuple(row.notes[-1:]), title)
        elif key in seen:
            row.note("@id", Reason.same_as_earlier, f"item {seen[key]}")
            yield RefusedRow(line, key, tuple(row.notes[-1:]), title)
        else:
            seen[key] = line
            found = _opportunity(about, above, row, title, now)
            if title is None:
                row.note("name", Reason.no_name)
                yield RefusedRow(line, None, tuple(row.notes[-1:]), rest=found)
            else:
                yield DraftRow(line, key, found, tuple(row.notes))


def _told_apart_by(about: Thing) -> tuple[str, ...]:
    """What tells an item from others where the feed gives it no id."""
    return about.said("name"), about.said("startDate"), about.thing("location").said("name")


def _opportunity(about: Thing, above: Thing, row: FileRow, title: str | None, now: datetime) -> Opportunity:
    place = _place(about.thing("location") or above.thing("location"), row)
    mode = about.said("eventAttendanceMode") or above.said("eventAttendanceMode")
    if mode.endswith(_ONLINE):
        row.note("eventAttendanceMode", Reason.perhaps_online, mode)
        place = None
    elif place is None:
        row.note("location", Reason.no_place, "")
    if any(
        _NOT_FREE.search(offer.said("price")) for offer in about.things("offers") + above.things("offers")
    ):
        row.note("offers", Reason.price_in_words, "")
    if meeting_point := about.said("meetingPoint"):
        row.note("meetingPoint", Reason.way_in_words, meeting_point)
    ages = about.thing("ageRange") or above.thing("ageRange")
    return Opportunity(
        title=title,
        kind=Kind.physical_activity,
        summary=row.fitting("description", row.said("description"), TEXT_MAX, lines=True),
        online=None if place is None else False,
        place=place,
        sessions=tuple(_sessions(about, row, now)),
        capacity=_capacity(about, row),
        topics=_topics(about.things("activity") or above.things("activity"), row),
        provides=_provides(about.thing("location") or above.thing("location")),
        age=ages_of(ages.number("minValue"), ages.number("maxValue"), "ageRange", row),
    )


def _place(location: Thing, row: FileRow) -> Place | None:
    if not location:
        return None
    geo, address = location.thing("geo"), location.thing("address")
    parts = [address.said(name) for name in _ADDRESS]
    point = point_of(geo.number("latitude"), geo.number("longitude"), "location.geo", row)
    return Place(
        name=row.fitting("location.name", location.said("name"), LINE_MAX),
        address=row.fitting("location.address", ", ".join(filter(None, parts)), LINE_MAX),
        latitude=point.latitude if point else None,
        longitude=point.longitude if point else None,
    )


def _sessions(about: Thing, row: FileRow, now: datetime) -> Iterator[Session]:
    """The days still to come, each once; where there is none, why is noted, each reason once."""
    found: set[tuple[datetime, datetime]] = set()
    why: dict[Reason, tuple[str, str]] = {}
    for one in about.things("subEvent") or [about]:
        starts_at, ends_at = _moment(one.said("startDate")), _moment(one.said("endDate"))
        stands_against = _against(one, starts_at, ends_at, now)
        if stands_against is not None:
            reason, name = stands_against
            why.setdefault(reason, (name, one.said(name)))
            continue
        assert starts_at is not None
        assert ends_at is not None
        if len(found) < SESSIONS_MAX and (starts_at, ends_at) not in found:
            found.add((starts_at, ends_at))
            yield Session(starts_at, ends_at)
    if not found:
        for reason, (name, words) in why.items():
            row.note(name, reason, words)


def _against(
    one: Thing, starts_at: datetime | None, ends_at: datetime | None, now: datetime
) -> tuple[Reason, str] | None:
    """Why a day is none to come to, and which field says so."""
    if one.said("eventStatus").endswith(_CALLED_OFF):
        return Reason.called_off, "eventStatus"
    if starts_at is None or ends_at is None:
        name = "startDate" if starts_at is None else "endDate"
        return (Reason.unclear_day if one.said(name) else Reason.no_day), name
    if ends_at <= starts_at:
        return Reason.end_first, "endDate"
    if starts_at <= now:
        return Reason.past, "startDate"
    return (Reason.far_ahead, "startDate") if ends_at > now + SESSION_AHEAD_MAX else None


def _moment(words: str) -> datetime | None:
    """An aware moment; one without a zone is not known for certain."""
    try:
        found = datetime.fromisoformat(words)
        return None if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):  # the first day of the calendar lies before it in UTC
        return None


def _capacity(about: Thing, row: FileRow) -> int | None:
    name = "maximumAttendeeCapacity"
    stated = {one.number(name) for one in [about, *about.things("subEvent")]} - {None}
    return capacity_of(stated.pop() if len(stated) == 1 else None, name, row)


def _topics(activities: list[Thing], row: FileRow) -> tuple[str, ...] | None:
    labels = [row.fitting("activity", one.said("prefLabel").lower(), WORD_MAX) for one in activities]
    return tuple(dict.fromkeys(label for label in labels if label))[:WORDS_MAX] or None


def _provides(location: Thing) -> tuple[str, ...] | None:
    """What is there by its type; what is marked as not there says nothing about what else is."""
    there = {one.said("@type") for one in location.things("amenityFeature") if one.value.get("value") is True}
    return tuple(word for name, word in _AMENITIES.items() if name in there) or None
