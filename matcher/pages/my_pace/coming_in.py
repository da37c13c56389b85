"""The page before the code, and the code itself: nothing here says whose pages they are."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, request, url_for

from matcher.domain.errors import InvalidInput
from matcher.pages.my_pace.access import keep, own_pages, visit_token
from matcher.pages.showing import go, room, show
from matcher.pages.sign_in.guards import network
from matcher.services.access import pace_access

pages = own_pages("my_pace_door")


@pages.get("/code")
def ask(token: str) -> Response:
    """One button; changes nothing (CARE 9)."""
    return _page("ask.html", token)


@pages.post("/code")
def send(token: str) -> Response:
    """Send the digits to where they are always written to."""
    pace_access.ask_code(room().outside, token, network())
    return go(url_for("my_pace_door.wait", token=token, sent=1))


@pages.get("/digits")
def wait(token: str) -> Response:
    """Where the digits are typed."""
    return _page("digits.html", token)


@pages.post("/digits")
def enter(token: str) -> Response:
    """Open the pages, if the digits are right."""
    try:
        visit = pace_access.give_code(room().outside, token, request.form.get("code", ""), network())
    except InvalidInput:
        return _page("digits.html", token, status=HTTPStatus.UNPROCESSABLE_ENTITY, refused=True)
    return keep(go(url_for("my_pace.look", token=token)), visit)


@pages.post("/leave")
def leave(token: str) -> Response:
    """Close the pages in this browser."""
    with room().outside.database.writing() as session:
        pace_access.leave(session, visit_token())
    return keep(_page("left.html", token), "")


def _page(template: str, token: str, *, status: int = HTTPStatus.OK, refused: bool = False) -> Response:
    with room().outside.database.reading() as session:
        door = pace_access.door(session, token)
        pause_at = pace_access.known_pause_path(session, door.person_id)
    return show(
        f"my_pace/{template}", language=door.language, status=status, token=token, refused=refused, pause_at=pause_at,
    )  # fmt: skip
