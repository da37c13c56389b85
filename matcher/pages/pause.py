"""The pause link of every letter: one page with one button, which can only pause (CARE 4)."""

from __future__ import annotations

from flask import Blueprint, Response

from matcher.domain.errors import NotFound
from matcher.pages.showing import room, show
from matcher.services.my_pace.pause_links import is_paused_by_link, knows_pause_link, pause_by_link

pages = Blueprint("pause", __name__)


@pages.get("/pause/<token>")
def ask(token: str) -> Response:
    """The page with the button; changes nothing (CARE 9)."""
    with room().outside.database.reading() as session:
        known, paused = knows_pause_link(session, token), is_paused_by_link(session, token)
    return show(f"pause/{'paused' if paused else 'ask'}.html") if known else _unknown()


@pages.post("/pause/<token>")
def pause(token: str) -> Response:
    """Pause, by the button or by a mail program's own one click (RFC 8058). Nothing in the body can prevent it."""
    outside = room().outside
    with outside.database.writing() as session:
        known = pause_by_link(session, token, outside.clock())
    return show("pause/paused.html") if known else _unknown()


def _unknown() -> Response:
    raise NotFound("This link was given to nobody.")
