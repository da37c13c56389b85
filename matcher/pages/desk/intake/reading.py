"""What the answers to each of the twelve questions make of a person."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Final

from matcher.domain.coordinates import coordinate_problems
from matcher.domain.intake import ALIAS_MAX, TEXT_VERSION
from matcher.domain.opportunity_rules import GROUP_SIZE_MAX
from matcher.domain.person import Consent, Contact, ContactHours, Pace, Person, Supporter, Travel
from matcher.domain.person_rules import DAYS_BETWEEN_MAX, TIMES_IN_28_DAYS_MAX, TRAVEL_MINUTES_MAX
from matcher.domain.text import LINE_MAX
from matcher.domain.values import (
    MINUTES_PER_DAY,
    Approval,
    Aspect,
    Availability,
    DayWindow,
    GeoPoint,
    Kind,
    Language,
    Purpose,
    Requirement,
    TravelMode,
)
from matcher.pages.desk.intake.choices import KINDS, NEEDS, Free, box_named, merged
from matcher.pages.pictures import RUNGS, nearest
from matcher.pages.typed import Answers
from matcher.services.mail_address import deliverable
from matcher.services.zones import zone_at

BETWEEN: Final = "|"  # between the parts of a place that was chosen
EMAIL: Final = "email"


def you(said: Answers, person: Person, _now: datetime) -> Person:
    """What they are called, how old they are, and their language. Adults only (CARE 13); the rules of a person say so."""
    alias, born = said.line("alias", longest=ALIAS_MAX), said.year("birth_year")
    for name, value in (("alias", alias), ("birth_year", born)):
        if value is None:
            said.refuse(name, "This one is needed.")
    language = said.one_of("language", Language) or person.language
    return replace(person, alias=alias or "", birth_year=born or 0, language=language)


def letters(said: Answers, person: Person, _now: datetime) -> Person:
    """Where, when and how often they may be written to, and who is close to them."""
    contact = _contact(said, said.typed("address"), "address")
    begin, end = said.clock("hours.from"), said.clock("hours.to")
    window = person.contact_hours.window
    if begin is not None and end is not None:
        window = DayWindow(begin.hour * 60 + begin.minute, end.hour * 60 + end.minute or MINUTES_PER_DAY)
    if (begin is None) != (end is None) or window.start == window.end:
        said.refuse("hours.to", "Give both hours; they differ from each other.")
    return replace(
        person,
        contact=contact,
        contact_hours=ContactHours(window, person.contact_hours.timezone),
        pace=_pace(said, person.pace),
        supporters=tuple(_supporters(said)),
    )


def start(said: Answers, person: Person, _now: datetime) -> Person:
    """Where they would set out from, on the grid before it is kept anywhere (CARE 20)."""
    latitude, longitude, _label = chosen_place(said.typed("candidate"))
    if latitude is None or longitude is None:
        said.refuse("place", "Choose one of the places.")
        return person
    point = GeoPoint(latitude, longitude).snapped()
    hours = replace(person.contact_hours, timezone=zone_at(point))
    return replace(person, start_point=point, contact_hours=hours)


def way(said: Answers, person: Person, _now: datetime) -> Person:
    """How they get about, how far it may be, and how much rather they stay near."""
    travel = Travel(
        said.one_of("mode", TravelMode) or person.travel.mode,
        _number(said, "max_minutes", person.travel.max_minutes, most=TRAVEL_MINUTES_MAX),
        _number(said, "half_life", person.travel.half_life_minutes, most=TRAVEL_MINUTES_MAX),
    )
    return replace(_with_rungs(said, person, Aspect.travel), travel=travel)


def people(said: Answers, person: Person, _now: datetime) -> Person:
    """With how many it is comfortable, and how many it may ever be."""
    most = _number(said, "max_group_size", person.max_group_size, most=GROUP_SIZE_MAX)
    return replace(_with_rungs(said, person, Aspect.group), max_group_size=int(most))


def together(said: Answers, person: Person, _now: datetime) -> Person:
    """What they do with others, and how lively it may be."""
    return _with_rungs(said, person, Aspect.interaction, Aspect.stimulation)


def first_time(said: Answers, person: Person, _now: datetime) -> Person:
    """How new it may be, and whether somebody would come along."""
    return replace(_with_rungs(said, person, Aspect.unfamiliarity), companion=said.ticked("companion"))


def helps(said: Answers, person: Person, _now: datetime) -> Person:
    """What has to be there, and what of it may be told to those there, after a yes (CARE 17)."""
    needs = said.listed("needs", NEEDS) or ()
    shared = said.listed("share_needs", {*NEEDS, *person.share_needs, *needs}) or ()
    return replace(person, needs=needs, share_needs=shared)


def never(said: Answers, person: Person, _now: datetime) -> Person:
    """What it must never ask for."""
    return replace(person, red_lines=frozenset(said.words("red_lines", Requirement) or ()))


def likes(said: Answers, person: Person, _now: datetime) -> Person:
    """What they are open to, and what they like."""
    kinds = said.words("kinds", Kind) or ()
    if not set(kinds) <= set(KINDS):
        said.refuse("kinds", "Choose from the list.")
    topics = said.listed("topics", apart=True) or ()
    return replace(person, kinds=kinds_of(kinds, living=Kind.communal_living in person.kinds), topics=topics)


def time(said: Answers, person: Person, _now: datetime) -> Person:
    """How long it may take, and when they are free."""
    return replace(_with_rungs(said, person, Aspect.commitment), availability=free_hours(said))


def free_hours(said: Answers) -> tuple[Availability, ...]:
    """When they are free: boxes of the week and hours beside them; nothing chosen is any time."""
    boxes = [box_named(value) for value in said.chosen("free")]
    if None in boxes:
        said.refuse("free", "Choose from the list.")
    return merged([one for one in (*boxes, _own_hours(said)) if one is not None])


def agreed(said: Answers, person: Person, now: datetime) -> Person:
    """What they agree to now: what is newly ticked is given, what is no longer ticked is taken back."""
    return agreeing(person, said.words("agreed", Purpose) or (), now)


def agreeing(person: Person, wanted: Collection[Purpose], now: datetime) -> Person:
    """The person with exactly these consents in force from now on, and what goes with each of them (CARE 21)."""
    kept = tuple(
        replace(one, withdrawn_at=now) if one.in_force(now) and one.purpose not in wanted else one
        for one in person.consents
    )
    fresh = tuple(
        Consent(purpose, TEXT_VERSION, now)
        for purpose in Purpose
        if purpose in wanted and not person.agreed_to(purpose, now)
    )
    return replace(
        person,
        consents=(*kept, *fresh),
        approval=Approval.standing if Purpose.standing_approval in wanted else Approval.each,
        kinds=kinds_of(
            tuple(kind for kind in person.kinds if kind is not Kind.communal_living),
            living=Purpose.communal_living in wanted,
        ),
    )


def kinds_of(chosen: tuple[Kind, ...], *, living: bool) -> tuple[Kind, ...]:
    """Living together comes by its own consent alone (CARE 11); none chosen means all of the others."""
    return (*(chosen or KINDS), Kind.communal_living) if living else chosen


def chosen_place(value: str) -> tuple[float | None, float | None, str]:
    """Latitude, longitude and name of the place that a form names; None for what is no place."""
    north, _, rest = value.partition(BETWEEN)
    east, _, label = rest.partition(BETWEEN)
    try:
        latitude, longitude = float(north), float(east)
    except ValueError:
        return None, None, ""
    if coordinate_problems(latitude, longitude, ""):
        return None, None, ""
    return latitude, longitude, label[:LINE_MAX]


def _with_rungs(said: Answers, person: Person, *aspects: Aspect) -> Person:
    """The rungs chosen; one that says the same as before keeps its half, which no sentence tells."""
    chosen = {}
    for aspect in aspects:
        before = getattr(person.comfort, aspect)
        rung = said.whole(aspect)
        if rung is not None and rung not in RUNGS:
            said.refuse(aspect, "Choose from the list.")
        elif rung is not None and rung != nearest(before):
            chosen[aspect.value] = float(rung)
    return replace(person, comfort=replace(person.comfort, **chosen))


def _number(said: Answers, name: str, before: float, *, most: int) -> float:
    found = said.whole(name)
    if found is None or f"{before:.0f}" == said.typed(
        name
    ):  # what stood on the form stays as exact as it was
        return before
    if not 1 <= found <= most:
        said.refuse(name, "Choose from the list.")
        return before
    return found


def _pace(said: Answers, before: Pace) -> Pace:
    typed = said.typed("pace")
    if not typed:
        return before
    found = re.fullmatch(r"(\d{1,3})-(\d{1,2})", typed, re.ASCII)
    days, times = map(int, found.groups()) if found else (0, TIMES_IN_28_DAYS_MAX + 1)
    if days > DAYS_BETWEEN_MAX or times > TIMES_IN_28_DAYS_MAX:
        said.refuse("pace", "Choose from the list.")
        return before
    return Pace(days, times)


def _contact(said: Answers, typed: str, name: str) -> Contact | None:
    address = deliverable(typed)
    if address is None:
        said.refuse(name, "Must be an e-mail address such as name@example.org.")
        return None
    return Contact(EMAIL, address)


def _supporters(said: Answers) -> list[Supporter]:
    """Each row of the form that says something; emptying a row takes somebody off."""
    copies, found = set(said.chosen("supporter.copy")), []
    rows = zip(said.chosen("supporter.relation"), said.chosen("supporter.address"), strict=False)
    for index, (relation, address) in enumerate(rows):
        if not relation.strip() and not address.strip():
            continue
        who = said.fit("supporters", relation, longest=ALIAS_MAX)
        contact = _contact(said, address.strip(), "supporters")
        if who is None:
            said.refuse("supporters", "Say who it is, and where they are written to.")
        elif contact is not None:
            found.append(Supporter(who, contact, str(index) in copies))
    return found


def _own_hours(said: Answers) -> Free | None:
    """Hours beside the boxes: a day, a beginning and a later end, or nothing at all."""
    day, begin, end = said.whole("other.day"), said.clock("other.from"), said.clock("other.to")
    if (day, begin, end) == (None, None, None):
        return None
    if day is None or begin is None or end is None:
        said.refuse("other", "Hours have a day, a beginning and a later end.")
        return None
    minutes = (begin.hour * 60 + begin.minute, end.hour * 60 + end.minute or MINUTES_PER_DAY)
    box = box_named(f"{day}-{minutes[0]}-{minutes[1]}")
    if box is None:
        said.refuse("other", "Hours have a day, a beginning and a later end.")
    return box
