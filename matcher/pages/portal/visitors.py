"""Who is coming, and how it was from the organisation's side; nothing here moves with how it was for a guest (CARE 3)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, Response, request, url_for

from matcher.domain.audit import Act
from matcher.domain.errors import InvalidInput, NotFound
from matcher.domain.opportunity import Session as SessionTime
from matcher.mail.wording import needs_in_words, when_lines
from matcher.pages.portal.views import UNFIT, plan_of
from matcher.pages.showing import go, preferred_language, room, show
from matcher.pages.sign_in import signed_in
from matcher.services.access.keys import Caller, Role
from matcher.services.asking import host_words, showing
from matcher.services.asking.host_words import HostWord, PastVisit
from matcher.services.audit import auditing
from matcher.storage.opportunities import opportunity_of
from matcher.storage.tables import Occurrence, OpportunityRow

pages = Blueprint("portal_visitors", __name__, url_prefix="/portal/visitors")


@dataclass(frozen=True, slots=True)
class Coming:
    """One visitor to come, in words."""

    alias: str
    title: str | None
    when: list[str]
    needs: list[str]


@pages.get("")
@signed_in(Role.organisation)
def look(caller: Caller) -> Response:
    """Who said yes and is still to come: alias, session and the needs they agreed to share (CARE 17); then who was to."""
    outside, language = room().outside, preferred_language().value
    now = outside.clock()
    with outside.database.reading() as session:
        coming = [
            Coming(
                one.alias,
                one.opportunity.title,
                _when(one.opportunity, one.occurrence),
                needs_in_words(one.needs, language),
            )
            for one in showing.visitors_to_come(session, caller.id, now)
        ]
        past = host_words.past_visits(session, caller.id, now)
        shown = [(one, _when(one.opportunity, one.occurrence)) for one in past]
    auditing.note_reading(
        outside.database, Act.visitors_read, outside.clock(), about=f"organisation:{caller.id}"
    )
    return show("portal/visitors.html", coming=coming, past=shown)


@pages.get("/<handle>")
@signed_in(Role.organisation)
def ask(caller: Caller, handle: str) -> Response:
    """How it was from their side: a few calm words and a note, all of it up to them."""
    one, when = _past(caller, handle)
    return _form(one, when, one.words, one.note or "")


@pages.post("/<handle>")
@signed_in(Role.organisation)
def write(caller: Caller, handle: str) -> Response:
    """Keep it for whoever accompanies the guest."""
    outside = room().outside
    chosen, note = request.form.getlist("words"), request.form.get("note", "")
    try:
        with outside.database.writing() as session:
            host_words.write(session, caller.id, handle, chosen, note, outside.clock())
    except InvalidInput:
        return _form(*_past(caller, handle), chosen, note, wrong=True)
    return go(url_for("portal_visitors.look"))


def _form(
    visit: PastVisit, when: list[str], chosen: Collection[str], note: str, *, wrong: bool = False
) -> Response:
    return show(
        "portal/how_it_was.html",
        status=UNFIT if wrong else HTTPStatus.OK,
        visit=visit,
        when=when,
        words=list(HostWord),
        chosen=chosen,
        note=note,
        wrong=wrong,
    )


def _past(caller: Caller, handle: str) -> tuple[PastVisit, list[str]]:
    outside = room().outside
    with outside.database.reading() as session:
        for one in host_words.past_visits(session, caller.id, outside.clock()):
            if one.handle == handle:
                return one, _when(one.opportunity, one.occurrence)
    raise NotFound("There is no such visit to write about.")


def _when(row: OpportunityRow, occurrence: Occurrence) -> list[str]:
    times = SessionTime(occurrence.starts_at, occurrence.ends_at)
    return when_lines(plan_of(opportunity_of(row), times, preferred_language().value))
