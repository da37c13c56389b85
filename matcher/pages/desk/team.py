"""The team's own figures: calm, in people, never below ten, and nothing that ranks anybody."""

from __future__ import annotations

from flask import Blueprint, Response

from matcher.pages.desk.saying import desk_page
from matcher.pages.drawing.bars import bars
from matcher.pages.showing import room
from matcher.pages.sign_in import signed_in
from matcher.services.desk_areas import areas
from matcher.services.desk_missing import missing
from matcher.services.keys import Caller, Role
from matcher.services.team import WAITING_WEEKS, outcomes

pages = Blueprint("desk_team", __name__, url_prefix="/desk/team")


@pages.get("")
@signed_in(Role.caseworker)
def look(caller: Caller) -> Response:
    """The plots; changes nothing (CARE 9)."""
    outside = room().outside
    with outside.database.reading() as session:
        now = outside.clock()
        found = outcomes(session, caller, now)
        lacks, bare = missing(session, caller, now), areas(session, caller, now)
    lived = bars([one.came for one in found.seasons] + [one.chose for one in found.seasons])
    return desk_page(
        "team.html",
        seasons=found.seasons,
        came=lived[: len(found.seasons)],
        chose=lived[len(found.seasons) :],
        weeks=WAITING_WEEKS,
        waiting=list(zip(found.waiting, bars(found.waiting), strict=True)),
        areas=list(zip(bare, bars([one.people for one in bare]), strict=True)),
        missing=list(zip(lacks, bars([one.people for one in lacks]), strict=True)),
    )
