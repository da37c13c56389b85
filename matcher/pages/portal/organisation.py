"""What an organisation sees of itself: how its vetting stands, and the keys with which programs of its own come in."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, request, url_for

from matcher.pages.showing import go, room, show
from matcher.pages.sign_in import signed_in
from matcher.services.access import keys
from matcher.services.access.keys import Caller, Role
from matcher.services.listings import vetting
from matcher.storage.opportunities import is_vetted
from matcher.storage.tables import ApiKeyRow

KEYS_MAX: Final = 10  # judgement, 2026-11: one for each program, and some to change over

pages = Blueprint("portal_organisation", __name__, url_prefix="/portal/organisation")


@pages.get("")
@signed_in(Role.organisation)
def look(caller: Caller) -> Response:
    """How the vetting stands, until when, and what is still missing for it."""
    outside = room().outside
    now = outside.clock()
    with outside.database.reading() as session:
        organisation = vetting.get_organisation(session, caller.id)
        agreed = len(vetting.approvals(session, organisation))
    until = organisation.vetted_until
    return show(
        "portal/organisation.html",
        organisation=organisation,
        vetted=is_vetted(organisation, now),
        agreed=agreed,
        was_vetted=organisation.vetting_round > 1 or until is not None,
        ends_soon=vetting.is_renewable(organisation, now),
    )


@pages.get("/keys")
@signed_in(Role.organisation, fresh=True)
def look_at_keys(caller: Caller) -> Response:
    """Every key that works now: how it begins, since when and until when; what it is can be seen nowhere."""
    return _keys_page(caller)


@pages.post("/keys")
@signed_in(Role.organisation, fresh=True)
def change_keys(caller: Caller) -> Response:
    """Take the key named by `end` back, or make one, which this answer alone ever shows; KEYS_MAX work at a time."""
    outside = room().outside
    now = outside.clock()
    with outside.database.writing() as session:
        if "end" in request.form:
            keys.revoke_organisation_key(session, caller.id, request.form["end"], now)
            return go(url_for("portal_organisation.look_at_keys"))
        known = keys.organisation_keys(session, caller.id, now)
        stale = request.form.get("seen", "") != _newest(known)
        if not stale and len(known) < KEYS_MAX:
            made = keys.issue_key(session, Role.organisation, caller.id, now)
            return show("portal/key.html", key=made)
    return _keys_page(caller, status=HTTPStatus.CONFLICT, stale=stale)


def _newest(known: Sequence[ApiKeyRow]) -> str:
    """What a form that makes one more carries: sent again, it finds another one, and makes no second key."""
    return str(known[0].id) if known else ""


def _keys_page(caller: Caller, status: HTTPStatus = HTTPStatus.OK, *, stale: bool = False) -> Response:
    outside = room().outside
    with outside.database.reading() as session:
        found = keys.organisation_keys(session, caller.id, outside.clock())
    return show(
        "portal/keys.html",
        status=status,
        keys=found,
        seen=_newest(found),
        stale=stale,
        may_make=len(found) < KEYS_MAX,
    )
