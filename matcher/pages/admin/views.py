"""The addresses of the admin's pages: vetting by two (CARE 15), suspending, events set aside, and every part at work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, current_app, url_for

from matcher.domain.errors import NotFound
from matcher.domain.opportunity import OrganisationState
from matcher.pages.showing import room, show
from matcher.pages.sign_in import signed_in
from matcher.pages.sign_in.access import go
from matcher.services import health, vetting
from matcher.services.keys import Caller, Role
from matcher.storage import outbox
from matcher.storage.opportunities import is_vetted
from matcher.storage.tables import OrganisationRow

CHECKS: Final = "matcher.pages.admin.checks"

pages = Blueprint("admin", __name__, url_prefix="/admin")


@dataclass(frozen=True, slots=True)
class Standing:
    """One organisation as admins see it: who agreed in this round, and whether the reader is one of them."""

    row: OrganisationRow
    vetted: bool
    agreed: tuple[str, ...]
    by_me: bool


@pages.get("")
@signed_in(Role.admin)
def look(caller: Caller) -> Response:
    """What waits for an admin; changes nothing (CARE 9)."""
    outside = room().outside
    now = outside.clock()
    with outside.database.reading() as session:
        every = [
            Standing(
                row,
                is_vetted(row, now),
                tuple(admin.name for admin in admins),
                any(admin.id == caller.id for admin in admins),
            )
            for row, admins in vetting.organisations(session)
        ]
        dead = outbox.dead(session)
    return show(
        "admin/look.html",
        waiting=[one for one in every if not one.vetted and one.row.state != OrganisationState.suspended],
        vetted=[one for one in every if one.vetted],
        suspended=[one for one in every if one.row.state == OrganisationState.suspended],
        dead=dead,
        parts=health.parts_of(outside, current_app.extensions[CHECKS]),
    )


@pages.post("/organisations/<organisation_id>/approve")
@signed_in(Role.admin)
def approve(caller: Caller, organisation_id: str) -> Response:
    """This admin's yes; a repeat changes nothing."""
    outside = room().outside
    with outside.database.writing() as session:
        vetting.vet(session, organisation_id, caller.id, outside.clock())
    return go(url_for("admin.look"))


@pages.get("/organisations/<organisation_id>/suspend")
@signed_in(Role.admin)
def ask_suspend(_caller: Caller, organisation_id: str) -> Response:
    """What suspending means, before it is done."""
    with room().outside.database.reading() as session:
        organisation = vetting.get_organisation(session, organisation_id)
    return show("admin/suspend.html", organisation=organisation)


@pages.post("/organisations/<organisation_id>/suspend")
@signed_in(Role.admin)
def suspend(_caller: Caller, organisation_id: str) -> Response:
    """Stop every live path of an organisation."""
    outside = room().outside
    with outside.database.writing() as session:
        vetting.suspend(session, organisation_id, outside.clock())
    return go(url_for("admin.look"))


@pages.post("/events/<event_id>/replay")
@signed_in(Role.admin)
def replay(_caller: Caller, event_id: str) -> Response:
    """Give an event that was set aside another five starts."""
    outside = room().outside
    with outside.database.writing() as session:
        if not outbox.replay(session, event_id, outside.clock()):
            raise NotFound("There is no such event.")
    return go(url_for("admin.look"))
