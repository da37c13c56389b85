"""The front page: what this is, in a few calm sentences."""

from __future__ import annotations

from flask import Blueprint, Response

from matcher.pages.showing import room, show

pages = Blueprint("front", __name__)


@pages.get("/")
def front() -> Response:
    """What Matcher is, and where to read on."""
    return show("front.html", keeps_letters=room().mail_folder is not None)
