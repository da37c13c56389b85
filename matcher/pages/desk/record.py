"""What is kept about one person: to hand over, and to erase; behind a fresh code (CARE 23)."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, request, url_for

from matcher.domain.audit import Act
from matcher.pages.desk.saying import desk_page
from matcher.pages.handing_over import file_for_themselves
from matcher.pages.showing import go, room
from matcher.pages.sign_in import signed_in
from matcher.services.access.keys import Caller, Role
from matcher.services.audit import auditing
from matcher.services.my_pace import privacy
from matcher.services.people import people
from matcher.storage.people import person_of

pages = Blueprint("desk_record", __name__, url_prefix="/desk/people")


@pages.get("/<person_id>/record")
@signed_in(Role.caseworker, fresh=True)
def look(caller: Caller, person_id: str) -> Response:
    """The two things that can be done with a record; changes nothing (CARE 9)."""
    return _page(caller, person_id)


@pages.get("/<person_id>/record/export.json")
@signed_in(Role.caseworker, fresh=True)
def export(caller: Caller, person_id: str) -> Response:
    """Everything kept about them, as a file to hand over: the same that they can take along themselves (CARE 5)."""
    outside = room().outside
    with outside.database.reading() as session:
        person = person_of(people.get(session, caller, person_id))
        file = file_for_themselves(session, person_id, person, outside.clock())
    auditing.note_reading(outside.database, Act.person_exported, outside.clock(), about=f"person:{person_id}")
    return file


@pages.post("/<person_id>/record")
@signed_in(Role.caseworker, fresh=True)
def erase(caller: Caller, person_id: str) -> Response:
    """Erase them, when the tick says that it is meant."""
    if request.form.get("sure") != "on":
        return _page(caller, person_id, unsure=True)
    outside = room().outside
    with outside.database.writing() as session:
        privacy.erase(session, people.locked(session, caller, person_id), outside.clock())
    return go(url_for("desk.today", done="erased"))


def _page(caller: Caller, person_id: str, *, unsure: bool = False) -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if unsure else HTTPStatus.OK
    with room().outside.database.reading() as session:
        row = people.get(session, caller, person_id)
        return desk_page("record.html", status=status, row=row, unsure=unsure)
