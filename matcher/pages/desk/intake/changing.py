"""The same twelve questions about somebody who is known already: each is saved by itself, and at once."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from matcher.domain.errors import Conflict, InvalidInput, NotFound
from matcher.domain.person import Person
from matcher.pages.desk.intake.questions import NAMES, QUESTIONS, filled, form_of, read
from matcher.pages.desk.intake.screen import LOOK, START, Screen, Spot, looked_up, show_screen
from matcher.pages.desk.saying import desk_page
from matcher.pages.showing import go, room
from matcher.pages.sign_in import signed_in
from matcher.services.access.keys import Caller, Role
from matcher.services.people import intake, people
from matcher.storage.people import person_of

pages = Blueprint("desk_intake_person", __name__, url_prefix="/desk/people/<person_id>/intake")


@pages.get("")
@signed_in(Role.caseworker)
def look(caller: Caller, person_id: str) -> Response:
    """Everything they said, in sentences; changes nothing (CARE 9)."""
    with room().outside.database.reading() as session:
        person = person_of(people.get(session, caller, person_id))
    return desk_page("intake/known.html", person=person, names=NAMES, at=lambda name: _at(person_id, name))


@pages.get("/<question>")
@signed_in(Role.caseworker)
def ask(caller: Caller, person_id: str, question: str) -> Response:
    """One question as they answer it now; changes nothing (CARE 9)."""
    with room().outside.database.reading() as session:
        person = person_of(people.get(session, caller, person_id))
    name = _known(question)
    return show_screen(_screen(person, name))


@pages.post("/<question>")
@signed_in(Role.caseworker)
def save(caller: Caller, person_id: str, question: str) -> Response:
    """Save one answer; what does not fit, or was changed by somebody else meanwhile, is said, and stays as typed."""
    database, name = room().outside.database, _known(question)
    refused, conflict = None, None
    if LOOK not in request.form:
        try:
            with database.writing() as session:
                _change(session, caller, person_id, name)
            return go(url_for("desk_intake_person.look", person_id=person_id, _anchor=name))
        except InvalidInput as error:
            refused = error
        except Conflict as error:
            conflict = error
    with database.reading() as session:
        person = person_of(people.get(session, caller, person_id))
    places, away = looked_up(request.form) if LOOK in request.form else (None, False)
    return show_screen(
        _screen(
            person, name, request.form, refused=refused, conflict=conflict, places=places, map_is_away=away
        )
    )


def _change(session: Session, caller: Caller, person_id: str, name: str) -> None:
    """Only what this question asks for: an answer to another one, saved meanwhile, stays as it is."""
    now = room().outside.clock()
    row = people.locked(session, caller, person_id)
    person = person_of(row)
    if name == START and not request.form.get("candidate"):
        return  # nothing was chosen: it stays where it is
    changed = read(name, request.form, person, now)
    if changed != person:
        intake.unless_changed(filled(name, person, now), request.form.get("seen", ""))
        people.change(session, row, changed, now, given_by=caller.name)


def _screen(
    person: Person,
    name: str,
    typed: MultiDict[str, str] | None = None,
    *,
    refused: InvalidInput | None = None,
    conflict: Conflict | None = None,
    places: tuple[Spot, ...] | None = None,
    map_is_away: bool = False,
) -> Screen:
    stands = filled(name, person, room().outside.clock())
    person_id = person.id or ""
    return Screen(
        name=name,
        form=form_of(stands) if typed is None else typed,
        seen=intake.mark(stands),
        person=person,
        at=lambda other: _at(person_id, other),
        out=url_for("desk_person.look", person_id=person_id),
        is_draft=False,
        refused=refused,
        conflict=conflict,
        places=places,
        map_is_away=map_is_away,
    )


def _known(question: str) -> str:
    if question not in QUESTIONS:
        raise NotFound("There is no such question.")
    return question


def _at(person_id: str, question: str | None) -> str:
    return url_for("desk_intake_person.ask", person_id=person_id, question=question)
