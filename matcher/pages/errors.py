"""What a reader sees when a page cannot be shown: plain words, nothing of what went on inside, and what to do now."""

from __future__ import annotations

import math
from datetime import timedelta
from http import HTTPStatus
from typing import Final

import structlog
from flask import Flask, Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from matcher.domain.errors import (
    Conflict,
    FreshCodeNeeded,
    InvalidInput,
    MatcherError,
    NotAllowed,
    NotFound,
    NotSignedIn,
    TemporarilyUnavailable,
    TooManyTries,
    kind_and_place,
)
from matcher.pages.showing import room, show
from matcher.pages.sign_in.access import first_page, local_page, way_back

WORTH_KEEPING: Final = (
    8  # characters; judgement, 2026-11: the shortest sentence of somebody who writes in Japanese
)
RETRY_AFTER_SECONDS: Final = 5  # judgement, 2026-11: about as long as a lock is waited for

_STATUS_OF: Final[tuple[tuple[type[Exception], HTTPStatus], ...]] = (
    (NotFound, HTTPStatus.NOT_FOUND),
    (NotAllowed, HTTPStatus.FORBIDDEN),
    (InvalidInput, HTTPStatus.UNPROCESSABLE_ENTITY),
    (Conflict, HTTPStatus.CONFLICT),
    (TemporarilyUnavailable, HTTPStatus.SERVICE_UNAVAILABLE),
    (OperationalError, HTTPStatus.SERVICE_UNAVAILABLE),
    (DataError, HTTPStatus.BAD_REQUEST),  # what no database can hold, and no form of ours sends
    (PoolTimeout, HTTPStatus.SERVICE_UNAVAILABLE),
)
_TEMPLATES: Final = {
    HTTPStatus.FORBIDDEN: "errors/not_allowed.html",
    HTTPStatus.NOT_FOUND: "errors/not_found.html",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "errors/too_large.html",
    HTTPStatus.SERVICE_UNAVAILABLE: "errors/busy.html",
}
STAFF_PAGES: Final = ("/desk", "/portal", "/admin", "/account")
_KEPT_HEADERS: Final = ("Allow", "Retry-After")


log = structlog.get_logger()


def install(app: Flask) -> None:
    """Answer every error of the application with a page."""
    for kind in (HTTPException, MatcherError, OperationalError, DataError, PoolTimeout):
        app.register_error_handler(kind, _answer)


def error_page(error: Exception) -> Response:
    """The page of an error; of anything unforeseen it says nothing but that it happened.

    Whoever has to sign in first, or to show a fresh code, is led there and back.
    """
    if isinstance(error, NotSignedIn | FreshCodeNeeded):
        if request.method == "POST" and isinstance(error, NotSignedIn) and request.blueprint != "sign_in":
            return _signed_out()
        return way_back(error)
    if isinstance(error, TooManyTries):
        return _pause(error.until - room().outside.clock())
    if isinstance(error, RateLimitExceeded):
        return _pause(timedelta(seconds=error.limit.limit.get_expiry()))
    if isinstance(error, Conflict | CSRFError):
        old = isinstance(error, CSRFError)
        template, status = ("form", HTTPStatus.BAD_REQUEST) if old else ("changed", HTTPStatus.CONFLICT)
        return show(f"errors/{template}.html", status=status, written=written(), page=page_before())
    return _page(error)


def written() -> list[str]:
    """What somebody wrote at length into the form that was not taken: shown once more, so that it is not lost."""
    if request.blueprint == "sign_in":
        return []
    try:
        form = request.form
    except HTTPException:  # too large, or nothing that can be read
        return []
    texts = [text for name, text in form.items(multi=True) if "password" not in name]
    return [text for text in texts if len(text) >= WORTH_KEEPING and not _is_a_token(text)]


def _signed_out() -> Response:
    """Whoever did something while their sign-in ended hears that it was not done, gets what they wrote, and the way on."""
    sign_in = url_for("sign_in.ask", next=page_before())
    return show("errors/signed_out.html", status=HTTPStatus.UNAUTHORIZED, written=written(), sign_in=sign_in)


def _is_a_token(text: str) -> bool:
    """What a form carries for the program's sake holds neither a space nor a sign beyond ASCII."""
    return text.isascii() and " " not in text


def page_before() -> str:
    """The page that a form most likely stood on: at its address, or the nearest one above it."""
    path = request.path
    while path.strip("/"):
        if page := local_page(path):
            return page
        path = path.rstrip("/").rpartition("/")[0]
    return "/"


def _pause(wait: timedelta) -> Response:
    """The next try has to wait: how long, in words and for programs."""
    seconds = max(1, math.ceil(wait.total_seconds()))
    minutes = math.ceil(seconds / 60)
    said = timedelta(seconds=seconds) if minutes == 1 else timedelta(minutes=minutes)
    response = show("errors/pause.html", status=HTTPStatus.TOO_MANY_REQUESTS, wait=said)
    response.headers["Retry-After"] = str(seconds)
    return response


def _page(error: Exception) -> Response:
    status = _status(error)
    if isinstance(error, DataError):  # the reader's, or ours: the log says where
        log.error("request.unfit", error=kind_and_place(error))
    if status is HTTPStatus.INTERNAL_SERVER_ERROR and isinstance(error, MatcherError):
        log.error("request.failed", error=kind_and_place(error))  # the page says nothing of it
    usual = "errors/ours.html" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "errors/unread.html"
    for_staff = status is HTTPStatus.NOT_FOUND and request.path.startswith(STAFF_PAGES)
    response = show(_TEMPLATES.get(status, usual), status=status, home=first_page() if for_staff else None)
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
