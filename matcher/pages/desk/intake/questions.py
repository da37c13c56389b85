"""The twelve questions in their order: what reads the answer to each, and how its form is filled from a person."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from werkzeug.datastructures import MultiDict

from matcher.domain.errors import FieldProblem, InvalidInput
from matcher.domain.intake import CAREFUL
from matcher.domain.person import Person
from matcher.domain.person_rules import problems
from matcher.domain.values import Aspect, Purpose
from matcher.pages.desk.intake import reading
from matcher.pages.desk.intake.choices import KINDS, NEEDS, boxes_of
from matcher.pages.pictures import nearest
from matcher.pages.typed import MORE, Answers
from matcher.services.people.intake import Fields

Read = Callable[[Answers, Person, datetime], Person]
Field = tuple[str, str]
YES: Final = "yes"
# Adults only (CARE 13) and an address of another's are said at once; what depends on several questions is judged when it
# is saved.
_AT_ONCE: Final = {"you": "/birth_year", "letters": r"/supporters/\d+/contact/address"}


@dataclass(frozen=True, slots=True)
class Question:
    """One screen. `facts`: the first parts of the names of what it asks for, in the form and in a person alike."""

    read: Read
    fill: Callable[[Person, datetime], Iterable[Field]]
    facts: frozenset[str]
    needed: bool = False


def read(name: str, form: MultiDict[str, str], person: Person, now: datetime) -> Person:
    """The person with the answer to one question. Raises InvalidInput, each problem at its field."""
    answers = Answers(form)
    changed = QUESTIONS[name].read(answers, person, now)
    answers.check()
    at_once = _AT_ONCE.get(name, "")
    found = [
        one for one in problems(changed, now, before=person) if at_once and re.fullmatch(at_once, one.pointer)
    ]
    if found:
        raise InvalidInput(found)
    return changed


def filled(name: str, person: Person, now: datetime) -> dict[str, list[str]]:
    """The fields of one question as the person answers them now."""
    fields: MultiDict[str, str] = MultiDict(list(QUESTIONS[name].fill(person, now)))
    return {key: list(values) for key, values in fields.lists()}


def fresh(name: str, language: str) -> dict[str, list[str]]:
    """The fields of a question nobody has answered: what is careful, but no sentence chosen for anybody."""
    person = replace(CAREFUL, language=language)
    chosen = set(Aspect) | {"candidate"}
    fields: MultiDict[str, str] = MultiDict(list(QUESTIONS[name].fill(person, _NEVER)))
    return {key: list(values) for key, values in fields.lists() if key not in chosen}


def person_from(answers: dict[str, Fields], now: datetime) -> tuple[Person, list[FieldProblem]]:
    """Everything that was answered on top of what is careful, and what is wrong or still lacking."""
    person, wrong = CAREFUL, []
    for name, question in QUESTIONS.items():
        if name not in answers:
            wrong += [FieldProblem(f"/{name}", "This one is needed.")] if question.needed else []
            continue
        try:
            person = read(name, form_of(answers[name]), person, now)
        except InvalidInput as refused:
            wrong += refused.problems
    return person, wrong or problems(person, now)


def form_of(fields: Fields) -> MultiDict[str, str]:
    """Kept fields as the form they came from."""
    return MultiDict([(name, value) for name, values in fields.items() for value in values])


def question_of(pointer: str) -> str:
    """The question that asks for a field; the last one for what no form has."""
    first = pointer.strip("/").replace("/", ".").split(".")[0]
    if first in QUESTIONS:
        return first
    return next((name for name, question in QUESTIONS.items() if first in question.facts), NAMES[-1])


def neighbours(name: str) -> tuple[str | None, str | None]:
    """The question before and the one after."""
    place = NAMES.index(name)
    return NAMES[place - 1] if place else None, NAMES[place + 1] if place + 1 < len(NAMES) else None


def _you(person: Person, _now: datetime) -> Iterator[Field]:
    yield "alias", person.alias
    yield "birth_year", str(person.birth_year or "")
    yield "language", person.language


def _letters(person: Person, _now: datetime) -> Iterator[Field]:
    yield "address", person.contact.address if person.contact else ""
    yield "hours.from", clock(person.contact_hours.window.start)
    yield "hours.to", clock(person.contact_hours.window.end)
    yield "pace", f"{person.pace.min_days_between}-{person.pace.max_per_28_days}"
    for index, one in enumerate(person.supporters):
        yield "supporter.relation", one.relation
        yield "supporter.address", one.contact.address
        if one.receives_copy:
            yield "supporter.copy", str(index)


def _start(person: Person, _now: datetime) -> Iterator[Field]:
    point = person.start_point
    yield "candidate", reading.BETWEEN.join((str(point.latitude), str(point.longitude), ""))


def _way(person: Person, _now: datetime) -> Iterator[Field]:
    yield from _rungs(person, Aspect.travel)
    yield "mode", person.travel.mode
    yield "max_minutes", f"{person.travel.max_minutes:.0f}"
    yield "half_life", f"{person.travel.half_life_minutes:.0f}"


def _people(person: Person, _now: datetime) -> Iterator[Field]:
    yield from _rungs(person, Aspect.group)
    yield "max_group_size", str(person.max_group_size)


def _together(person: Person, _now: datetime) -> Iterator[Field]:
    yield from _rungs(person, Aspect.interaction, Aspect.stimulation)


def _first_time(person: Person, _now: datetime) -> Iterator[Field]:
    yield from _rungs(person, Aspect.unfamiliarity)
    if person.companion:
        yield "companion", YES


def _helps(person: Person, _now: datetime) -> Iterator[Field]:
    yield from _list("needs", person.needs, NEEDS)
    for need in person.share_needs:
        yield "share_needs", need


def _never(person: Person, _now: datetime) -> Iterator[Field]:
    for one in sorted(person.red_lines):
        yield "red_lines", one


def _likes(person: Person, _now: datetime) -> Iterator[Field]:
    for kind in person.kinds:
        if kind in KINDS:
            yield "kinds", kind
    yield from _list("topics", person.topics, ())


def _time(person: Person, _now: datetime) -> Iterator[Field]:
    yield from _rungs(person, Aspect.commitment)
    for free in person.availability:
        for box in boxes_of(free):
            yield "free", box.value


def _agreed(person: Person, now: datetime) -> Iterator[Field]:
    for purpose in Purpose:
        if person.agreed_to(purpose, now):
            yield "agreed", purpose


def _rungs(person: Person, *aspects: Aspect) -> Iterator[Field]:
    for aspect in aspects:
        yield aspect, str(nearest(getattr(person.comfort, aspect)))


def _list(name: str, values: Iterable[str], known: Iterable[str]) -> Iterator[Field]:
    named = set(known)
    rest = [value for value in values if value not in named]
    for value in values:
        if value in named:
            yield name, value
    if rest:
        yield name + MORE, "\n".join(rest)


def clock(minute: int) -> str:
    """Minutes since midnight as a form's time of day; the day's end is its beginning."""
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


def _question(read: Read, fill: Callable[[Person, datetime], Iterable[Field]], *facts: str) -> Question:
    return Question(read, fill, frozenset(facts))


QUESTIONS: Final[dict[str, Question]] = {
    "you": Question(reading.you, _you, frozenset({"alias", "birth_year", "language"}), needed=True),
    "letters": Question(
        reading.letters, _letters,
        frozenset({"address", "contact", "hours", "contact_hours", "pace", "supporter", "supporters"}), needed=True,
    ),
    "start": Question(reading.start, _start, frozenset({"place", "candidate", "start_point"}), needed=True),
    "way": _question(reading.way, _way, "travel", "mode", "max_minutes", "half_life"),
    "people": _question(reading.people, _people, "group", "max_group_size"),
    "together": _question(reading.together, _together, "interaction", "stimulation"),
    "first_time": _question(reading.first_time, _first_time, "unfamiliarity", "companion"),
    "helps": _question(reading.helps, _helps, "needs", "share_needs"),
    "never": _question(reading.never, _never, "red_lines"),
    "likes": _question(reading.likes, _likes, "kinds", "topics"),
    "time": _question(reading.time, _time, "commitment", "free", "other", "availability"),
    "agreed": _question(reading.agreed, _agreed, "agreed", "approval", "consents"),
}  # fmt: skip
NAMES: Final = tuple(QUESTIONS)
_NEVER: Final = datetime.min.replace(tzinfo=UTC)  # nobody has agreed to anything yet, whenever that is
