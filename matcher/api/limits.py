"""How often one key may call: far above any real use, low enough that a program gone wild does not starve the others."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

from flask import Blueprint, Flask, request
from flask_limiter import Limiter

# Judgement, 2026-11: a hundred calls a second. Counted in each process by itself, so it needs no store of its own.
CALLS: Final = "6000 per minute"


def limit_calls(app: Flask, blueprints: Iterable[Blueprint], calls: str = CALLS) -> None:
    """Refuse calls beyond `calls` with 429; every key, and every address without one, is counted by itself."""
    limiter = Limiter(_caller, storage_uri="memory://", strategy="fixed-window")
    for blueprint in blueprints:
        limiter.shared_limit(calls, scope="api")(blueprint)
    limiter.init_app(app)


def _caller() -> str:
    """A hash of the key, or the address: keys are kept nowhere, not even in memory."""
    key = request.headers.get("Authorization")
    if not key:
        return f"address:{request.remote_addr}"
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
