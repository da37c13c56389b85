"""The questions about one listing, a step at a time: which facts a step asks for, and what the answers make of a posting."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from matcher.domain.opportunity import AgeRange, GroupSize, Host, Opportunity, Place, Session
from matcher.domain.text import LINE_MAX
from matcher.domain.values import Interaction, Kind, Requirement, StayStep, Stimulation
from matcher.pages.typed import Answers
from matcher.services.outside import DEFAULT_TIMEZONE

# What is asked for by name; anything else can be written beside it.
PROVIDED: Final = ("step_free", "quiet_room", "toilet", "parking", "tools", "drinks", "food")
NOT_EXPECTED: Final = (
    "talking", "eye_contact", "introducing_yourself", "staying_to_the_end", "coming_again", "experience",
)  # fmt: skip
SPOKEN: Final = ("ja", "en", "zh", "ko", "vi", "pt")
WEEKS_MAX: Final = 26  # judgement, 2026-11: half a year of weekly sessions at once

_WHERE_TYPED: Final = (
    "place.name", "place.address", "place.entry", "place.latitude", "place.longitude", "how_to_join",
)  # fmt: skip
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")

# Where each fact is asked for, by the first part of its name.
STEP_OF: Final = {
    "title": "what", "kind": "what", "summary": "what", "topics": "what",
    "online": "where", "place": "where", "how_to_join": "where",
    "sessions": "when", "session": "when", "duration_minutes": "when", "open_when": "when",
    "group_size": "people", "capacity": "people", "age": "people",
    "interaction": "like", "stimulation": "like", "leave_any_time": "like", "watch_first": "like",
    "companion_welcome": "like", "regular_attendance": "like", "provides": "like", "stay_step": "like",
    "free_exit": "like",
    "host": "host", "staffed": "host", "languages": "host",
    "requires": "newcomer", "not_expected": "newcomer", "if_you_do_not_come": "newcomer",
}  # fmt: skip


def step_of(fact: str) -> str:
    """The step that asks for a fact, named as in `missing_facts` or by its pointer."""
    return STEP_OF.get(fact.strip("/").replace("/", ".").split(".")[0], "publish")


def answered(step: str, form: MultiDict[str, str], standing: Opportunity) -> Opportunity:
    """The posting with the answers of one step in it. Raises InvalidInput for what cannot be read, each at its field."""
    answers = Answers(form)
    changed = STEPS[step](answers, standing)
    answers.check()
    return changed


def zone_of(posting: Opportunity) -> str:
    """The time zone in which the times of a posting are asked for and shown."""
    place = None if posting.online else posting.place
    return (place.timezone if place else None) or DEFAULT_TIMEZONE


def _what(said: Answers, standing: Opportunity) -> Opportunity:
    kind = said.one_of("kind", Kind)
    living = kind is Kind.communal_living
    return replace(
        standing,
        title=said.line("title"),
        kind=kind,
        summary=said.text("summary"),
        topics=said.listed("topics", apart=True),
        stay_step=standing.stay_step if living else None,
        free_exit=standing.free_exit if living else None,
    )


def _where(said: Answers, standing: Opportunity) -> Opportunity:
    online = said.flag("online")
    if online is None and any(map(said.typed, _WHERE_TYPED)):
        said.refuse("online", "Say which it is, so that nothing typed is lost.")
    if online is not False:
        joined = said.text("how_to_join") if online else standing.how_to_join
        # Where it is open belongs to a place; online it is any time.
        return replace(standing, online=online, place=None, how_to_join=joined, open_when=None)
    before = standing.place or Place()
    address = said.line("place.address")
    latitude, longitude = said.degrees("place.latitude"), said.degrees("place.longitude")
    if (latitude, longitude) == (0, 0):
        said.refuse("place.latitude", "This spot lies in the sea; give those of the place itself.")
    unmoved = (latitude, longitude) == (before.latitude, before.longitude)
    if unmoved and address != before.address:
        latitude = longitude = None  # those of the address that stood here; the new one is looked up
    place = Place(
        name=said.line("place.name"),
        address=address,
        latitude=latitude,
        longitude=longitude,
        entry=said.text("place.entry"),
        timezone=before.timezone if unmoved and latitude is not None else None,
    )
    return replace(standing, online=False, place=place, how_to_join=None)


def _when(said: Answers, standing: Opportunity) -> Opportunity:
    dropped = set(said.chosen("drop"))
    kept = tuple(one for one in standing.sessions if one.id not in dropped)
    added = tuple(_sessions(said, ZoneInfo(zone_of(standing))))
    return replace(
        standing,
        sessions=kept + added,
        duration_minutes=said.whole("duration_minutes"),
        open_when=None if standing.online else said.line("open_when"),
    )


def _sessions(said: Answers, zone: ZoneInfo) -> Iterator[Session]:
    """The session that was typed, as often as it repeats, each week at the same time on the clock there."""
    first, last = said.day("session.on"), said.day("session.until_on")
    begins, ends = said.clock("session.from"), said.clock("session.until")
    weeks = said.whole("session.weeks") or 1
    if not any((first, last, begins, ends)) and weeks == 1:
        return
    if first is None or begins is None or ends is None:
        said.refuse("session", "A session has a day, a beginning and an end.")
        return
    if weeks > WEEKS_MAX:
        said.refuse("session.weeks", f"At most {WEEKS_MAX} weeks at once.")
        return
    for week in range(weeks):
        later = timedelta(weeks=week)
        try:
            yield Session(_moment(first, begins, later, zone), _moment(last or first, ends, later, zone))
        except OverflowError:
            said.refuse("session", "No calendar goes that far.")
            return


def _moment(day: date, at: time, later: timedelta, zone: ZoneInfo) -> datetime:
    return datetime.combine(day + later, at, zone).astimezone(UTC)


def _people(said: Answers, standing: Opportunity) -> Opportunity:
    least, most, open_to_all = said.whole("age.min"), said.whole("age.max"), said.ticked("age.open")
    if open_to_all and (least is not None or most is not None):
        said.refuse("age", "Either every age or limits.")
    stated = open_to_all or least is not None or most is not None
    return replace(
        standing,
        group_size=GroupSize(said.whole("group_size.typical"), said.whole("group_size.max")),
        capacity=said.whole("capacity"),
        age=AgeRange(least, most) if stated else None,
    )


def _like(said: Answers, standing: Opportunity) -> Opportunity:
    living = standing.kind is Kind.communal_living
    return replace(
        standing,
        interaction=said.one_of("interaction", Interaction),
        stimulation=said.one_of("stimulation", Stimulation),
        leave_any_time=said.flag("leave_any_time"),
        watch_first=said.flag("watch_first"),
        companion_welcome=said.flag("companion_welcome"),
        regular_attendance=said.flag("regular_attendance"),
        provides=said.listed("provides", PROVIDED),
        stay_step=said.one_of("stay_step", StayStep) if living else None,
        free_exit=said.text("free_exit") if living else None,
    )


def _host(said: Answers, standing: Opportunity) -> Opportunity:
    languages = said.listed("languages", SPOKEN)
    if languages and not all(map(_LANGUAGE.fullmatch, languages)):
        said.refuse("languages", "Must be language codes such as ja or en.")
    return replace(
        standing,
        host=Host(said.line("host.name"), said.line("host.role"), said.flag("host.greets_at_door")),
        staffed=said.flag("staffed"),
        languages=languages,
    )


def _newcomer(said: Answers, standing: Opportunity) -> Opportunity:
    return replace(
        standing,
        requires=said.words("requires", Requirement),
        not_expected=said.listed("not_expected", NOT_EXPECTED, longest=LINE_MAX),
        if_you_do_not_come=said.text("if_you_do_not_come"),
    )


STEPS: Final[dict[str, Callable[[Answers, Opportunity], Opportunity]]] = {
    "what": _what,
    "where": _where,
    "when": _when,
    "people": _people,
    "like": _like,
    "host": _host,
    "newcomer": _newcomer,
}
