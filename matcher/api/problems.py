"""Every refusal under /v1 as a problem document (RFC 9457): what went wrong, where, and what would be right."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

import structlog
from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError

from matcher.api.forms.times import written_moment
from matcher.domain.errors import (
    AddressNotFound,
    Conflict,
    InvalidInput,
    MatcherError,
    NotAllowed,
    NotFound,
    NotSignedIn,
    TemporarilyUnavailable,
    TooManyTries,
    VersionMismatch,
    kind_and_place,
)
from matcher.domain.values import is_id

PREFIX: Final = "/v1/"
MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_SECONDS: Final = 5  # judgement, 2026-11: about as long as a lock is waited for
RETRY_AFTER_LIMIT_SECONDS: Final = 60  # the window of `matcher.api.limits`

STATUS_OF: Final[dict[type[MatcherError], HTTPStatus]] = {
    InvalidInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    AddressNotFound: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotSignedIn: HTTPStatus.UNAUTHORIZED,
    NotAllowed: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    VersionMismatch: HTTPStatus.PRECONDITION_FAILED,
    TooManyTries: HTTPStatus.TOO_MANY_REQUESTS,
    TemporarilyUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}

# Said in our own words, where the framework's would speak of servers and URLs.
_WORDS: Final = {
    HTTPStatus.NOT_FOUND: "There is nothing at this address.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address does not take this method; `Allow` names those it takes.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "Send the body as application/json.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many calls in a short time; wait a moment.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong on our side; nothing was saved.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Something needed is out of reach for now; try again shortly.",
}

log = structlog.get_logger()

Elsewhere = Callable[[Exception], ResponseReturnValue]


def install(app: Flask, elsewhere: Elsewhere | None = None) -> None:
    """Answer errors under /v1 with problem documents; `elsewhere` answers those of every other path."""

    def handle(error: Exception) -> ResponseReturnValue:
        if request.path.startswith(PREFIX):
            return problem_of(error)
        if elsewhere is not None:
            return elsewhere(error)
        return error if isinstance(error, HTTPException) else InternalServerError()

    for kind in (MatcherError, HTTPException, OperationalError, DataError, PoolTimeout):
        app.register_error_handler(kind, handle)


def problem_of(error: Exception) -> Response:
    """The problem document of an error; of anything unforeseen it says nothing but that it happened."""
    if isinstance(error, MatcherError):
        return _of_ours(error)
    if isinstance(error, OperationalError | PoolTimeout):
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, headers=_retry())
    if isinstance(error, DataError):
        return problem(_of_what_no_database_holds(error))
    if isinstance(error, HTTPException) and error.code is not None:
        status = HTTPStatus(error.code)
        kept = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
        if status is HTTPStatus.TOO_MANY_REQUESTS:
            kept.setdefault("Retry-After", str(RETRY_AFTER_LIMIT_SECONDS))
        own = error.description if error.description != type(error).description else None
        return problem(status, own or _WORDS.get(status) or error.description, headers=kept)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR)


def _of_what_no_database_holds(error: DataError) -> HTTPStatus:
    """What is no id belongs to nobody; anything else that cannot be held is the caller's, or ours: the log says where."""
    log.error("request.unfit", error=kind_and_place(error))
    ids = [value for name, value in (request.view_args or {}).items() if name.endswith("_id")]
    return HTTPStatus.BAD_REQUEST if all(map(is_id, ids)) else HTTPStatus.NOT_FOUND


def problem(
    status: HTTPStatus, detail: str | None = None, *, headers: dict[str, str] | None = None, **more: Any
) -> Response:
    """One problem document."""
    body = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail or _WORDS.get(status, status.phrase),
        **more,
    }
    response = Response(json.dumps(body), status.value, mimetype=MEDIA_TYPE)
    response.headers.update(headers or {})
    response.headers["Cache-Control"] = "no-store"
    return response


def _of_ours(error: MatcherError) -> Response:
    status = next(
        (STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF),
        HTTPStatus.INTERNAL_SERVER_ERROR,
    )
    headers: dict[str, str] = {}
    more: dict[str, Any] = {}
    if isinstance(error, InvalidInput):
        more["errors"] = [{"pointer": one.pointer, "detail": one.detail} for one in error.problems]
    if isinstance(error, Conflict):
        more["code"] = error.code
        if error.from_at is not None:
            more["from"] = written_moment(error.from_at)
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="matcher"'
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers = _retry()
    if isinstance(error, TooManyTries):
        more["from"] = written_moment(error.until)
        headers["Retry-After"] = str(RETRY_AFTER_LIMIT_SECONDS)
    ours = status is HTTPStatus.INTERNAL_SERVER_ERROR
    if ours:  # the answer says nothing of it
        log.error("request.failed", error=kind_and_place(error))
    said = None if ours else str(error)
    return problem(status, said, headers=headers, **more)


def _retry() -> dict[str, str]:
    return {"Retry-After": str(RETRY_AFTER_SECONDS)}
