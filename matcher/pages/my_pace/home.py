"""The first of somebody's own pages: everything we go by in a sentence each, and the pause."""

from __future__ import annotations

from dataclasses import replace

from flask import Response, request, url_for

from matcher.domain.values import Aspect
from matcher.mail.wording import when_lines
from matcher.pages.my_pace.access import Mine, own_pages, to_change, to_look, visit_token
from matcher.pages.pictures import nearest
from matcher.pages.showing import go, room, show
from matcher.services.access import pace_access
from matcher.services.audit import auditing
from matcher.services.my_pace import own_words
from matcher.services.my_pace.planned import planned
from matcher.services.people import people

pages = own_pages("my_pace")


@pages.get("")
@to_look
def look(mine: Mine) -> Response:
    """Everything on one page; changes nothing (CARE 9)."""
    comfort = {aspect.value: nearest(getattr(mine.person.comfort, aspect)) for aspect in Aspect}
    ahead = planned(mine.session, mine.row.id, room().outside.clock())
    when = [] if ahead is None else when_lines(replace(ahead.card, language=mine.language))
    return mine.page("home.html", comfort=comfort, kept="kept" in request.args, planned=ahead, when=when)


@pages.post("/pause")
def pause(token: str) -> Response:
    """Nothing new is sent from now on. The link is enough for it, also when the visit is over (CARE 4)."""
    outside = room().outside
    now = outside.clock()
    with outside.database.writing() as session:
        door = pace_access.door(session, token)
        with auditing.acting(auditing.Somebody("person", door.person_id)):
            people.pause(session, people.lock(session, door.person_id), now)
        is_open = pace_access.visitor(session, token, visit_token(), now) is not None
    if is_open:
        return go(url_for("my_pace.look", token=token, paused=1, _anchor="rest"))
    return show("pause/paused.html", language=door.language)


@pages.post("/resume")
@to_change
def resume(mine: Mine) -> Response:
    """They would like to hear from us again."""
    now = room().outside.clock()
    if mine.row.paused_at is not None:
        people.resume(mine.session, mine.row, now)
        own_words.note(mine.session, mine.row, "resume", now)
    return mine.go(resumed=True)
