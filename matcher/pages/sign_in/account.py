"""One's own account: where it is signed in, its password, its app and its recovery codes."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, request, url_for

from matcher.domain.audit import Act
from matcher.domain.errors import InvalidInput
from matcher.pages.showing import go, room, show
from matcher.pages.sign_in.access import forget, keep, origin, required, signed_in
from matcher.pages.sign_in.entering import UNFIT, picture, show_codes, what_is_wrong
from matcher.services.access import second_step, sign_ins, signing_in
from matcher.services.access.keys import Caller
from matcher.services.audit import auditing

JUST_NOW: Final = timedelta(seconds=-1)  # the least that is said to be past

pages = Blueprint("account", __name__, url_prefix="/account")


@pages.get("")
@signed_in()
def look(_caller: Caller) -> Response:
    """The account, and every browser it is signed in on."""
    found, outside = required(), room().outside
    now = outside.clock()
    with outside.database.reading() as session:
        browsers = sign_ins.in_use(session, found.account_id, now)
        codes_left = second_step.recovery_codes_left(session, found.account_id)
    ages = {one.id: min(one.last_seen_at - now, JUST_NOW) for one in browsers}
    return show("account/look.html", account=found, browsers=browsers, ages=ages, codes_left=codes_left)


@pages.post("/browsers")
@signed_in()
def sign_out_browser(_caller: Caller) -> Response:
    """Sign one browser out; this one as well, if it is the one."""
    found, outside = required(), room().outside
    with outside.database.writing() as session:
        sign_ins.end(session, found.account_id, request.form.get("browser", ""))
        auditing.record(session, Act.signed_out, outside.clock(), about=f"account:{found.account_id}")
    return go(url_for("account.look"))


@pages.post("/everywhere")
@signed_in()
def sign_out_everywhere(_caller: Caller) -> Response:
    """Sign out on every browser, this one included."""
    found, outside = required(), room().outside
    with outside.database.writing() as session:
        sign_ins.end_all(session, found.account_id)
        auditing.record(session, Act.signed_out, outside.clock(), about=f"account:{found.account_id}")
    forget()
    return go(url_for("sign_in.ask"))


@pages.get("/password")
@signed_in(fresh=True)
def password(_caller: Caller) -> Response:
    """Another password."""
    return show("account/password.html")


@pages.post("/password")
@signed_in(fresh=True)
def change_password(_caller: Caller) -> Response:
    """Take the new password; every other browser is signed out."""
    old, new = request.form.get("old_password", ""), request.form.get("password", "")
    if new != request.form.get("repeated", ""):
        return show("account/password.html", status=UNFIT, wrong="repeated")
    try:
        opened = signing_in.change_password(room().outside, required(), old, new, origin())
    except InvalidInput as error:
        return show("account/password.html", status=UNFIT, wrong=what_is_wrong(error))
    keep(opened)
    return go(url_for("account.look"))


@pages.get("/app")
@signed_in(fresh=True)
def app(_caller: Caller) -> Response:
    """Another app for codes."""
    return _app_page()


@pages.post("/app")
@signed_in(fresh=True)
def change_app(_caller: Caller) -> Response:
    """Connect the app once it has shown a code; every other browser is signed out."""
    outside = room().outside
    try:
        with outside.database.writing() as session:
            opened = signing_in.change_app(session, required(), request.form.get("code", ""), outside.clock())
    except InvalidInput:
        return _app_page(wrong="code")
    keep(opened)
    return show_codes(opened.recovery_codes)


@pages.get("/recovery-codes")
@signed_in(fresh=True)
def recovery_codes(_caller: Caller) -> Response:
    """Before new recovery codes are made."""
    return show("account/recovery_codes.html")


@pages.post("/recovery-codes")
@signed_in(fresh=True)
def renew_recovery_codes(_caller: Caller) -> Response:
    """New recovery codes in place of the earlier ones."""
    outside = room().outside
    with outside.database.writing() as session:
        codes = signing_in.renew_recovery_codes(session, required(), outside.clock())
    return show_codes(codes)


def _app_page(*, wrong: str = "") -> Response:
    outside = room().outside
    with outside.database.reading() as session:
        offer = signing_in.offered_new_app(session, required())
    status = UNFIT if wrong else HTTPStatus.OK
    return show(
        "account/app.html",
        status=status,
        wrong=wrong,
        secret=offer.secret,
        picture=picture(offer),
        on_phone=offer.uri,
    )
