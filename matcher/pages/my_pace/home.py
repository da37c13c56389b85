"""The first of somebody's own pages: everything we go by in a sentence each, and the pause."""

from __future__ import annotations

from flask import Response, request

from matcher.domain.values import Aspect
from matcher.pages.my_pace.access import Mine, own_pages, to_change, to_look
from matcher.pages.pictures import nearest
from matcher.pages.showing import room
from matcher.services.my_pace import own_words
from matcher.services.people import people

pages = own_pages("my_pace")


@pages.get("")
@to_look
def look(mine: Mine) -> Response:
    """Everything on one page; changes nothing (CARE 9)."""
    comfort = {aspect.value: nearest(getattr(mine.person.comfort, aspect)) for aspect in Aspect}
    return mine.page("home.html", comfort=comfort, kept="kept" in request.args)


@pages.post("/pause")
@to_change
def pause(mine: Mine) -> Response:
    """Nothing new is sent from now on."""
    people.pause(mine.session, mine.row, room().outside.clock())
    return mine.go()


@pages.post("/resume")
@to_change
def resume(mine: Mine) -> Response:
    """They would like to hear from us again."""
    now = room().outside.clock()
    if mine.row.paused_at is not None:
        people.resume(mine.session, mine.row, now)
        own_words.note(mine.session, mine.row, "resume", now)
    return mine.go()
