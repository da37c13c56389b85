"""The HTTP API and its JSON forms: thin; everything it does is a service's."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.typing import ResponseReturnValue

    from matcher.services.outside import Outside


def register(
    app: Flask, outside: Outside, elsewhere: Callable[[Exception], ResponseReturnValue] | None = None
) -> None:
    """Add `/v1`, `/openapi.json` and `/docs` to an application.

    Handlers of errors are the application's, not a blueprint's: `elsewhere` answers those outside `/v1`. Call this after
    whatever else installs handlers.
    """
    from matcher.api.application import add_to  # noqa: PLC0415 - `matcher score` reads the forms without a web server

    add_to(app, outside, elsewhere)
