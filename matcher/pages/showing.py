"""How every page is shown: in one language, under one strict set of headers, with help one tap away."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache, partial
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from babel.core import negotiate_locale
from flask import Blueprint, Response, current_app, redirect, render_template, request
from flask_babel import force_locale

from matcher.domain.values import Language
from matcher.mail.rendering import tappable
from matcher.mail.wording import called, words, written_language
from matcher.services.outside import Outside

LANGUAGE_COOKIE: Final = "matcher-language"
EXTENSION: Final = "matcher.pages"
TRANSLATIONS: Final = str(files("matcher") / "translations")
STYLESHEETS: Final = ("pages.css", "desk.css")
YEAR_SECONDS: Final = 365 * 24 * 3600

# CARE 25, 26: everything comes from this server alone, no script runs, and the address of a page goes nowhere else.
_GUARDS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
}

shared = Blueprint(
    "shared", __name__, template_folder="templates", static_folder="static", static_url_path="/assets"
)


@dataclass(frozen=True, slots=True)
class Room:
    """What pages work with. `edition` stands in the address of each stylesheet, so that browsers may keep it for good."""

    outside: Outside
    mail_folder: Path | None
    embedded: bool
    edition: str


def furnish(outside: Outside, mail_folder: Path | None, *, embedded: bool) -> Room:
    """The room of one application."""
    folder = files("matcher.pages") / "static"
    styles = b"".join((folder / name).read_bytes() for name in STYLESHEETS)
    return Room(outside, mail_folder, embedded, hashlib.sha256(styles).hexdigest()[:12])


def room() -> Room:
    """The room of the application that is answering."""
    found: Room = current_app.extensions[EXTENSION]
    return found


def preferred_language() -> Language:
    """What was chosen in this browser; else what it asks for, where Matcher writes it; else the deployment's language."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in tuple(Language):
        return Language(chosen)
    wanted = [tag for tag, quality in request.accept_languages if quality > 0]
    return Language(negotiate_locale(wanted, list(Language), sep="-") or room().outside.language)


def show(template: str, *, language: str | None = None, status: int = 200, **values: Any) -> Response:
    """One page in `language`, by default the one the browser asks for."""
    code = written_language(language) if language else preferred_language()
    help_text = room().outside.help_lines.get(code, "")
    values |= {
        "language": code.value,
        "edition": room().edition,
        "help_lines": [tappable(line.strip()) for line in help_text.splitlines() if line.strip()],
        "called": partial(called, language=code),
    }
    with force_locale(words(code)["language"]["locale"]):  # dates as this deployment's letters write them
        response = Response(render_template(template, **values), status, mimetype="text/html")
    response.headers["Content-Language"] = code.value
    return guard(response)


def go(where: str) -> Response:
    """Another page, by GET."""
    response = redirect(where, code=HTTPStatus.SEE_OTHER, Response=Response)
    assert isinstance(response, Response)
    return guard(response)


def guard(response: Response, **other: str) -> Response:
    """Put the headers on a response; `other` replaces some (`Content_Security_Policy="…"`)."""
    response.headers.update(_GUARDS)
    response.headers.update({name.replace("_", "-"): value for name, value in other.items()})
    if room().outside.base_url.startswith("https:"):
        response.headers["Strict-Transport-Security"] = f"max-age={YEAR_SECONDS}"
    return response


@shared.after_request
def _keep(response: Response) -> Response:
    """Files that look the same for everybody may be kept: nothing but their address says what they hold."""
    response.cache_control.public = True
    response.cache_control.max_age = YEAR_SECONDS
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.vary.add("Accept-Encoding")
    squeezable = response.status_code == HTTPStatus.OK and response.mimetype == "text/css"
    if squeezable and request.accept_encodings.quality("gzip") > 0:
        response.direct_passthrough = False
        response.set_data(_squeezed(response.get_data()))
        response.headers["Content-Encoding"] = "gzip"
        response.headers.pop("ETag", None)  # it names the other form; the address names this edition anyway
    return response


@lru_cache(maxsize=2)
def _squeezed(content: bytes) -> bytes:
    """A file for slow lines. Only what is the same for everybody: squeezing a page could tell what is secret in it."""
    return gzip.compress(content, mtime=0)
