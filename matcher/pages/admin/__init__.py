"""The admin's pages: organisations, teams, who signs in, openings, the trail, and how Matcher is running."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask

from matcher.pages.admin import organisations, sign_ins, teams, trail, upkeep
from matcher.services.upkeep.health import Check

__all__ = ["install"]


def install(app: Flask, checks: Mapping[str, Check]) -> None:
    """Add the pages to an application; `checks` look at parts that are wired elsewhere."""
    app.extensions[upkeep.CHECKS] = dict(checks)
    for blueprint in (organisations.pages, teams.pages, sign_ins.pages, trail.pages, upkeep.pages):
        app.register_blueprint(blueprint)
