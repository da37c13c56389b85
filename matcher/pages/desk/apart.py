"""Whom somebody does not want to meet: kept apart at every step, silently, until it is lifted with a reason (CARE 18)."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from matcher.domain.errors import InvalidInput
from matcher.domain.text import UnfitText, clean_text
from matcher.pages.desk.saying import desk_page
from matcher.pages.showing import go, room
from matcher.pages.sign_in import signed_in
from matcher.services.access import staff
from matcher.services.access.keys import Caller, Role
from matcher.services.listings import vetting
from matcher.services.people import exclusions, people

REASON_MAX = 500  # characters; judgement, 2026-11
TEAM_MAX = 1000  # judgement, 2026-11: more people than a team accompanies

pages = Blueprint("desk_apart", __name__, url_prefix="/desk/people/<person_id>/apart")


@pages.get("")
@signed_in(Role.caseworker)
def look(caller: Caller, person_id: str) -> Response:
    """Whom they are kept apart from; changes nothing (CARE 9)."""
    return _page(caller, person_id)


@pages.post("")
@signed_in(Role.caseworker)
def add(caller: Caller, person_id: str) -> Response:
    """Keep them apart from now on; what is live with the other side ends silently."""
    outside = room().outside
    organisation_id, other_id = (_id(name) for name in ("organisation_id", "other_id"))
    if (organisation_id is None) == (other_id is None):
        return _page(caller, person_id, wrong="other")
    try:
        with outside.database.writing() as session:
            row = people.locked(session, caller, person_id)
            exclusions.exclude(
                session, row, organisation_id=organisation_id, other_person_id=other_id, now=outside.clock()
            )
    except InvalidInput:
        return _page(caller, person_id, wrong="other")
    return go(url_for("desk_apart.look", person_id=person_id))


@pages.post("/<exclusion_id>/lift")
@signed_in(Role.caseworker)
def lift(caller: Caller, person_id: str, exclusion_id: str) -> Response:
    """They need not be kept apart any more, and why."""
    outside = room().outside
    try:
        reason = clean_text(request.form.get("reason", ""), max_length=REASON_MAX)
        with outside.database.writing() as session:
            row = people.locked(session, caller, person_id)
            exclusions.lift(session, row, exclusion_id, reason, caller, outside.clock())
    except (InvalidInput, UnfitText):
        return _page(caller, person_id, wrong=exclusion_id)
    return go(url_for("desk_apart.look", person_id=person_id))


def _page(caller: Caller, person_id: str, wrong: str = "") -> Response:
    """`wrong`: the form that needs another look, `other` for the one that adds."""
    with room().outside.database.reading() as session:
        row = people.get(session, caller, person_id)
        kept = exclusions.of_person(session, row)
        known = {one.other_id for one in kept} | {row.id}
        lifted = [
            (
                exclusions.name_of(session, one.organisation_id, one.other_person_id),
                staff.name_behind(session, one.lifted_by),
                one,
            )
            for one in exclusions.lifted(session, row)
        ]
        team = people.page(session, caller, None, TEAM_MAX)
        return desk_page(
            "apart.html",
            status=HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK,
            row=row,
            kept=kept,
            lifted=lifted,
            organisations=[
                one
                for one, _ in vetting.organisations(session, room().outside.clock())
                if one.id not in known
            ],
            others=[one for one in team if one.id not in known],
            wrong=wrong,
            reason=request.form.get("reason", ""),
            reason_max=REASON_MAX,
        )


def _id(name: str) -> str | None:
    """The id that a form names, None for nothing and for what is no id."""
    try:
        return str(UUID(request.form.get(name, "")))
    except ValueError:
        return None
