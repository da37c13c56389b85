"""One person's page: their words and limits, what happened, and what could come next with its letter."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response

from matcher.domain.errors import Conflict, NotFound
from matcher.domain.values import Aspect
from matcher.pages.desk.glass import opened_page
from matcher.pages.desk.picturing import around, lines, sides
from matcher.pages.desk.rungs import HALVES, rung_fields
from matcher.pages.desk.saying import desk_page
from matcher.pages.showing import room
from matcher.pages.sign_in import signed_in
from matcher.services.access.keys import Caller, Role
from matcher.services.asking import host_words
from matcher.services.desk import break_glass
from matcher.services.desk.person import open_file
from matcher.services.finding import set_aside
from matcher.services.my_pace import own_words
from matcher.services.people import intake
from matcher.storage.tables import new_id

pages = Blueprint("desk_person", __name__, url_prefix="/desk/people")


@pages.get("/<person_id>")
@signed_in(Role.caseworker)
def look(caller: Caller, person_id: str) -> Response:
    """The page; changes nothing (CARE 9)."""
    try:
        return person_page(caller, person_id)
    except NotFound:
        return opened_page(caller, person_id)  # which says the same where nothing was opened (CARE 24)


def person_page(caller: Caller, person_id: str, conflict: Conflict | None = None) -> Response:
    """The page as things stand, with what stood in the way of what was just tried."""
    outside = room().outside
    status = HTTPStatus.OK if conflict is None else HTTPStatus.CONFLICT
    with outside.database.reading() as session:
        file = open_file(session, outside, caller, person_id, outside.clock())
        openings = break_glass.of_person(session, person_id, outside.clock())
        pictures = {
            "sides": sides(file.ladder),
            "lines": lines(file.ladder),
            "map": around(file.person, [one.card for one in file.menu]),
        }
        return desk_page(
            "person.html",
            status=status,
            file=file,
            conflict=conflict,
            openings=openings,
            once=new_id(),
            aspects=tuple(Aspect),
            halves=HALVES,
            seen=intake.mark(rung_fields(file.person)),
            set_aside_days=set_aside.LASTS.days,
            from_their_side=host_words.about(session, person_id),
            own_words=own_words.of_person(session, person_id),
            **pictures,
        )
