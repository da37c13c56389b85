"""The HTTP API and its JSON forms: thin; everything it does is a service's."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from matcher.services.outside import Outside


def register(app: Flask, outside: Outside) -> None:
    """Add `/v1`, `/openapi.json` and `/docs` to an application; errors outside `/v1` are left to others."""
    from matcher.api.application import add_to  # noqa: PLC0415 - `matcher score` reads the forms without a web server

    add_to(app, outside)
