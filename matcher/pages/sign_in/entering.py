"""The pages of signing in: password, code, a fresh code, and the ways back in by letter."""

from __future__ import annotations

from http import HTTPStatus

import segno
from flask import Blueprint, Response, request, url_for
from markupsafe import Markup

from matcher.domain.audit import Act
from matcher.domain.errors import InvalidInput, NotFound, NotSignedIn
from matcher.pages.showing import go, room, show
from matcher.pages.sign_in.access import current, forget, home, keep, local_page, origin, required, token
from matcher.services.access import sign_ins, signing_in
from matcher.services.access.second_step import Enrolment
from matcher.services.audit import auditing

UNFIT = HTTPStatus.UNPROCESSABLE_ENTITY

pages = Blueprint("sign_in", __name__, url_prefix="/sign-in")


@pages.get("")
def ask() -> Response:
    """Mail address and password."""
    return go(home()) if current() is not None else show("sign_in/ask.html", email="")


@pages.post("")
def give_password() -> Response:
    """The first step; the second follows, except for an account without an app in the embedded mode."""
    email = request.form.get("email", "")
    try:
        opened = signing_in.give_password(
            room().outside,
            email,
            request.form.get("password", ""),
            origin(),
            code_optional=room().embedded,
        )
    except NotSignedIn:
        return show("sign_in/ask.html", status=UNFIT, email=email, refused=True)
    keep(opened)
    if opened.needs_code:
        return go(url_for("sign_in.ask_code", next=local_page(request.values.get("next", "")) or None))
    return go(home())


@pages.get("/code")
def ask_code() -> Response:
    """The code, half-way."""
    outside = room().outside
    with outside.database.reading() as session:
        waiting = sign_ins.half_way(session, token(), outside.clock())
    return go(url_for("sign_in.ask")) if waiting is None else show("sign_in/code.html")


@pages.post("/code")
def give_code() -> Response:
    """The second step; an empty field is asked for once more, and is no try."""
    if not request.form.get("code", "").strip():
        return show("sign_in/code.html", status=UNFIT, refused=True)
    try:
        keep(signing_in.give_code(room().outside, token(), request.form.get("code", ""), origin()))
    except InvalidInput:
        return show("sign_in/code.html", status=UNFIT, refused=True)
    return go(home())


@pages.get("/again")
def again() -> Response:
    """A fresh code, before something grave."""
    return show("sign_in/again.html", has_code=required().has_code)


@pages.post("/again")
def give_again() -> Response:
    """The second step once more; an empty field is no try."""
    found = required()
    if not request.form.get("code", "").strip():
        return show("sign_in/again.html", status=UNFIT, has_code=found.has_code, refused=True)
    try:
        keep(signing_in.prove_again(room().outside, found, request.form.get("code", ""), origin()))
    except InvalidInput:
        return show("sign_in/again.html", status=UNFIT, has_code=found.has_code, refused=True)
    return go(home())


@pages.get("/recovery")
def recovery() -> Response:
    """For a forgotten password."""
    return show("sign_in/recovery.html")


@pages.post("/recovery")
def ask_recovery() -> Response:
    """A letter, if the address is known; the page is the same in either case."""
    signing_in.ask_recovery(room().outside, request.form.get("email", ""), origin())
    return go(url_for("sign_in.recovery_asked"))


@pages.get("/recovery/asked")
def recovery_asked() -> Response:
    """What happens next."""
    return show("sign_in/asked.html")


@pages.get("/link/<link_token>")
def open_link(link_token: str) -> Response:
    """What a link from a letter is for; changes nothing (CARE 9)."""
    return _link_page(link_token)


@pages.post("/link/<link_token>")
def follow_link(link_token: str) -> Response:
    """Set up or recover, and be signed in."""
    password, code = request.form.get("password", ""), request.form.get("code", "")
    if password != request.form.get("repeated", ""):
        return _link_page(link_token, wrong="repeated")
    try:
        opened = signing_in.follow_link(room().outside, link_token, password, code, origin())
    except InvalidInput as error:
        return _link_page(link_token, wrong=what_is_wrong(error))
    except NotFound:
        return _link_page(link_token)
    keep(opened)
    return show_codes(opened.recovery_codes) if opened.recovery_codes else go(home())


@pages.post("/out")
def out() -> Response:
    """Sign out on this browser."""
    found, outside = current(), room().outside
    if found is not None:
        with outside.database.writing() as session:
            sign_ins.end(session, found.account_id, found.id)
            auditing.record(
                session, Act.signed_out, outside.clock(), about=f"account:{found.account_id}", by=found.caller
            )
    forget()
    return go(url_for("sign_in.ask"))


def show_codes(codes: tuple[str, ...]) -> Response:
    """New recovery codes: the only page that ever holds them."""
    return show("sign_in/codes.html", codes=codes, home=home())


def picture(offer: Enrolment) -> Markup:
    """The secret for a camera: a QR code as SVG, drawn here."""
    # Made by the library from our own text; its characters are drawn, not written.
    return Markup(  # noqa: S704
        segno.make(offer.uri, error="m").svg_inline(omitsize=True, dark="#000", light="#fff", svgclass="qr")
    )


def what_is_wrong(error: InvalidInput) -> str:
    """The field that needs another value."""
    return error.problems[0].pointer.removeprefix("/")


def _link_page(link_token: str, *, wrong: str = "") -> Response:
    outside = room().outside
    try:
        with outside.database.reading() as session:
            offer = signing_in.offered_app(session, link_token, outside.clock())
    except NotFound:
        return show("sign_in/link_over.html", status=HTTPStatus.NOT_FOUND)
    status = UNFIT if wrong else HTTPStatus.OK
    if offer is None:
        return show("sign_in/recover.html", status=status, wrong=wrong)
    return show(
        "sign_in/set_up.html",
        status=status,
        wrong=wrong,
        secret=offer.secret,
        picture=picture(offer),
        on_phone=offer.uri,
    )
