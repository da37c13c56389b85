"""Who may sign in for an organisation, a caseworker or an admin: inviting, helping back in, and ending it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, request, url_for
from sqlalchemy.orm import Session

from matcher.domain.errors import Conflict, FieldProblem, InvalidInput, NotFound
from matcher.pages.showing import go, room, show
from matcher.pages.sign_in import signed_in
from matcher.pages.sign_in.access import required
from matcher.pages.typed import Answers
from matcher.services.access import accounts, keys, staff
from matcher.services.access.keys import Caller, Role
from matcher.services.listings import vetting
from matcher.storage.tables import AdminRow

ROLES: Final = {"organisations": Role.organisation, "caseworkers": Role.caseworker, "admins": Role.admin}

pages = Blueprint("admin_sign_ins", __name__, url_prefix="/admin")


@pages.get("/admins")
@signed_in(Role.admin, fresh=True)
def admins(_caller: Caller) -> Response:
    """Every admin."""
    return _admins_page()


@pages.post("/admins")
@signed_in(Role.admin, fresh=True)
def create_admin(_caller: Caller) -> Response:
    """One more admin; next they are invited to sign in."""
    outside, name = room().outside, Answers(request.form).line("name")
    if name is None:
        return _admins_page(wrong="name")
    with outside.database.writing() as session:
        known = name in {one.name for one in keys.admins(session)}
        made = None if known else keys.create_admin(session, name, outside.clock())
    if made is None:
        return _admins_page(wrong="known")
    return go(url_for("admin_sign_ins.look", kind="admins", owner_id=made.id))


@pages.get("/<kind>/<owner_id>/sign-ins")
@signed_in(Role.admin, fresh=True)
def look(_caller: Caller, kind: str, owner_id: str) -> Response:
    """Who may sign in; changes nothing (CARE 9)."""
    return _page(kind, owner_id)


@pages.post("/<kind>/<owner_id>/sign-ins")
@signed_in(Role.admin, fresh=True)
def change(caller: Caller, kind: str, owner_id: str) -> Response:
    """Invite somebody, begin anew for who lost everything, or end a sign-in with every key of its caseworker or admin."""
    outside, deed = room().outside, request.form.get("do")
    role, now = _role(kind), outside.clock()
    if role is Role.admin and owner_id == caller.id and deed in ("start_over", "remove"):
        return _page(kind, owner_id, wrong="own")
    try:
        with outside.database.writing() as session:
            if deed == "invite":
                accounts.invite(session, role, owner_id, request.form.get("email", ""), now)
            elif deed == "start_over":
                accounts.start_over(session, _mine(session, role, owner_id), now)
            elif deed == "remove":
                accounts.remove(session, _mine(session, role, owner_id), now)
                if role is not Role.organisation:  # which ends each of its keys by itself
                    keys.revoke_all_keys(session, role, owner_id, now)
            else:
                raise InvalidInput([FieldProblem("/do", "One of invite, start_over, remove.")])
    except InvalidInput:
        return _page(kind, owner_id, wrong="email")
    except Conflict as conflict:
        return _page(kind, owner_id, wrong=conflict.code)
    return go(url_for("admin_sign_ins.look", kind=kind, owner_id=owner_id, done=deed))


def _mine(session: Session, role: Role, owner_id: str) -> str:
    """The account that the form names, when it is one of this owner. Raises NotFound."""
    wanted = request.form.get("account", "")
    if wanted not in {one.id for one in accounts.accounts_of(session, role, owner_id)}:
        raise NotFound("There is no such account.")
    return wanted


def _role(kind: str) -> Role:
    if kind not in ROLES:
        raise NotFound("There is no such page.")
    return ROLES[kind]


def _page(kind: str, owner_id: str, wrong: str = "") -> Response:
    role = _role(kind)
    typed = request.form.get("email", "")
    with room().outside.database.reading() as session:
        if role is Role.organisation:
            owner = vetting.get_organisation(session, owner_id)
            name, email, left = owner.name, owner.contact_email, False
        elif role is Role.caseworker:
            worker = staff.get_caseworker(session, owner_id)
            name, email, left = worker.name, worker.email, worker.disabled_at is not None
        else:
            name, email, left = keys.get_admin(session, owner_id).name, "", False
        found = accounts.accounts_of(session, role, owner_id)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    return show(
        "admin/sign_ins.html",
        status=status,
        role=role.value,
        owner_name=name,
        email=typed or ("" if found else email),
        found=found,
        is_own=role is Role.admin and owner_id == required().caller.id,
        may_invite=not left
        and (role is Role.organisation or all(one.password_hash is None for one in found)),
        wrong=wrong,
    )


def _admins_page(*, wrong: str = "") -> Response:
    with room().outside.database.reading() as session:
        every: list[AdminRow] = keys.admins(session)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    return show("admin/admins.html", status=status, admins=every, wrong=wrong)
