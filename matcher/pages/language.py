"""The language of the pages for staff and of the front page, chosen in this browser for whoever does not want its own."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from flask import Blueprint, Response, request

from matcher.domain.values import Language
from matcher.pages.showing import LANGUAGE_COOKIE, go, room
from matcher.pages.sign_in.access import local_page

KEPT: Final = timedelta(days=365)

pages = Blueprint("language", __name__)


@pages.post("/language")
def choose() -> Response:
    """Keep the choice in a cookie of this browser, nowhere else, and go back; what is no language of ours changes nothing."""
    response, wanted = go(local_page(request.form.get("back", "")) or "/"), request.form.get("language", "")
    if wanted in tuple(Language):
        response.set_cookie(
            LANGUAGE_COOKIE,
            wanted,
            max_age=int(KEPT.total_seconds()),
            secure=room().outside.base_url.startswith("https:"),
            httponly=True,
            samesite="Lax",
        )
    return response
