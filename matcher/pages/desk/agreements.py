"""What somebody has agreed to: each in its own sentence, given and taken back, with when and by whom (CARE 21)."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from matcher.domain.errors import FieldProblem, InvalidInput
from matcher.domain.values import Purpose
from matcher.pages.desk.intake.reading import agreeing
from matcher.pages.desk.saying import desk_page
from matcher.pages.showing import go, room
from matcher.pages.sign_in import signed_in
from matcher.services.access import staff
from matcher.services.access.keys import Caller, Role
from matcher.services.people import people
from matcher.storage.people import person_of

pages = Blueprint("desk_agreements", __name__, url_prefix="/desk/people/<person_id>/agreements")


@pages.get("")
@signed_in(Role.caseworker)
def look(caller: Caller, person_id: str) -> Response:
    """Each agreement with its past; changes nothing (CARE 9)."""
    outside = room().outside
    now = outside.clock()
    with outside.database.reading() as session:
        person = person_of(people.get(session, caller, person_id))
        noted_by = {
            one.given_by: staff.name_behind(session, one.given_by) for one in person.consents if one.given_by
        }
    return desk_page(
        "agreements.html",
        person=person,
        purposes=tuple(Purpose),
        in_force={one.purpose: one for one in person.consents if one.in_force(now)},
        past=sorted(person.consents, key=lambda one: one.given_at, reverse=True),
        noted_by=noted_by,
    )


@pages.post("")
@signed_in(Role.caseworker)
def change(caller: Caller, person_id: str) -> Response:
    """Give one or take it back; what is so already stays as it is."""
    outside, wanted = room().outside, request.form.get("purpose", "")
    if wanted not in tuple(Purpose) or request.form.get("deed") not in ("give", "take_back"):
        raise InvalidInput([FieldProblem("/purpose", f"One of {', '.join(Purpose)}, to give or take_back.")])
    now = outside.clock()
    with outside.database.writing() as session:
        row = people.locked(session, caller, person_id)
        person = person_of(row)
        stands = {purpose for purpose in Purpose if person.agreed_to(purpose, now)}
        gives = request.form["deed"] == "give"
        changed = stands | {Purpose(wanted)} if gives else stands - {Purpose(wanted)}
        if changed != stands:
            people.change(session, row, agreeing(person, changed, now), now, given_by=caller.name)
    return go(url_for("desk_agreements.look", person_id=person_id, done="noted"))
