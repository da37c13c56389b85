"""The card as a newcomer will read it, with blanks for what is not said yet, and what would make coming easier."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from matcher.domain.card import sample_card
from matcher.domain.opportunity import AgeRange, GroupSize, Host, Opportunity, Place, Session, missing_facts
from matcher.domain.values import Interaction, Kind, Requirement, StayStep, Stimulation
from matcher.mail.wording import Detail, details, words
from matcher.pages.portal.steps import zone_of

# What a heading of the card tells; while one of these is not said, the heading stands with a blank.
_FACTS_OF: Final[dict[str, tuple[str, ...]]] = {
    "when": ("sessions", "duration_minutes", "open_when"),
    "where": ("place", "place.name"),
    "way_in": ("place", "place.entry", "host.name", "host.greets_at_door"),
    "people": ("host.name", "host.role", "group_size.typical", "group_size.max", "staffed"),
    "like": ("interaction", "stimulation", "watch_first", "companion_welcome", "regular_attendance", "stay_step"),
    "not_expected": ("not_expected", "requires"),
    "needed": ("requires",),
    "provides": ("provides",),
    "leaving": ("leave_any_time", "host.name", "free_exit"),
    "not_coming": ("if_you_do_not_come",),
}  # fmt: skip

# Only so that a card can be laid out at all: no heading that rests on one of these is shown.
_STAND_INS: Final[dict[str, Any]] = {
    "title": " ", "kind": Kind.hobby, "summary": " ", "capacity": 1, "interaction": Interaction.conversation,
    "stimulation": Stimulation.calm, "staffed": False, "leave_any_time": False, "regular_attendance": False,
    "watch_first": False, "companion_welcome": False, "requires": (), "provides": (), "languages": (), "topics": (),
    "age": AgeRange(), "not_expected": (), "if_you_do_not_come": " ",
}  # fmt: skip

# Words that name the person and not the thing (CARE, Words); of its list those that are hardly meant otherwise in a listing.
_NAMES_THE_PERSON: Final = re.compile(
    r"\b(?:hikikomori|patients?|treatments?|rehabilitation|no-shows?|withdrawn)\b"
    r"|ひきこもり|引きこもり|引き籠も?り|患者|治療|リハビリ|社会復帰|不登校|無職|ニート",
    re.IGNORECASE,
)

# Whoever must say so beforehand does not come at all. Judgement, 2026-11: a hint, so a word too many does no harm.
_ASKS_TO_SAY_SO: Final = re.compile(
    r"\b(?:must|have to|always|phone|call|let us know|in advance)\b|必ず|かならず|電話|連絡|前日まで",
    re.IGNORECASE,
)

# Judgement, 2026-11: from here on a group, or a first visit, is long or large for somebody new.
LARGE_GROUP: Final = 8
LONG_MINUTES: Final = 120


@dataclass(frozen=True, slots=True)
class Preview:
    """`details` without lines are blanks."""

    title: str | None
    summary: str | None
    details: tuple[Detail, ...]


def preview(posting: Opportunity, now: datetime, *, language: str, asked_by: str) -> Preview:
    """What a newcomer would read at this moment, of the next session."""
    missing = set(missing_facts(posting))
    blank = {heading for heading, facts in _FACTS_OF.items() if missing & set(facts)}
    card = sample_card(
        _filled(posting), next_session(posting, now), language=language, timezone=zone_of(posting), asked_by=asked_by
    )  # fmt: skip
    told = {detail.key: detail for detail in details(card)}
    labels = words(language)["label"]
    shown = [
        Detail(heading, labels[heading], ()) if heading in blank else told[heading]
        for heading in _FACTS_OF
        if heading in blank or heading in told
    ]
    return Preview(posting.title, posting.summary, tuple(shown))


def next_session(posting: Opportunity, now: datetime) -> Session:
    """The next one to come; the last one when all are over; without dates the open one."""
    in_order = sorted(posting.sessions, key=lambda one: one.starts_at or now)
    ahead = [one for one in in_order if one.starts_at is None or one.starts_at > now]
    return next(iter(ahead or in_order[-1:]), Session())


def hints(posting: Opportunity) -> tuple[str, ...]:
    """Names of what would make it easier to come, read from what is stated: at most one word of advice for each."""
    return tuple(_hints(posting))


def _hints(posting: Opportunity) -> Iterator[str]:
    yield from _hints_at_words(posting)
    if posting.host.greets_at_door is False and not posting.online:
        yield "door"
    if posting.leave_any_time is False:
        yield "leaving"
    if posting.watch_first is False:
        yield "watching"
    if (posting.group_size.max or 0) > LARGE_GROUP:
        yield "smaller"
    if posting.stimulation in (Stimulation.busy, Stimulation.loud):
        yield "quieter"
    if {Requirement.phone_call, Requirement.registration_form} & set(posting.requires or ()):
        yield "simpler"
    if posting.not_expected == ():
        yield "not_expected"
    lengths = [one.duration_minutes for one in posting.sessions] or [posting.duration_minutes]
    if min((length for length in lengths if length), default=0) > LONG_MINUTES:
        yield "shorter"


def _hints_at_words(posting: Opportunity) -> Iterator[str]:
    entry = posting.place.entry if posting.place else None
    read = (posting.title, posting.summary, entry, posting.host.role, posting.if_you_do_not_come)
    if _NAMES_THE_PERSON.search(" ".join(filter(None, read))):
        yield "words"
    if _ASKS_TO_SAY_SO.search(posting.if_you_do_not_come or ""):
        yield "not_coming"


def _filled(posting: Opportunity) -> Opportunity:
    """The posting with stand-ins for what is not stated."""
    lacking = {name: value for name, value in _STAND_INS.items() if getattr(posting, name) is None}
    size, host = posting.group_size, posting.host
    filled = replace(
        posting,
        **lacking,
        group_size=GroupSize(size.typical or 1, size.max or max(2, size.typical or 1)),
        host=Host(host.name or " ", host.role or " ", bool(host.greets_at_door)),
        online=bool(posting.online),
        duration_minutes=posting.duration_minutes or 1,
        open_when=posting.open_when or " ",
    )
    if not posting.online:
        filled = replace(filled, place=_filled_place(posting.place or Place()))
    if posting.kind is Kind.communal_living:
        stay = posting.stay_step or StayStep.visit
        filled = replace(filled, stay_step=stay, free_exit=posting.free_exit or " ")
    return filled


def _filled_place(place: Place) -> Place:
    return replace(
        place,
        name=place.name or " ",
        entry=place.entry or " ",
        latitude=place.latitude or 0.0,
        longitude=place.longitude or 0.0,
    )
