"""The API described: an OpenAPI 3.1 document at `/openapi.json`, and a page to read it at `/docs`, all served from here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from importlib.resources import files
from typing import Any, Final

from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Blueprint, Flask, Response, send_from_directory
from flask_smorest import Api
from flask_smorest import Blueprint as DescribedBlueprint
from marshmallow import Schema
from werkzeug.wrappers import Response as AnyResponse

from matcher.services.access.keys import Role

OPENAPI_VERSION: Final = "3.1.0"

# Swagger UI writes style attributes; everything else comes from this server alone (CARE 26).
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Matcher API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="/docs/favicon-32x32.png">
<div id="swagger-ui"></div>
<noscript><p>This page needs JavaScript. The description itself is at <a href="/openapi.json">/openapi.json</a>.</p></noscript>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</html>
"""
_START: Final = """SwaggerUIBundle({url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null});
"""
_ASSETS: Final = ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png")


class DescribedApi(Api):  # type: ignore[misc]
    """flask-smorest for the description alone: refusals are `matcher.api.problems`'s."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """Leave the application's error handlers as they are: smorest's would answer pages in JSON too."""

    def _register_responses(self) -> None:
        """Each route states its own refusals."""

    def _register_pagination_header(self) -> None:
        """Lists say in their body where they go on."""


def openapi_document(version: str, blueprints: Iterable[DescribedBlueprint]) -> dict[str, Any]:
    """The OpenAPI document of these blueprints, worked out in an application of its own that serves nobody."""
    app = Flask("matcher", static_folder=None)
    options = {
        "info": {
            "description": "Finds people a next step that is near, small and quiet enough, and asks gently."
        },
        "servers": [{"url": "/"}],
    }
    app.config.update(API_TITLE="Matcher", API_VERSION=version, OPENAPI_VERSION=OPENAPI_VERSION)
    api = DescribedApi(
        app, spec_kwargs={"marshmallow_plugin": MarshmallowPlugin(schema_name_resolver=_name), **options}
    )
    for role in Role:
        scheme = {"type": "http", "scheme": "bearer", "description": f"The key of an {role}."}
        api.spec.components.security_scheme(str(role), scheme)
    for blueprint in blueprints:
        api.register_blueprint(blueprint)
    found: dict[str, Any] = api.spec.to_dict()
    return found


def _name(schema: type[Schema] | Schema | str) -> str:
    """`PersonForm` is `Person` in the document, and `PersonPatch` where any part of it may be sent."""
    kind = schema if isinstance(schema, type) else type(schema)
    partly = isinstance(schema, Schema) and bool(schema.partial)
    return kind.__name__.removesuffix("Form") + ("Patch" if partly else "")


def pages(document: Callable[[], dict[str, Any]]) -> Blueprint:
    """`/openapi.json` and `/docs`. The document is worked out when it is first asked for: a start need not wait for it."""
    pages = Blueprint("description", __name__)
    assets = files("flask_swagger_ui") / "dist"

    @pages.get("/openapi.json")
    def openapi() -> Response:
        return Response(json.dumps(document()), mimetype="application/json")

    @pages.get("/docs")
    def docs() -> Response:
        return Response(_PAGE, mimetype="text/html", headers={"Content-Security-Policy": _POLICY})

    @pages.get("/docs/start.js")
    def start() -> Response:
        return Response(_START, mimetype="text/javascript")

    @pages.get("/docs/<asset>")
    def asset(asset: str) -> AnyResponse:
        return send_from_directory(str(assets), asset if asset in _ASSETS else "none")

    return pages
