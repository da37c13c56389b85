"""What is comfortable now, set by hand: the two of them know better than anything that was learned (SCORING §4)."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from flask import Blueprint, Response, request, url_for
from sqlalchemy.orm import Session

from matcher.domain.errors import Conflict, InvalidInput
from matcher.domain.values import Aspect, Rungs
from matcher.pages.desk.rungs import HALVES, chosen_rungs, rung_fields
from matcher.pages.desk.saying import desk_page
from matcher.pages.showing import go, room
from matcher.pages.sign_in import signed_in
from matcher.services.access.keys import Caller, Role
from matcher.services.people import intake, people
from matcher.storage.people import note_said_again, person_of

pages = Blueprint("desk_comfort", __name__, url_prefix="/desk/people/<person_id>/comfort")


@pages.get("")
@signed_in(Role.caseworker)
def look(caller: Caller, person_id: str) -> Response:
    """Each aspect as it stands; changes nothing (CARE 9)."""
    return _page(caller, person_id)


@pages.post("")
@signed_in(Role.caseworker)
def save(caller: Caller, person_id: str) -> Response:
    """Set them; what was learned since the page was opened is not written over unseen."""
    try:
        chosen = _chosen()
        with room().outside.database.writing() as session:
            _change(session, caller, person_id, chosen)
    except (Conflict, InvalidInput) as error:
        return _page(caller, person_id, error)
    return go(url_for("desk_person.look", person_id=person_id, done="comfort"))


def _change(session: Session, caller: Caller, person_id: str, chosen: Rungs) -> None:
    row = people.locked(session, caller, person_id)
    person = person_of(row)
    if person.comfort == chosen:
        note_said_again(row, room().outside.clock())
        return
    intake.unless_changed(rung_fields(person), request.form.get("seen", ""))
    changed = replace(person, comfort=chosen)
    people.change(session, row, changed, room().outside.clock(), given_by=caller.name)


def _chosen() -> Rungs:
    """One for each aspect. Raises InvalidInput for what is no rung."""
    found = chosen_rungs(request.form, Aspect)
    return Rungs(*[found[aspect] for aspect in Aspect])


def _page(caller: Caller, person_id: str, error: Conflict | InvalidInput | None = None) -> Response:
    status = {Conflict: HTTPStatus.CONFLICT, InvalidInput: HTTPStatus.UNPROCESSABLE_ENTITY}
    with room().outside.database.reading() as session:
        person = person_of(people.get(session, caller, person_id))
    return desk_page(
        "comfort.html",
        status=HTTPStatus.OK if error is None else status[type(error)],
        person=person,
        stands=rung_fields(person),
        seen=intake.mark(rung_fields(person)),
        aspects=tuple(Aspect),
        halves=HALVES,
        typed=request.form if error is not None else {},
        changed=isinstance(error, Conflict),
        wrong=isinstance(error, InvalidInput),
    )
