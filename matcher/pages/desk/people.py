"""Everybody of the team, found by name: also whoever has nothing on today."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, request

from matcher.domain.audit import Act
from matcher.pages.desk.saying import desk_page
from matcher.pages.showing import room
from matcher.pages.sign_in import signed_in
from matcher.services.access.keys import Caller, Role
from matcher.services.audit import auditing
from matcher.services.desk.everybody import everybody

NAME_MAX: Final = 200
# Judgement, 2026-11: a caseworker's own come first, and whom one looks for is found by name.
SHOWN: Final = 60

pages = Blueprint("desk_people", __name__, url_prefix="/desk/people")


@pages.get("")
@signed_in(Role.caseworker)
def look(caller: Caller) -> Response:
    """The list; changes nothing (CARE 9)."""
    return _listed(caller, "")


@pages.post("")
@signed_in(Role.caseworker)
def find(caller: Caller) -> Response:
    """Those of a name, which no address may hold (CARE 22); changes nothing either."""
    return _listed(caller, request.form.get("name", "")[:NAME_MAX])


def _listed(caller: Caller, name: str) -> Response:
    outside = room().outside
    with outside.database.reading() as session:
        found = everybody(session, caller, name, outside.clock())
        shown = found if name or "all" in request.args else found[:SHOWN]
        page = desk_page("people.html", found=shown, count=len(found), name=name, reader_id=caller.id)
    auditing.note_reading(
        outside.database, Act.people_listed, outside.clock(), about=f"team:{caller.team_id}"
    )
    return page
