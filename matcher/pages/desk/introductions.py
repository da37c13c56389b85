"""Organisations somebody was introduced to, which makes going there a little less new."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, request, url_for

from matcher.domain.errors import InvalidInput
from matcher.pages.desk.saying import desk_page
from matcher.pages.showing import go, room
from matcher.pages.sign_in import signed_in
from matcher.services.access.keys import Caller, Role
from matcher.services.listings import vetting
from matcher.services.people import people
from matcher.storage.opportunities import is_vetted

pages = Blueprint("desk_introductions", __name__, url_prefix="/desk/people/<person_id>/introductions")


@pages.get("")
@signed_in(Role.caseworker)
def look(caller: Caller, person_id: str) -> Response:
    """Whom they were introduced to; changes nothing (CARE 9)."""
    return _page(caller, person_id)


@pages.post("")
@signed_in(Role.caseworker)
def add(caller: Caller, person_id: str) -> Response:
    """They were introduced to another one."""
    outside, named = room().outside, request.form.get("organisation_id", "")
    try:
        organisation_id = str(UUID(named))
        with outside.database.writing() as session:
            row = people.locked(session, caller, person_id)
            people.introduce(session, row, organisation_id, outside.clock())
    except (ValueError, InvalidInput):
        return _page(caller, person_id, wrong=True)
    return go(url_for("desk_introductions.look", person_id=person_id))


def _page(caller: Caller, person_id: str, *, wrong: bool = False) -> Response:
    outside = room().outside
    with outside.database.reading() as session:
        row = people.get(session, caller, person_id)
        since = {one.organisation_id: one.introduced_at for one in row.introductions}
        everyone = [one for one, _ in vetting.organisations(session, outside.clock())]
        return desk_page(
            "introductions.html",
            status=422 if wrong else 200,
            row=row,
            known=[(one, since[one.id]) for one in everyone if one.id in since],
            organisations=[
                one for one in everyone if one.id not in since and is_vetted(one, outside.clock())
            ],
            wrong=wrong,
        )
