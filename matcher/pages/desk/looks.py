"""Every look at somebody, or at a first contact still being written down, stands in the trail (CARE 23)."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, request

from matcher.domain.audit import Act
from matcher.pages.showing import room
from matcher.pages.sign_in import current
from matcher.services.access.keys import Caller
from matcher.services.audit import auditing

# A page, or the same with what stood in the way of what was just tried.
_SHOWN = frozenset({HTTPStatus.OK, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY})


def note_reading(response: Response) -> Response:
    """After a view and before the answer goes out: one line for the person in the page's address."""
    person_id = (request.view_args or {}).get("person_id")
    reader = current() if person_id and response.mimetype == "text/html" else None
    if reader is not None and response.status_code in _SHOWN:
        _note(Act.person_read, f"person:{person_id}", by=reader.caller)
    return response


def intake_was_read(draft_id: str) -> None:
    """A first contact that is still being written down."""
    _note(Act.intake_read, f"intake:{draft_id}")


def intakes_were_listed() -> None:
    """What the team has begun."""
    _note(Act.intakes_listed, "intakes")


def _note(act: Act, about: str, *, by: Caller | None = None) -> None:
    outside = room().outside
    auditing.note_reading(outside.database, act, outside.clock(), about=about, by=by)
