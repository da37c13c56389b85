"""The team's own figures: calm, in people, never below ten, and nothing that ranks anybody."""

from __future__ import annotations

from flask import Blueprint, Response

from matcher.pages.desk.saying import desk_page
from matcher.pages.drawing.bars import bars
from matcher.pages.showing import preferred_language, room
from matcher.pages.sign_in import signed_in
from matcher.scoring.wording.wanted import wanted_sentence
from matcher.services.access.keys import Caller, Role
from matcher.services.desk.lacking import Lacking, lacking
from matcher.services.desk.team import WAITING_WEEKS, outcomes

pages = Blueprint("desk_team", __name__, url_prefix="/desk/team")


@pages.get("")
@signed_in(Role.caseworker)
def look(caller: Caller) -> Response:
    """The plots; changes nothing (CARE 9)."""
    outside = room().outside
    with outside.database.reading() as session:
        now = outside.clock()
        found = outcomes(session, caller, now)
        lacks = lacking(session, str(caller.team_id), now)
    lived = bars([one.came for one in found.seasons] + [one.chose for one in found.seasons])
    return desk_page(
        "team.html",
        seasons=found.seasons,
        came=lived[: len(found.seasons)],
        chose=lived[len(found.seasons) :],
        weeks=WAITING_WEEKS,
        waiting=list(zip(found.waiting, bars(found.waiting), strict=True)),
        lacking=[_said(one) for one in lacks],
    )


def _said(one: Lacking) -> str:
    return wanted_sentence(
        one.wanted, people=one.people, minutes=one.within_minutes, near=one.near, needs=one.needs,
        language=preferred_language(),
    )  # fmt: skip
