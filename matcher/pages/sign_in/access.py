"""Who is signed in on this browser, and the door before pages that are for some roles only."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec
from urllib.parse import urlsplit

from flask import Response, current_app, g, request, session, url_for
from werkzeug.exceptions import HTTPException

from matcher.domain.errors import FreshCodeNeeded, NotAllowed, NotSignedIn
from matcher.pages.showing import go, room
from matcher.pages.sign_in.guards import network
from matcher.services.access import sign_ins
from matcher.services.access.keys import Caller, Role
from matcher.services.access.sign_ins import SignedIn, browser_name
from matcher.services.access.signing_in import Opened, Origin
from matcher.services.audit import auditing

# Where each role begins after signing in.
HOME: Final = {Role.admin: "admin.look", Role.organisation: "portal.look", Role.caseworker: "desk.today"}

_TOKEN: Final = "token"  # noqa: S105 - the name of a value in the cookie

P = ParamSpec("P")


def signed_in(
    *roles: Role, fresh: bool = False
) -> Callable[[Callable[Concatenate[Caller, P], Response]], Callable[P, Response]]:
    """Let a view be seen by some roles only (none named: any); it gets the Caller first.

    `fresh` asks for a code not older than ten minutes, for export, erasure and the like; afterwards the reader comes back
    by GET, so such a form stands at the address it posts to. Whoever is not signed in is asked to, and comes back as well.
    """

    def decorate(view: Callable[Concatenate[Caller, P], Response]) -> Callable[P, Response]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> Response:
            found = required()
            if roles and found.caller.role not in roles:
                raise NotAllowed("This page is for another kind of account.")
            if fresh:
                sign_ins.require_fresh(found, room().outside.clock())
            with auditing.acting(found.caller):
                return view(found.caller, *args, **kwargs)

        return guarded

    return decorate


def current() -> SignedIn | None:
    """Who is signed in on this browser, looked up once a request."""
    if "signed_in" not in g:
        g.signed_in = _look_up()
    found: SignedIn | None = g.signed_in
    return found


def required() -> SignedIn:
    """Who is signed in. Raises NotSignedIn, which leads to the sign-in page."""
    found = current()
    if found is None:
        raise NotSignedIn("Please sign in.")
    return found


def origin() -> Origin:
    """Where this request comes from."""
    return Origin(network(), browser_name(request.user_agent.string))


def keep(opened: Opened) -> None:
    """Put a token into the cookie, and nothing that stood there before: neither token nor secret of the forms."""
    forget()
    session[_TOKEN] = opened.token


def forget() -> None:
    """Empty the cookie."""
    session.clear()
    g.pop("signed_in", None)


def token() -> str:
    """The token in the cookie, empty when there is none."""
    return str(session.get(_TOKEN, ""))


def home() -> str:
    """Where the reader belongs: where they wanted to go, else where their role begins."""
    return local_page(request.values.get("next", "")) or first_page()


def first_page() -> str:
    """Where the reader's role begins."""
    found = current()
    return url_for(HOME[found.caller.role] if found is not None else "sign_in.ask")


def local_page(path: str) -> str:
    """The page of ours that an address names, whatever server it names, else an empty text.

    A link to sign in must never lead elsewhere: only path and question are kept, and only those of a page that is here.
    """
    try:
        parts = urlsplit(path)
        target = "/" + parts.path.lstrip("/")
        current_app.url_map.bind("").match(target, method="GET")
    except (ValueError, HTTPException):
        return ""
    if not parts.path:
        return ""
    return f"{target}?{parts.query}" if parts.query else target


def way_back(error: NotSignedIn | FreshCodeNeeded) -> Response:
    """To the page that is needed first, and from there back to where the reader was."""
    first = "sign_in.again" if isinstance(error, FreshCodeNeeded) else "sign_in.ask"
    here = request.full_path.rstrip("?") if request.method == "GET" else request.path
    if request.blueprint == "sign_in":  # already on the way
        here = request.values.get("next", "")
    return go(url_for(first, next=local_page(here) or None))


def _look_up() -> SignedIn | None:
    kept, outside = token(), room().outside
    if not kept:
        return None
    now = outside.clock()
    with outside.database.reading() as database:
        found = sign_ins.resume(database, kept, now)
    if found is not None and found.was_long_unseen(now):
        with outside.database.writing() as database:
            sign_ins.touch(database, found.id, now)
    return found
