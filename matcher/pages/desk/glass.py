"""Somebody outside one's own team: opened with a reason, for an hour, to be seen by everybody who should (CARE 24)."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from matcher.domain.errors import Conflict, InvalidInput, NotFound
from matcher.pages.desk.saying import desk_page
from matcher.pages.showing import go, room
from matcher.pages.sign_in import signed_in
from matcher.services.access.keys import Caller, Role
from matcher.services.desk import break_glass
from matcher.services.desk.person import open_file

pages = Blueprint("desk_glass", __name__, url_prefix="/desk")


@pages.get("/opening")
@signed_in(Role.caseworker, fresh=True)
def ask(_caller: Caller) -> Response:
    """Whom, and why. The page is the same whoever it is about, and says of nobody that they exist."""
    return _ask_page()


@pages.post("/opening")
@signed_in(Role.caseworker, fresh=True)
def open_page(caller: Caller) -> Response:
    """Open somebody's page for an hour."""
    outside = room().outside
    person_id = _id_in(request.form.get("person", ""))
    if person_id is None:
        return _ask_page(wrong="person")
    try:
        with outside.database.writing() as session:
            reason = request.form.get("reason", "")
            break_glass.open_person(session, caller, person_id, reason, outside.clock())
    except InvalidInput:
        return _ask_page(wrong="reason")
    except NotFound:
        return _ask_page(wrong="person")
    except Conflict:
        pass  # somebody of one's own team: there is nothing to open
    return go(url_for("desk_person.look", person_id=person_id))


@pages.post("/people/<person_id>/opening/close")
@signed_in(Role.caseworker)
def close(caller: Caller, person_id: str) -> Response:
    """End it before its hour is over."""
    outside = room().outside
    with outside.database.writing() as session:
        break_glass.close(session, caller, person_id, outside.clock())
    return go(url_for("desk.today"))


@pages.post("/people/<person_id>/opening/freeze")
@signed_in(Role.caseworker)
def freeze(caller: Caller, person_id: str) -> Response:
    """A crisis: stop everything for them (CARE 12)."""
    outside = room().outside
    with outside.database.writing() as session:
        break_glass.freeze(session, caller, person_id, outside.clock())
    return go(url_for("desk_person.look", person_id=person_id))


def opened_page(caller: Caller, person_id: str) -> Response:
    """What is to be seen through an opening. Raises NotFound without one, the same whether or not they exist."""
    outside = room().outside
    now = outside.clock()
    with outside.database.reading() as session:
        row, glass = break_glass.opened(session, caller, person_id, now)
        file = open_file(session, outside, replace(caller, team_id=row.team_id), person_id, now)
        return desk_page("opened.html", file=file, glass=glass)


def _ask_page(wrong: str = "") -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    return desk_page("opening.html", status=status, wrong=wrong, typed=request.form)


def _id_in(text: str) -> str | None:
    """The id in what was typed: the id itself, or the address of a page of theirs."""
    try:
        return str(UUID(urlsplit(text.strip()).path.rstrip("/").rpartition("/")[2]))
    except ValueError:
        return None
