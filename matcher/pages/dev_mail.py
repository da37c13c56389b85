"""The letters kept in a folder, to click through a first run; never part of an application that sends real mail."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from flask import Blueprint, Response, request

from matcher.domain.errors import NotFound
from matcher.domain.network import is_this_machine
from matcher.mail.maildir import StoredMail, read_maildir
from matcher.pages.showing import guard, preferred_language, room, show
from matcher.services.outside import DEFAULT_TIMEZONE

# A letter's HTML as a mail program shows it: its own inline styles, no script, no form, an origin of its own.
_LETTER_POLICY: Final = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"

pages = Blueprint("dev_mail", __name__, url_prefix="/dev/mail")


@pages.before_request
def only_from_here() -> None:
    """Whoever reads letters here sits at this machine, whatever address a server listens on. Raises NotFound.

    They ask for it by its own name, too: a page from elsewhere whose name was made to lead here would read along.
    """
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    if forwarded or not is_this_machine(request.remote_addr or "") or not _is_asked_for_by_name():
        raise NotFound("Letters are read on the machine that keeps them.")


@pages.get("")
def letters() -> Response:
    """Every letter, newest first."""
    return show("dev_mail/letters.html", letters=_kept(), sent_on=_sent_on)


@pages.get("/<kept_as>")
def letter(kept_as: str) -> Response:
    """One letter as text, with what is attached."""
    return show("dev_mail/letter.html", letter=_find(kept_as), sent_on=_sent_on)


@pages.get("/<kept_as>/html")
def as_html(kept_as: str) -> Response:
    """The same letter in its other form, shut off from everything here."""
    html = _find(kept_as).html
    if html is None:
        raise NotFound("This letter has no such form.")
    return guard(Response(html, mimetype="text/html"), Content_Security_Policy=_LETTER_POLICY)


def _is_asked_for_by_name() -> bool:
    try:
        host = urlsplit(f"//{request.host}").hostname or ""
    except ValueError:
        return False
    return is_this_machine(host) or host == urlsplit(room().outside.base_url).hostname


def _kept() -> list[StoredMail]:
    folder = room().mail_folder
    return [] if folder is None else read_maildir(folder)


def _find(kept_as: str) -> StoredMail:
    found = next((letter for letter in _kept() if letter.id == kept_as), None)
    if found is None:
        raise NotFound("There is no such letter.")
    return found


def _sent_on(letter: StoredMail) -> str:
    if letter.sent_at is None:
        return ""
    moment = letter.sent_at.astimezone(ZoneInfo(DEFAULT_TIMEZONE))
    return format_datetime(moment, "medium", locale=preferred_language().value)
