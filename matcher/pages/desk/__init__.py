"""The desk of those who accompany people: what is on today, one person, asking what there is for them, the team."""

from __future__ import annotations

from flask import Flask, Response, request

from matcher.pages.desk import (
    agreements,
    apart,
    asking,
    comfort,
    deeds,
    glass,
    introductions,
    people,
    person,
    record,
    team,
    today,
    words,
)
from matcher.pages.desk.intake import changing, filling
from matcher.pages.desk.looks import note_reading

__all__ = ["install"]


def install(app: Flask) -> None:
    """Add the desk to an application."""
    said = (filling, changing, agreements, apart, introductions, comfort)
    views = (today, people, person, deeds, asking, record, glass, team, words, *said)
    for blueprint in (view.pages for view in views):
        app.register_blueprint(blueprint)
    names = frozenset(view.pages.name for view in views)

    @app.after_request
    def note(response: Response) -> Response:
        return note_reading(response) if request.blueprint in names else response
