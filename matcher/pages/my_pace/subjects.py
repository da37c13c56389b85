"""One small form a subject: what each asks for, and what its answers make of a person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Final

from flask import Response, request
from werkzeug.datastructures import MultiDict

from matcher.domain.errors import InvalidInput, NotFound
from matcher.domain.person import ContactHours, Pace, Person
from matcher.domain.values import MINUTES_PER_DAY, Aspect, DayWindow, Kind, Requirement, TravelMode
from matcher.pages.desk.intake import choices
from matcher.pages.desk.intake.choices import KINDS, MINUTES_AT_MOST, NEEDS, PACES, PEOPLE_AT_MOST
from matcher.pages.desk.intake.questions import clock
from matcher.pages.desk.intake.reading import free_hours, kinds_of
from matcher.pages.my_pace.access import Mine, own_pages, to_change, to_look
from matcher.pages.pictures import RUNGS, nearest
from matcher.pages.showing import room
from matcher.pages.typed import Answers
from matcher.services.my_pace import own_words
from matcher.services.people import people

pages = own_pages("my_pace_subject")


@dataclass(frozen=True, slots=True)
class Subject:
    """What one form changes; `aspects` are those that it asks about with pictures."""

    read: Callable[[Answers, Person], Person]
    aspects: tuple[Aspect, ...] = ()


@pages.get("/change/<name>")
@to_look
def look(mine: Mine, name: str) -> Response:
    """The form as things stand; changes nothing (CARE 9)."""
    return _form(mine, name)


@pages.post("/change/<name>")
@to_change
def change(mine: Mine, name: str) -> Response:
    """Save it, the same way as for whoever accompanies them, who sees that it was changed."""
    answers, subject, now = Answers(request.form), _subject(name), room().outside.clock()
    try:
        changed = _with_rungs(answers, subject.read(answers, mine.person), subject.aspects)
        answers.check()
        if changed != mine.person:
            people.change(mine.session, mine.row, changed, now, given_by=own_words.THEMSELVES)
            own_words.note(mine.session, mine.row, name, now)
    except InvalidInput as refused:
        wrong = {problem.pointer.strip("/").replace("/", ".") for problem in refused.problems}
        return _form(mine, name, wrong=wrong)
    return mine.go(kept=True)


def _form(mine: Mine, name: str, wrong: frozenset[str] | set[str] = frozenset()) -> Response:
    subject, person = _subject(name), mine.person
    values: dict[str, Any] = {
        "comfort": {aspect.value: nearest(getattr(person.comfort, aspect)) for aspect in subject.aspects},
        "minutes": _and_own(MINUTES_AT_MOST, round(person.travel.max_minutes)),
        "modes": tuple(TravelMode),
        "sizes": _and_own(PEOPLE_AT_MOST, person.max_group_size),
        "pace": (person.pace.min_days_between, person.pace.max_per_28_days),
        "paces": PACES,
        "requirements": tuple(Requirement),
        "needs": NEEDS,
        "kinds": KINDS,
        "from": clock(person.contact_hours.window.start),
        "to": clock(person.contact_hours.window.end),
    }
    boxes = [("free", box.value) for free in person.availability for box in choices.boxes_of(free)]
    return mine.page(
        f"change/{name}.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK,
        name=name,
        wrong=wrong,
        ask=values,
        typed=request.form if wrong else MultiDict(boxes),
        choices=choices,
    )


def _way(said: Answers, person: Person) -> Person:
    minutes = _number(said, "minutes", person.travel.max_minutes, MINUTES_AT_MOST)
    mode = said.one_of("mode", TravelMode) or person.travel.mode
    return replace(person, travel=replace(person.travel, mode=mode, max_minutes=minutes))


def _people(said: Answers, person: Person) -> Person:
    size = _number(said, "size", person.max_group_size, PEOPLE_AT_MOST)
    return replace(person, max_group_size=int(size))


def _hours(said: Answers, person: Person) -> Person:
    begin, end = said.clock("from"), said.clock("to")
    if begin is None or end is None:
        said.refuse("to", "Two times.")
        return person
    window = DayWindow(begin.hour * 60 + begin.minute, end.hour * 60 + end.minute or MINUTES_PER_DAY)
    if window.start == window.end:
        said.refuse("to", "Two times that differ.")
        return person
    return replace(person, contact_hours=ContactHours(window, person.contact_hours.timezone))


def _free(said: Answers, person: Person) -> Person:
    return replace(person, availability=free_hours(said))


def _often(said: Answers, person: Person) -> Person:
    known = {f"{days}-{times}": Pace(days, times) for days, times in PACES}
    typed = said.typed("pace")
    return replace(person, pace=known.get(typed, person.pace))


def _never(said: Answers, person: Person) -> Person:
    chosen = said.chosen("never")
    if not set(chosen) <= set(Requirement):
        said.refuse("never", "Choose from the list.")
        return person
    return replace(person, red_lines=frozenset(Requirement(one) for one in chosen))


def _likes(said: Answers, person: Person) -> Person:
    topics = said.listed("topics", apart=True) or ()
    chosen = said.words("kinds", Kind) or ()
    if not set(chosen) <= set(KINDS):
        said.refuse("kinds", "Choose from the list.")
    living = Kind.communal_living in person.kinds
    return replace(person, topics=topics, kinds=kinds_of(chosen, living=living))


def _helps(said: Answers, person: Person) -> Person:
    known = {*NEEDS, *person.needs}
    needs = said.listed("needs", known) or ()
    shared = said.listed("share", {*known, *person.share_needs}) or ()
    return replace(person, needs=needs, share_needs=shared)


def _new(said: Answers, person: Person) -> Person:
    return replace(person, companion=said.ticked("companion"))


def _nothing_else(_said: Answers, person: Person) -> Person:
    return person


SUBJECTS: Final[dict[str, Subject]] = {
    "way": Subject(_way, (Aspect.travel,)),
    "people": Subject(_people, (Aspect.group,)),
    "together": Subject(_nothing_else, (Aspect.interaction, Aspect.stimulation)),
    "new": Subject(_new, (Aspect.unfamiliarity,)),
    "time": Subject(_nothing_else, (Aspect.commitment,)),
    "free": Subject(_free),
    "hours": Subject(_hours),
    "often": Subject(_often),
    "never": Subject(_never),
    "likes": Subject(_likes),
    "helps": Subject(_helps),
}


def _subject(name: str) -> Subject:
    found = SUBJECTS.get(name)
    if found is None:
        raise NotFound("There is no such page.")
    return found


def _with_rungs(said: Answers, person: Person, aspects: tuple[Aspect, ...]) -> Person:
    """The sentences that were chosen; one that was true before keeps what was learned in between."""
    comfort = person.comfort
    for aspect in aspects:
        rung = said.whole(aspect)
        if rung is not None and rung not in RUNGS:
            said.refuse(aspect, "Choose one of the sentences.")
        elif rung is not None and rung != nearest(getattr(comfort, aspect)):
            comfort = replace(comfort, **{aspect.value: float(rung)})
    return replace(person, comfort=comfort)


def _number(said: Answers, name: str, own: float, known: tuple[int, ...]) -> float:
    """One of the numbers there are to choose from, or the one that stands already."""
    found = said.whole(name)
    if found is None or found == round(own):
        return own
    if found not in known:
        said.refuse(name, "Choose from the list.")
    return found


def _and_own(known: tuple[int, ...], own: int) -> list[int]:
    return sorted({*known, own})
