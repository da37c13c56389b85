"""What a reader sees when a page cannot be shown: plain words, nothing of what went on inside, and what to do now."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from flask import Flask, Response
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from matcher.domain.errors import Conflict, InvalidInput, MatcherError, NotFound, TemporarilyUnavailable
from matcher.pages.showing import show

RETRY_AFTER_SECONDS: Final = 5  # judgement, 2026-11: about as long as a lock is waited for

_STATUS_OF: Final[tuple[tuple[type[Exception], HTTPStatus], ...]] = (
    (NotFound, HTTPStatus.NOT_FOUND),
    (InvalidInput, HTTPStatus.UNPROCESSABLE_ENTITY),
    (Conflict, HTTPStatus.CONFLICT),
    (TemporarilyUnavailable, HTTPStatus.SERVICE_UNAVAILABLE),
    (OperationalError, HTTPStatus.SERVICE_UNAVAILABLE),
    (PoolTimeout, HTTPStatus.SERVICE_UNAVAILABLE),
)
_TEMPLATES: Final = {
    HTTPStatus.NOT_FOUND: "errors/not_found.html",
    HTTPStatus.SERVICE_UNAVAILABLE: "errors/busy.html",
    HTTPStatus.TOO_MANY_REQUESTS: "errors/busy.html",
}
_KEPT_HEADERS: Final = ("Allow", "Retry-After")


def install(app: Flask) -> None:
    """Answer every error of the application with a page."""
    for kind in (HTTPException, MatcherError, OperationalError, PoolTimeout):
        app.register_error_handler(kind, _answer)


def error_page(error: Exception) -> Response:
    """The page of an error; of anything unforeseen it says nothing but that it happened."""
    status = _status(error)
    usual = "errors/ours.html" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "errors/unread.html"
    response = show(_TEMPLATES.get(status, usual), status=status)
    if isinstance(error, HTTPException):
        kept = [(name, value) for name, value in error.get_headers() if name in _KEPT_HEADERS]
        response.headers.update(kept)
    elif status is HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def _answer(error: Exception) -> ResponseReturnValue:
    return error_page(error)


def _status(error: Exception) -> HTTPStatus:
    if isinstance(error, HTTPException):
        return HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    return next(
        (status for kind, status in _STATUS_OF if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR
    )
