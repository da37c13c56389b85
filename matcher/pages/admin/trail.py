"""Who did and read what, whether its seals hold, and who opened somebody outside their team (CARE 23, 24)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request

from matcher.domain.audit import Act
from matcher.pages.showing import room, show
from matcher.pages.sign_in import signed_in
from matcher.services.access.keys import Caller, Role
from matcher.services.audit import auditing, trail
from matcher.services.audit.trail import Wanted
from matcher.services.audit.verifying import verify
from matcher.services.desk import break_glass
from matcher.services.outside import DEFAULT_TIMEZONE

ON_A_PAGE: Final = 50  # judgement, 2026-11
CHECKED: Final = timedelta(
    days=31
)  # judgement, 2026-11: quick enough for a page; the command checks everything
COMMAND: Final = "matcher audit verify"

pages = Blueprint("admin_trail", __name__, url_prefix="/admin")


@pages.get("/trail")
@signed_in(Role.admin)
def look(_caller: Caller) -> Response:
    """The trail, newest first. Looking at it stands in it."""
    outside = room().outside
    last = _day(request.args.get("until", ""))
    who, about, act = (request.args.get(name, "").strip() for name in ("who", "about", "act"))
    wanted = Wanted(who, about, act, None if last is None else _end_of(last))
    with outside.database.reading() as session:
        found = trail.page(session, wanted, request.args.get("before"), ON_A_PAGE + 1)
        names = trail.names_of(session, found)
    auditing.note_reading(outside.database, Act.trail_read, outside.clock(), about="trail")
    more = found[ON_A_PAGE - 1].id if len(found) > ON_A_PAGE else None
    return show(
        "admin/trail.html",
        entries=found[:ON_A_PAGE],
        more=more,
        wanted=wanted,
        last=last,
        unread=bool(request.args.get("until")) and last is None,
        names=names,
        acts=[one.value for one in Act],
    )


def _day(typed: str) -> date | None:
    """A day as browsers send it; anything else is any day."""
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def _end_of(day: date) -> datetime | None:
    """The moment after which a day is over where Matcher is at home; None for the last day of all calendars."""
    if day == date.max:
        return None
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(DEFAULT_TIMEZONE))


@pages.get("/trail/seals")
@signed_in(Role.admin)
def seals(_caller: Caller) -> Response:
    """Whether the seals of the last month hold, and where the first break is."""
    outside = room().outside
    with outside.database.reading() as session:
        found = verify(session, since=outside.clock() - CHECKED)
    return show("admin/seals.html", found=found, days=CHECKED.days, command=COMMAND)


@pages.get("/openings")
@signed_in(Role.admin)
def openings(_caller: Caller) -> Response:
    """Who opened whom outside their team, and why."""
    outside = room().outside
    now = outside.clock()
    with outside.database.reading() as session:
        found = break_glass.recent(session)
    auditing.note_reading(outside.database, Act.openings_read, now, about="openings")
    return show("admin/openings.html", openings=found, now=now)
