"""Asking what there is for one person: the question, and what came of it."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, request, url_for

from matcher.domain.audit import Act
from matcher.domain.errors import FieldProblem, InvalidInput
from matcher.domain.values import Kind
from matcher.pages.desk.addresses import only_ids
from matcher.pages.desk.saying import desk_page
from matcher.pages.showing import room
from matcher.pages.sign_in import signed_in
from matcher.pages.sign_in.access import go
from matcher.services import auditing, matching, people
from matcher.services.desk_person import asked, may_ask, proposals
from matcher.services.keys import Caller, Role
from matcher.storage.tables import PersonRow

NOTE_MAX: Final = 1000  # judgement, 2026-11: a paragraph or two

pages = Blueprint("desk_asking", __name__, url_prefix="/desk")
pages.before_request(only_ids)


@pages.get("/people/<person_id>/requests")
@signed_in(Role.caseworker)
def ask(caller: Caller, person_id: str) -> Response:
    """The question; changes nothing (CARE 9)."""
    with room().outside.database.reading() as session:
        row = people.get(session, caller, person_id)
        page = desk_page("ask.html", row=row, kinds=tuple(Kind), wanted=row.intake["kinds"])
    _note(Act.person_read, f"person:{person_id}", person_id)
    return page


@pages.post("/people/<person_id>/requests")
@signed_in(Role.caseworker)
def send(caller: Caller, person_id: str) -> Response:
    """Ask; the answer is worked out meanwhile."""
    outside, kinds = room().outside, request.form.getlist("kinds")
    if not set(kinds) <= set(Kind):
        raise InvalidInput([FieldProblem("/kinds", f"Each one of {', '.join(Kind)}.")])
    note = request.form.get("note", "").strip()[:NOTE_MAX] or None
    with outside.database.writing() as session:
        row = people.get(session, caller, person_id)
        chosen = [Kind(one) for one in dict.fromkeys(kinds)]
        made = matching.request(session, row, caller, chosen, note, outside.clock())
        request_id = made.id
    return go(url_for("desk_asking.answer", request_id=request_id))


@pages.get("/requests/<request_id>")
@signed_in(Role.caseworker)
def answer(caller: Caller, request_id: str) -> Response:
    """What came of it: at most three, and what stands in the way of more; changes nothing (CARE 9)."""
    outside = room().outside
    with outside.database.reading() as session:
        made, matches = asked(session, caller, request_id)
        person = session.get_one(PersonRow, made.person_id)
        found = proposals(session, outside, matches)
        free = may_ask(session, person, outside.clock())
        page = desk_page("answer.html", made=made, row=person, found=found, may_ask=free)
    _note(Act.match_request_read, f"match_request:{request_id}", person.id)
    return page


def _note(act: Act, about: str, person_id: str) -> None:
    outside = room().outside
    auditing.note_reading(outside.database, act, outside.clock(), about=about, person_id=person_id)
