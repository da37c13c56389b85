"""How Matcher is running: whether every part is at work, and what was set aside after five tries."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, current_app, url_for

from matcher.domain.audit import Act
from matcher.domain.errors import NotFound
from matcher.pages.showing import go, room, show
from matcher.pages.sign_in import signed_in
from matcher.services.access.keys import Caller, Role
from matcher.services.audit import auditing
from matcher.services.upkeep import health
from matcher.storage import outbox
from matcher.storage.tables import EventRow

CHECKS: Final = "matcher.pages.admin.checks"

pages = Blueprint("admin_upkeep", __name__, url_prefix="/admin")


@pages.get("/upkeep")
@signed_in(Role.admin)
def look(_caller: Caller) -> Response:
    """Every part and every event set aside; changes nothing (CARE 9)."""
    outside = room().outside
    with outside.database.reading() as session:
        dead = outbox.dead(session)
    parts = health.parts_of(outside, current_app.extensions[CHECKS])
    return show("admin/upkeep.html", dead=dead, parts=parts)


@pages.post("/events/<event_id>/replay")
@signed_in(Role.admin)
def replay(_caller: Caller, event_id: str) -> Response:
    """Give an event that was set aside another five starts; one that is at work again already is left to it."""
    outside = room().outside
    now = outside.clock()
    with outside.database.writing() as session:
        if outbox.replay(session, event_id, now):
            auditing.record(session, Act.event_replayed, now, about=f"event:{event_id}")
        elif session.get(EventRow, event_id) is None:
            raise NotFound("There is no such event.")
    return go(url_for("admin_upkeep.look", done="replayed"))
