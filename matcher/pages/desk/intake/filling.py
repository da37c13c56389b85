"""A first contact, begun, put by, gone on with and saved: nothing of it is matched before the last screen is confirmed."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, request, url_for
from sqlalchemy.orm import Session

from matcher.domain.errors import Conflict, InvalidInput, NotFound
from matcher.domain.intake import CAREFUL
from matcher.domain.values import Aspect, Purpose
from matcher.pages.desk.intake.questions import (
    NAMES,
    QUESTIONS,
    filled,
    form_of,
    fresh,
    person_from,
    question_of,
    read,
)
from matcher.pages.desk.intake.reading import BETWEEN, chosen_place
from matcher.pages.desk.intake.screen import LOOK, START, Screen, Spot, looked_up, show_screen
from matcher.pages.desk.looks import intake_was_read, intakes_were_listed
from matcher.pages.desk.saying import desk_page
from matcher.pages.showing import go, preferred_language, room
from matcher.pages.sign_in import signed_in
from matcher.services.access.keys import Caller, Role
from matcher.services.people import intake
from matcher.services.people.intake import Fields
from matcher.storage.tables import IntakeDraftRow

pages = Blueprint("desk_intake", __name__, url_prefix="/desk/intakes")


@pages.get("")
@signed_in(Role.caseworker)
def begun(caller: Caller) -> Response:
    """What the team has begun; changes nothing (CARE 9)."""
    with room().outside.database.reading() as session:
        found = [(row, _alias(row)) for row in intake.unfinished(session, caller)]
    intakes_were_listed()
    return desk_page("intake/begun.html", begun=found, kept_days=intake.KEPT.days)


@pages.get("/new")
@signed_in(Role.caseworker)
def new(_caller: Caller) -> Response:
    """The first question about somebody new; nothing is kept before it is answered."""
    return show_screen(_screen(None, NAMES[0]))


@pages.post("/new")
@signed_in(Role.caseworker)
def begin(caller: Caller) -> Response:
    """Keep the first answer and go on."""
    outside, name = room().outside, NAMES[0]
    try:
        fields = _answered(name)
    except InvalidInput as refused:
        return show_screen(_screen(None, name, refused=refused))
    with outside.database.writing() as session:
        draft_id = intake.begin(session, caller, name, fields, outside.clock()).id
    return go(_at(draft_id, NAMES[1]))


@pages.get("/<draft_id>")
@signed_in(Role.caseworker)
def go_on(caller: Caller, draft_id: str) -> Response:
    """Where it was left: the first question that is still open, or the last screen."""
    with room().outside.database.reading() as session:
        row = intake.get(session, caller, draft_id)
        if row.person_id is not None:
            return _to_person(row.person_id)
        left = [name for name in NAMES if name not in row.answers]
    return go(_at(draft_id, left[0] if left else None))


@pages.get("/<draft_id>/close")
@signed_in(Role.caseworker)
def close(caller: Caller, draft_id: str) -> Response:
    """Everything read back in sentences; changes nothing (CARE 9)."""
    with room().outside.database.reading() as session:
        row = intake.get(session, caller, draft_id)
        return _to_person(row.person_id) if row.person_id is not None else _read_back(row)


@pages.post("/<draft_id>/close")
@signed_in(Role.caseworker)
def confirm(caller: Caller, draft_id: str) -> Response:
    """Save it as a person; from now on it is matched, if they agreed to that."""
    outside = room().outside
    try:
        with outside.database.writing() as session:
            person_id = _finish(session, caller, draft_id)
    except InvalidInput:
        with outside.database.reading() as session:
            return _read_back(intake.get(session, caller, draft_id), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return _to_person(person_id)


@pages.post("/<draft_id>/discard")
@signed_in(Role.caseworker)
def discard(caller: Caller, draft_id: str) -> Response:
    """Throw it away for good."""
    outside = room().outside
    with outside.database.writing() as session:
        intake.discard(session, intake.locked(session, caller, draft_id), outside.clock())
    return go(url_for("desk_intake.begun"))


@pages.get("/<draft_id>/<question>")
@signed_in(Role.caseworker)
def ask(caller: Caller, draft_id: str, question: str) -> Response:
    """One question; changes nothing (CARE 9)."""
    with room().outside.database.reading() as session:
        row = intake.get(session, caller, draft_id)
    _known(question)
    return _to_person(row.person_id) if row.person_id is not None else show_screen(_screen(row, question))


@pages.post("/<draft_id>/<question>")
@signed_in(Role.caseworker)
def keep(caller: Caller, draft_id: str, question: str) -> Response:
    """Keep one answer and go on; what does not fit is said at its question, and stays as it was typed."""
    outside, name = room().outside, _known(question)
    if LOOK in request.form:
        with outside.database.reading() as session:
            row = intake.get(session, caller, draft_id)
        places, away = looked_up(request.form)
        return show_screen(_screen(row, name, places=places, map_is_away=away))
    try:
        fields: Fields = {} if "skip" in request.form else _answered(name)
        with outside.database.writing() as session:
            row = intake.locked(session, caller, draft_id)
            intake.answer(session, row, name, fields, outside.clock(), seen=request.form.get("seen", ""))
    except (InvalidInput, Conflict) as error:
        with outside.database.reading() as session:
            row = intake.get(session, caller, draft_id)
        if row.person_id is not None:
            return _to_person(row.person_id)
        refused = error if isinstance(error, InvalidInput) else None
        conflict = error if isinstance(error, Conflict) else None
        return show_screen(_screen(row, name, refused=refused, conflict=conflict))
    after = NAMES.index(name) + 1
    return go(_at(draft_id, NAMES[after] if after < len(NAMES) else None))


def _answered(name: str) -> Fields:
    """The fields of one question as they are kept: read once, so that nothing unreadable is. Raises InvalidInput."""
    now = room().outside.clock()
    person = read(name, request.form, CAREFUL, now)
    if name != START:
        fields = filled(name, person, now)
        left = {
            aspect.value for aspect in Aspect if not request.form.get(aspect)
        }  # said by nobody: not kept as said
        return {key: values for key, values in fields.items() if key not in left}
    label, point = chosen_place(request.form["candidate"])[2], person.start_point
    return {"candidate": [BETWEEN.join((str(point.latitude), str(point.longitude), label))]}


def _screen(
    row: IntakeDraftRow | None,
    name: str,
    *,
    refused: InvalidInput | None = None,
    conflict: Conflict | None = None,
    places: tuple[Spot, ...] | None = None,
    map_is_away: bool = False,
) -> Screen:
    """One question of a first contact, filled with what was typed, was kept, or is careful."""
    if row is not None:
        intake_was_read(row.id)
    answers = row.answers if row is not None else {}
    kept = answers.get(name, {})
    typed = refused is not None or conflict is not None or places is not None
    return Screen(
        name=name,
        form=request.form if typed else form_of(kept or fresh(name, preferred_language())),
        seen=intake.mark(kept),
        person=person_from(answers, room().outside.clock())[0],
        at=lambda other: _at(row.id, other) if row is not None else url_for("desk_intake.new"),
        out=url_for("desk_intake.begun"),
        is_draft=True,
        can_move=row is not None,
        answered=frozenset(answers),
        refused=refused,
        conflict=conflict,
        places=places,
        map_is_away=map_is_away,
    )


def _read_back(row: IntakeDraftRow, status: HTTPStatus = HTTPStatus.OK) -> Response:
    now = room().outside.clock()
    intake_was_read(row.id)
    person, wrong = person_from(row.answers, now)
    return desk_page(
        "intake/close.html",
        status=status,
        row=row,
        person=person,
        names=NAMES,
        answered=frozenset(row.answers),
        assumed=frozenset(name for name in row.answers if _leaves_something(name, row.answers[name])),
        open_questions=tuple(dict.fromkeys(question_of(one.pointer) for one in wrong)),
        agrees=person.agreed_to(Purpose.matching, now),
        label=chosen_place(form_of(row.answers.get(START, {})).get("candidate", ""))[2],
        at=lambda name: _at(row.id, name),
    )


def _leaves_something(name: str, kept: Fields) -> bool:
    """Whether a question was answered without choosing one of its sentences."""
    return any(fact in tuple(Aspect) and fact not in kept for fact in QUESTIONS[name].facts)


def _finish(session: Session, caller: Caller, draft_id: str) -> str:
    now, row = room().outside.clock(), intake.locked(session, caller, draft_id)
    if row.person_id is not None:
        return row.person_id
    person, wrong = person_from(row.answers, now)
    if wrong:
        raise InvalidInput(wrong)
    return intake.finish(session, caller, row, person, now)


def _alias(row: IntakeDraftRow) -> str:
    return form_of(row.answers.get(NAMES[0], {})).get("alias", "")


def _known(question: str) -> str:
    if question not in QUESTIONS:
        raise NotFound("There is no such question.")
    return question


def _at(draft_id: str, question: str | None) -> str:
    if question is None:
        return url_for("desk_intake.close", draft_id=draft_id)
    return url_for("desk_intake.ask", draft_id=draft_id, question=question)


def _to_person(person_id: str) -> Response:
    return go(url_for("desk_person.look", person_id=person_id))
