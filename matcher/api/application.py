"""Puts the API into an application: its calls, its refusals and its description."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from typing import Any, Final

from flask import Flask

from matcher.api import (
    description,
    imports,
    lacking,
    matches,
    opportunities,
    people,
    privacy,
    problems,
    staff,
)
from matcher.api.calls import EXTENSION
from matcher.api.limits import limit_calls
from matcher.services.outside import Outside

BLUEPRINTS: Final = (
    staff.routes,
    opportunities.routes,
    imports.routes,
    people.routes,
    matches.routes,
    lacking.routes,
    privacy.routes,
)


def add_to(app: Flask, outside: Outside, elsewhere: problems.Elsewhere | None = None) -> None:
    """Add the API. `elsewhere` answers errors outside `/v1`."""
    app.extensions[EXTENSION] = outside
    limit_calls(app, BLUEPRINTS)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.register_blueprint(description.pages(openapi_document))
    problems.install(app, elsewhere)


@cache
def openapi_document() -> dict[str, Any]:
    """The OpenAPI document, without anything running."""
    return description.openapi_document(version("matcher"), BLUEPRINTS)
