"""The desk of those who accompany people: what is on today, one person, asking what there is for them, the team."""

from __future__ import annotations

from flask import Flask

from matcher.pages.desk import (
    agreements,
    apart,
    asking,
    comfort,
    deeds,
    glass,
    introductions,
    person,
    record,
    team,
    today,
)
from matcher.pages.desk.intake import changing, filling

__all__ = ["install"]


def install(app: Flask) -> None:
    """Add the desk to an application."""
    said = (filling, changing, agreements, apart, introductions, comfort)
    views = (today, person, deeds, asking, record, glass, team, *said)
    for blueprint in (view.pages for view in views):
        app.register_blueprint(blueprint)
