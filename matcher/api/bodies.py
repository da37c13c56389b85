"""What a call sends back: a document as JSON, with its version where somebody may change it."""

from __future__ import annotations

import hashlib
import json
from http import HTTPStatus
from typing import Any

from flask import Response

Body = dict[str, Any]


def versioned(shown: Body, status: HTTPStatus) -> Response:
    """A document with its version, for `If-Match` and `If-None-Match`."""
    response = plain(shown, status)
    response.set_etag(etag_of(shown))
    return response


def plain(body: Body, status: HTTPStatus) -> Response:
    """A document that has no version, such as a list."""
    response = Response(_text(body), status.value, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def etag_of(shown: Body) -> str:
    """The version of what is shown: a hash of it."""
    return hashlib.sha256(_text(shown).encode()).hexdigest()[:32]


def _text(body: Body) -> str:
    return json.dumps(body, ensure_ascii=False)
