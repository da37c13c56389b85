"""How often one key may call: far above any real use, low enough that a program gone wild does not starve the others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from flask import Blueprint, Flask, request
from flask_limiter import Limiter

from matcher.api.calls import who_calls
from matcher.domain.errors import NotSignedIn
from matcher.domain.network import network_of

# Judgement, 2026-11: a hundred calls a second. Counted in each process by itself, so it needs no store of its own.
CALLS: Final = "6000 per minute"


def limit_calls(app: Flask, blueprints: Iterable[Blueprint], calls: str = CALLS) -> None:
    """Refuse calls beyond `calls` with 429; every key, and every network without a valid one, is counted by itself."""
    limiter = Limiter(_caller, storage_uri="memory://", strategy="fixed-window")
    for blueprint in blueprints:
        limiter.shared_limit(calls, scope="api")(blueprint)
    limiter.init_app(app)


def _caller() -> str:
    """The key, however it was written, or the network: a key that nobody was given is no name to count under."""
    try:
        return f"key:{who_calls().key_id}"
    except NotSignedIn:
        return f"network:{network_of(request.remote_addr)}"
