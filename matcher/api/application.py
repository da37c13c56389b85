"""Puts the API into an application: its calls, its refusals and its description."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any, Final

from flask import Flask

from matcher.api import matches, opportunities, people, problems, staff
from matcher.api.calls import EXTENSION
from matcher.api.description import describe, document_of
from matcher.api.limits import limit_calls
from matcher.services.outside import Outside

BLUEPRINTS: Final = (staff.routes, opportunities.routes, people.routes, matches.routes)


def add_to(app: Flask, outside: Outside | None, elsewhere: problems.Elsewhere | None = None) -> None:
    """Add the API; without `outside` it can only be described. `elsewhere` answers errors outside `/v1`."""
    app.extensions[EXTENSION] = outside
    api = describe(app, version("matcher"))
    limit_calls(app, BLUEPRINTS)
    for blueprint in BLUEPRINTS:
        api.register_blueprint(blueprint)
    problems.install(app, elsewhere)


def openapi_document() -> dict[str, Any]:
    """The OpenAPI document, without anything running."""
    app = Flask("matcher", static_folder=None)
    add_to(app, None)
    return document_of(app)
