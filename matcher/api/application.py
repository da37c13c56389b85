"""Puts the API into an application: its calls, its refusals and its description."""

from __future__ import annotations

from flask import Flask

from matcher.api import matches, opportunities, people, problems, staff
from matcher.api.calls import EXTENSION, Context
from matcher.api.description import describe


def create_api(
    app: Flask, context: Context, *, version: str = "1", elsewhere: problems.Elsewhere | None = None
) -> None:
    """Add `/v1`, `/openapi.json` and `/docs` to an application.

    `elsewhere` answers errors outside `/v1` (handlers of an application are shared by everything in it).
    """
    app.extensions[EXTENSION] = context
    api = describe(app, version)
    for blueprint in (staff.routes, opportunities.routes, people.routes, matches.routes):
        api.register_blueprint(blueprint)
    problems.install(app, elsewhere)
