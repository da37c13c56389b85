"""The private address of an organisation's calendar: made, renewed and ended here, and read by calendar programs."""

from __future__ import annotations

import hashlib
from datetime import datetime
from http import HTTPStatus

from flask import Blueprint, Response, request, url_for

from matcher.domain.audit import Act
from matcher.pages.showing import go, guard, room, show
from matcher.pages.sign_in import signed_in
from matcher.services.access.keys import Caller, Role
from matcher.services.asking import calendar_feed
from matcher.services.audit import auditing
from matcher.services.audit.auditing import Somebody

pages = Blueprint("portal_calendar", __name__)


@pages.get("/portal/organisation/calendar")
@signed_in(Role.organisation, fresh=True)
def look(caller: Caller) -> Response:
    """Whether there is an address, and since when; what it is can be seen nowhere."""
    return _page(caller)


@pages.post("/portal/organisation/calendar")
@signed_in(Role.organisation, fresh=True)
def change(caller: Caller) -> Response:
    """End the address, or make a new one, which this answer alone ever shows; an earlier one ends with it."""
    outside = room().outside
    with outside.database.writing() as session:
        if "end" in request.form:
            calendar_feed.end(session, caller.id, outside.clock())
            return go(url_for("portal_calendar.look"))
        # Sent again, the form finds that there is a newer address, and does not end that one.
        stale = request.form.get("seen", "") != _mark(calendar_feed.made_at(session, caller.id))
        token = None if stale else calendar_feed.make(session, caller.id, outside.clock())
    if token is None:
        return _page(caller, stale=True)
    address = outside.base_url.rstrip("/") + url_for("portal_calendar.read", token=token)
    return show("portal/calendar_address.html", address=address)


def _page(caller: Caller, *, stale: bool = False) -> Response:
    with room().outside.database.reading() as session:
        made_at = calendar_feed.made_at(session, caller.id)
    status = HTTPStatus.CONFLICT if stale else HTTPStatus.OK
    return show("portal/calendar.html", status=status, made_at=made_at, seen=_mark(made_at), stale=stale)


def _mark(made_at: datetime | None) -> str:
    return "" if made_at is None else made_at.isoformat()


@pages.get("/calendar/<token>.ics")
def read(token: str) -> Response:
    """The calendar itself; the address is the authority. The same as before: 304."""
    outside = room().outside
    with outside.database.reading() as session:
        organisation_id, body = calendar_feed.read(session, token, outside.clock())
    response = guard(Response(body, mimetype="text/calendar"))
    response.set_etag(hashlib.sha256(body).hexdigest()[:32])
    response.make_conditional(request)
    if (
        response.status_code == HTTPStatus.OK
    ):  # it names visitors; whoever has them already learns nothing new
        by, about = Somebody(Role.organisation, organisation_id), f"organisation:{organisation_id}"
        auditing.note_reading(outside.database, Act.visitors_read, outside.clock(), about=about, by=by)
    return response
