"""The ways mail leaves, chosen by one setting: `maildir:PATH`, `smtp://`, `smtp+starttls://` or `smtps://`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from matcher.domain.errors import SettingError
from matcher.domain.ports import Clock, Mailer
from matcher.mail.maildir import MaildirMailer
from matcher.mail.smtp import Security, SmtpMailer, SmtpServer

TIMEOUT_SECONDS: Final = (
    20.0  # for each step; a lease of a running event is renewed meanwhile (judgement, 2026-11)
)
# RFC 5321 (25), RFC 8314 (465), RFC 6409 (587).
DEFAULT_PORTS: Final = {Security.none: 25, Security.tls: 465, Security.starttls: 587}

_SHAPES: Final = "maildir:PATH, smtp://[user:password@]host[:port], smtp+starttls://… or smtps://…"


def _now() -> datetime:
    return datetime.now(UTC)


def make_mailer(url: str, *, timeout_seconds: float = TIMEOUT_SECONDS, clock: Clock = _now) -> Mailer:
    """The mailer for a setting; nothing is opened yet.

    Raises
    ------
    SettingError
        With one line that says what would be right, and never repeats a password.
    """
    scheme, _, rest = url.partition(":")
    if scheme == "maildir":
        if not rest or "\0" in rest:
            raise SettingError("MATCHER_MAIL_URL names no folder; it must look like maildir:var/mail.")
        return MaildirMailer(Path(rest), clock)
    if scheme not in tuple(Security):
        raise SettingError(f"MATCHER_MAIL_URL must be one of {_SHAPES}.")
    return SmtpMailer(_smtp_server(url, timeout_seconds), clock)


def _smtp_server(url: str, timeout_seconds: float) -> SmtpServer:
    parts = _split(url)
    username = None if parts.username is None else unquote(parts.username)
    password = None if parts.password is None else unquote(parts.password)
    _require(bool(parts.hostname), "names no host")
    _require(
        parts.path in ("", "/") and not parts.query and not parts.fragment, "holds more than host and port"
    )
    _require(bool(username) == bool(password), "needs both a user and a password, or neither")
    _require(f"{username}{password}".isascii(), "must have user and password in ASCII")
    security = Security(parts.scheme)
    return SmtpServer(
        host=parts.hostname or "",
        port=parts.port or DEFAULT_PORTS[security],
        security=security,
        timeout_seconds=timeout_seconds,
        username=username or None,
        password=password or None,
    )


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _require(parts.port != 0, "has a wrong port")
        (parts.hostname or "").encode("idna")
    except (
        ValueError
    ):  # a port that is no number, brackets that do not close, a host no name service could hold
        raise SettingError(
            f"MATCHER_MAIL_URL has a wrong host or port; it must be one of {_SHAPES}."
        ) from None
    return parts


def _require(right: bool, what: str) -> None:
    if not right:
        raise SettingError(f"MATCHER_MAIL_URL {what}; it must be one of {_SHAPES}.")
