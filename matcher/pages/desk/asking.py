"""Asking what there is for one person: the question, and what came of it."""

from __future__ import annotations

from http import HTTPStatus
from time import monotonic, sleep
from typing import Final

from flask import Blueprint, Response, request, url_for

from matcher.domain.audit import Act
from matcher.domain.errors import FieldProblem, InvalidInput
from matcher.domain.text import TEXT_MAX
from matcher.domain.values import Kind
from matcher.pages.desk.picturing import around
from matcher.pages.desk.saying import desk_page
from matcher.pages.showing import go, room
from matcher.pages.sign_in import signed_in
from matcher.pages.typed import Answers
from matcher.services.access.keys import Caller, Role
from matcher.services.audit import auditing
from matcher.services.desk.person import asked, may_ask, proposals
from matcher.services.desk.together import together
from matcher.services.finding import requesting
from matcher.services.people import people
from matcher.storage.people import person_of
from matcher.storage.tables import PersonRow

# How long the page waits for the workers right after the question: most answers are there by then, and nothing has to
# reload itself, which would take a reader's place from them (WCAG 2.2.1). Judgement, 2026-11.
PATIENCE_SECONDS: Final = 3.0
LOOK_EVERY_SECONDS: Final = 0.2

pages = Blueprint("desk_asking", __name__, url_prefix="/desk")


@pages.get("/people/<person_id>/requests")
@signed_in(Role.caseworker)
def ask(caller: Caller, person_id: str) -> Response:
    """The question; changes nothing (CARE 9)."""
    return _ask_page(caller, person_id)


@pages.post("/people/<person_id>/requests")
@signed_in(Role.caseworker)
def send(caller: Caller, person_id: str) -> Response:
    """Ask; the answer is worked out meanwhile."""
    outside, kinds = room().outside, _chosen_kinds()
    said = Answers(request.form)
    note = said.text("note")
    if said.problems:
        return _ask_page(caller, person_id, unfit=True)
    with outside.database.writing() as session:
        row = people.get(session, caller, person_id)
        request_id = requesting.request(session, row, caller, kinds, note, outside.clock()).id
    return go(url_for("desk_asking.answer", request_id=request_id, wait="yes"))


@pages.get("/requests/<request_id>")
@signed_in(Role.caseworker)
def answer(caller: Caller, request_id: str) -> Response:
    """What came of it: at most three, and what stands in the way of more; changes nothing (CARE 9)."""
    outside = room().outside
    if "wait" in request.args:
        _wait(caller, request_id)
    with outside.database.reading() as session:
        made, matches = asked(session, caller, request_id)
        row = session.get_one(PersonRow, made.person_id)
        person = person_of(row)
        found = proposals(session, outside, matches)
        free = may_ask(session, row, outside.clock())
        page = desk_page(
            "answer.html", made=made, kinds=made.kinds, row=row, person=person, found=found, may_ask=free,
            map=around(person, [one.card for one in found]),
        )  # fmt: skip
    _note(Act.match_request_read, f"match_request:{request_id}", row.id)
    return page


def _ask_page(caller: Caller, person_id: str, *, unfit: bool = False) -> Response:
    """`unfit`: what was sent cannot be kept as a note; the form stands as it was sent."""
    with room().outside.database.reading() as session:
        row = people.get(session, caller, person_id)
        return desk_page(
            "ask.html", status=HTTPStatus.UNPROCESSABLE_ENTITY if unfit else HTTPStatus.OK, row=row,
            wanted=request.form.getlist("kinds") if unfit else row.intake["kinds"],
            kinds=requesting.USUAL_KINDS,  # living together is asked about on its own (CARE 11)
            together=together(session, row, room().outside.clock()), unfit=unfit, note_max=TEXT_MAX,
        )  # fmt: skip


def _note(act: Act, about: str, person_id: str) -> None:
    outside = room().outside
    auditing.note_reading(outside.database, act, outside.clock(), about=about, person_id=person_id)


def _chosen_kinds() -> list[Kind]:
    """What is ticked. Raises InvalidInput."""
    kinds = list(dict.fromkeys(request.form.getlist("kinds")))
    if not set(kinds) <= set(Kind):
        raise InvalidInput([FieldProblem("/kinds", f"Each one of {', '.join(Kind)}.")])
    if Kind.communal_living in kinds and len(kinds) > 1:
        raise InvalidInput([FieldProblem("/kinds", "Living together is asked about on its own.")])
    return [Kind(one) for one in kinds]


def _wait(caller: Caller, request_id: str) -> None:
    """Give the workers a moment, so that what they find is on the page when it opens. Raises NotFound."""
    until = monotonic() + PATIENCE_SECONDS
    while monotonic() < until:
        with room().outside.database.reading() as session:
            if requesting.get_request(session, caller, request_id).state == "ready":
                return
        sleep(LOOK_EVERY_SECONDS)
