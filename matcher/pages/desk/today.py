"""The first page of the morning: whom to think of today, and why."""

from __future__ import annotations

from flask import Blueprint, Response, request

from matcher.domain.audit import Act
from matcher.pages.desk.saying import desk_page
from matcher.pages.showing import room
from matcher.pages.sign_in import signed_in
from matcher.services.access.keys import Caller, Role
from matcher.services.audit import auditing
from matcher.services.desk.today import Few, whats_on
from matcher.services.my_pace import own_words
from matcher.services.people import intake

pages = Blueprint("desk", __name__, url_prefix="/desk")


@pages.get("")
@signed_in(Role.caseworker)
def today(caller: Caller) -> Response:
    """The lists; changes nothing (CARE 9)."""
    outside = room().outside
    with outside.database.reading() as session:
        whole = request.args.get("all", "")
        questions = Few.of(own_words.questions(session, caller), whole=whole == "questions")
        today = whats_on(session, caller, outside.clock(), whole)
        begun = len(intake.unfinished(session, caller))
        page = desk_page("today.html", today=today, questions=questions, begun=begun)
    auditing.note_reading(
        outside.database, Act.people_listed, outside.clock(), about=f"team:{caller.team_id}"
    )
    return page
