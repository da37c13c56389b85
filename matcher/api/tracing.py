"""One line of the log a request, under an id of its own that its events and letters carry on; never an address or a word of it."""

from __future__ import annotations

import time
import uuid
from typing import Any, Final

import structlog
from flask import Flask, Response, g, request

from matcher.domain.errors import kind_and_place
from matcher.storage.outbox import ORIGIN

QUIET: Final = frozenset(
    {"/livez", "/readyz", "/metrics"}
)  # asked every few seconds; a line each would drown the rest

log = structlog.get_logger()


class TracedFlask(Flask):
    """An application whose log says of an unforeseen error no more than its kind and place (CARE 22, 25).

    Flask's own line holds the path, which may be a link, and the words of the error, which may be anybody's.
    """

    def log_exception(self, exc_info: Any) -> None:
        """One line instead of the path, the traceback and the words."""
        log.error("request.failed", error=kind_and_place(exc_info[1]))


def trace(app: Flask) -> None:
    """Give each request an id, and log its method, its route (never its path: that may hold a link), status and time."""

    def begin() -> None:
        g.began = time.monotonic()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(**{ORIGIN: str(uuid.uuid4())})

    def end(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule is not None else None
        if route not in QUIET:
            took = round((time.monotonic() - g.get("began", time.monotonic())) * 1000)
            log.info(
                "request", method=request.method, route=route, status=response.status_code, milliseconds=took
            )
        return response

    app.before_request_funcs.setdefault(None, []).insert(0, begin)
    app.after_request(end)
