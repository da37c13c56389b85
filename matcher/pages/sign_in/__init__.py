"""Signing in on pages, one's own account, and the door that every page for signed-in people stands behind."""

from __future__ import annotations

from flask import Flask

from matcher.pages.sign_in import account, entering, guards
from matcher.pages.sign_in.access import current, required, signed_in
from matcher.services.outside import Outside

__all__ = ["current", "install", "signed_in"]


def install(app: Flask, outside: Outside, *, redis_url: str | None) -> None:
    """Add the pages of signing in to an application, and guard all of its forms."""
    blueprints = (entering.pages, account.pages)
    guards.install(app, outside, blueprints, redis_url=redis_url)
    app.jinja_env.globals["reader"] = required  # asked by the frame of signed-in pages
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
