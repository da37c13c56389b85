"""What every form stands behind: one signed cookie, a token against forged forms, and a limit on how often."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from flask import Blueprint, Flask, request
from flask_limiter import Limiter
from flask_wtf.csrf import CSRFProtect

from matcher.domain.network import network_of
from matcher.services.outside import Outside

# Posts from one network address. Judgement, 2026-11: a whole office behind one address signs in within some minutes;
# the tries for one account are counted far more strictly, in the database.
LIMITS: Final = "30 per minute; 300 per hour"
PAGE_MAX_BYTES: Final = 256 * 1024  # judgement, 2026-11: several times the longest form of all
FORM_MAX_BYTES: Final = 16 * 1024  # judgement, 2026-11: far more than the longest form of signing in
REDIS_SECONDS_MAX: Final = 1  # judgement, 2026-11: rather count in memory than keep somebody waiting

# Where the link is the authority there is neither cookie nor token (ARCHITECTURE §6); the API takes keys alone. A language
# forged from elsewhere harms nobody, and the front page needs no session for it.
_WITHOUT_TOKEN: Final = frozenset({
    "language",
    "invitation", "pause", "my_pace_door", "my_pace", "my_pace_subject", "my_pace_close", "my_pace_record",
})  # fmt: skip
_API: Final = "/v1/"


def install(app: Flask, outside: Outside, blueprints: Iterable[Blueprint], *, redis_url: str | None) -> None:
    """Guard an application's forms. `blueprints` are those of signing in, which the limits and the size hold for."""
    limited = tuple(blueprints)
    _set_cookie(app, outside)
    _refuse_forged(app, frozenset(blueprint.name for blueprint in limited))
    limiter = Limiter(
        network,
        app=app,
        storage_uri=_storage(redis_url),
        storage_options={"socket_connect_timeout": REDIS_SECONDS_MAX, "socket_timeout": REDIS_SECONDS_MAX}
        if redis_url
        else {},
        key_prefix="matcher",
        in_memory_fallback_enabled=True,
    )
    for blueprint in limited:
        limiter.limit(LIMITS, methods=["POST"])(blueprint)


def network() -> str:
    """The network a request comes from."""
    return network_of(request.remote_addr)


def _set_cookie(app: Flask, outside: Outside) -> None:
    """The one cookie: it holds a random token whose meaning lies in the database, and the secret of the forms."""
    app.config["SECRET_KEY"], *app.config["SECRET_KEY_FALLBACKS"] = outside.database.keyring.derived("flask")
    https = outside.base_url.startswith("https:")
    app.config.update(
        SESSION_COOKIE_NAME="__Host-matcher" if https else "matcher",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_DOMAIN=None,
    )


def _refuse_forged(app: Flask, small: frozenset[str]) -> None:
    app.config.update(
        MAX_CONTENT_LENGTH=PAGE_MAX_BYTES,
        WTF_CSRF_CHECK_DEFAULT=False,  # checked below
        WTF_CSRF_TIME_LIMIT=None,  # as long as the cookie: nobody is hurried through a form
        WTF_CSRF_SSL_STRICT=False,  # it asks for a Referer, which our pages tell browsers not to send (CARE 26)
    )
    csrf = CSRFProtect(app)

    @app.before_request
    def check() -> None:
        if request.blueprint in small:
            request.max_content_length = FORM_MAX_BYTES
        needs_none = request.blueprint in _WITHOUT_TOKEN or request.path.startswith(_API)
        if request.endpoint is not None and not needs_none:
            csrf.protect()


def _storage(redis_url: str | None) -> str:
    if redis_url is None:
        return "memory://"
    return redis_url.replace("unix://", "redis+unix://", 1) if redis_url.startswith("unix:") else redis_url
