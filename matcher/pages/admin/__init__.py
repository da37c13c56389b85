"""The admin's pages: which organisations may be matched, what got stuck, and how Matcher is running."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask

from matcher.pages.admin import views
from matcher.services.health import Check

__all__ = ["install"]


def install(app: Flask, checks: Mapping[str, Check]) -> None:
    """Add the pages to an application; `checks` look at parts that are wired elsewhere."""
    app.extensions[views.CHECKS] = dict(checks)
    app.register_blueprint(views.pages)
