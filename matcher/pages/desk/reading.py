"""Whoever is looked at on a page of the desk stands in the trail, whichever page it is (CARE 23)."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, request

from matcher.domain.audit import Act
from matcher.pages.showing import room
from matcher.pages.sign_in import current
from matcher.services.audit import auditing

# A page, or the same with what stood in the way of what was just tried.
_SHOWN = frozenset({HTTPStatus.OK, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY})


def note_reading(response: Response) -> Response:
    """After a view and before the answer goes out: one line for the person in the page's address."""
    person_id = (request.view_args or {}).get("person_id")
    reader = current() if person_id and response.mimetype == "text/html" else None
    if reader is not None and response.status_code in _SHOWN:
        outside = room().outside
        about = f"person:{person_id}"
        auditing.note_reading(
            outside.database, Act.person_read, outside.clock(), about=about, by=reader.caller
        )
    return response
