"""The desk of those who accompany people: what is on today, one person, and asking what there is for them."""

from __future__ import annotations

from flask import Flask

from matcher.pages.desk import asking, deeds, person, record, today

__all__ = ["install"]


def install(app: Flask) -> None:
    """Add the desk to an application."""
    for blueprint in (today.pages, person.pages, deeds.pages, asking.pages, record.pages):
        app.register_blueprint(blueprint)
