"""My pace: somebody's own pages, behind a code to their own channel: what we go by, to look at and to change."""

from __future__ import annotations

from flask import Flask

from matcher.pages.my_pace import coming_in, people_close, record, subjects
from matcher.pages.my_pace.home import pages

__all__ = ["install"]


def install(app: Flask) -> None:
    """Add the pages to an application."""
    for blueprint in (coming_in.pages, pages, subjects.pages, people_close.pages, record.pages):
        app.register_blueprint(blueprint)
