"""Organisations as admins see them: vetting by two, and the switch that stops everything (CARE 15)."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, request, url_for
from sqlalchemy.orm import Session

from matcher.domain.audit import Act
from matcher.domain.errors import Conflict, InvalidInput
from matcher.domain.opportunity import OrganisationState
from matcher.pages.showing import go, room, show
from matcher.pages.sign_in import signed_in
from matcher.pages.typed import Answers
from matcher.services.access import accounts
from matcher.services.access.keys import Caller, Role
from matcher.services.answers import suspension
from matcher.services.audit import auditing
from matcher.services.listings import overview, vetting
from matcher.services.listings.overview import Group
from matcher.services.listings.vetting import APPROVALS_NEEDED, Agreed
from matcher.storage.opportunities import is_vetted
from matcher.storage.tables import OrganisationRow

CONTACTS: Final = ("contact_email", "safeguarding_contact")
FIELDS: Final = ("name", *CONTACTS)
LISTINGS_SHOWN: Final = 50  # judgement, 2026-11: enough to see what an organisation is like

pages = Blueprint("admin", __name__, url_prefix="/admin")


@dataclass(frozen=True, slots=True)
class Standing:
    """One organisation as admins see it: who agreed in this round, how many are missing, whether the reader is one."""

    row: OrganisationRow
    vetted: bool
    renewable: bool
    agreed: tuple[Agreed, ...]
    by_me: bool

    @property
    def may_agree(self) -> bool:
        """Whether a yes of the reader's would count."""
        return not self.by_me and (self.renewable or not self.vetted)

    @property
    def waits(self) -> bool:
        """Whether somebody should look: a suspended one rests until a first admin has agreed to it anew."""
        rests = self.row.state == OrganisationState.suspended and not self.agreed
        return self.renewable or not (self.vetted or rests)

    @property
    def missing(self) -> int:
        """How many different people still have to agree."""
        return max(0, APPROVALS_NEEDED - len(self.agreed))


@pages.get("")
@signed_in(Role.admin)
def look(caller: Caller) -> Response:
    """Every organisation by how it stands; changes nothing (CARE 9)."""
    outside = room().outside
    with outside.database.reading() as session:
        every = _standing(session, caller)
    auditing.note_reading(outside.database, Act.organisations_listed, outside.clock(), about="organisations")
    return show(
        "admin/look.html",
        waiting=[one for one in every if one.waits],
        vetted=[one for one in every if one.vetted and not one.renewable],
        suspended=[one for one in every if not one.vetted and not one.waits],
    )


@pages.get("/organisations/new")
@signed_in(Role.admin)
def new(_caller: Caller) -> Response:
    """What has to be known of an organisation."""
    return show("admin/organisation_new.html", typed={}, wrong=())


@pages.post("/organisations/new")
@signed_in(Role.admin)
def register(_caller: Caller) -> Response:
    """Write it down; nothing of it is passed on before two have agreed."""
    outside = room().outside
    typed, wrong = _typed(FIELDS)
    if wrong:
        return show(
            "admin/organisation_new.html", status=HTTPStatus.UNPROCESSABLE_ENTITY, typed=typed, wrong=wrong
        )
    made = None
    with outside.database.writing() as session:
        if typed["name"] not in {row.name for row, _ in vetting.organisations(session, outside.clock())}:
            made = vetting.register_organisation(session, **typed, now=outside.clock())
    if made is None:
        return show(
            "admin/organisation_new.html",
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            typed=typed,
            wrong=["known"],
        )
    return go(url_for("admin.organisation", organisation_id=made.id, done="registered"))


@pages.get("/organisations/<organisation_id>")
@signed_in(Role.admin)
def organisation(caller: Caller, organisation_id: str) -> Response:
    """One organisation: who is responsible, who agreed, what is missing; suspended: what has been stopped."""
    outside = room().outside
    with outside.database.reading() as session:
        row = vetting.get_organisation(session, organisation_id)
        one = _standing(session, caller, row.id)[0]
        suspended = row.state == OrganisationState.suspended
        stopping = suspension.stopping(session, row.id) if suspended else None
        counts = overview.counted(session, row.id)
        published = overview.of_group(session, row.id, Group.published, None, LISTINGS_SHOWN)
    auditing.note_reading(
        outside.database, Act.organisation_read, outside.clock(), about=f"organisation:{row.id}"
    )
    return show(
        "admin/organisation.html", one=one, stopping=stopping, counts=counts, published=published,
    )  # fmt: skip


@pages.get("/organisations/<organisation_id>/contacts")
@signed_in(Role.admin, fresh=True)
def ask_contacts(_caller: Caller, organisation_id: str) -> Response:
    """Whom letters go to, to be corrected."""
    with room().outside.database.reading() as session:
        row = vetting.get_organisation(session, organisation_id)
    return show(
        "admin/contacts.html",
        organisation=row,
        typed={name: getattr(row, name) for name in CONTACTS},
        wrong=(),
    )


@pages.post("/organisations/<organisation_id>/contacts")
@signed_in(Role.admin, fresh=True)
def correct_contacts(_caller: Caller, organisation_id: str) -> Response:
    """Correct whom letters go to; those written from now on go there."""
    outside = room().outside
    typed, wrong = _typed(CONTACTS)
    with outside.database.writing() as session:
        row = vetting.get_organisation(session, organisation_id)
        if not wrong:
            vetting.correct_contacts(session, organisation_id, **typed, now=outside.clock())
    if wrong:
        return show(
            "admin/contacts.html", status=HTTPStatus.UNPROCESSABLE_ENTITY, organisation=row, typed=typed, wrong=wrong,
        )  # fmt: skip
    return go(url_for("admin.organisation", organisation_id=organisation_id, done="corrected"))


@pages.get("/organisations/<organisation_id>/approve")
@signed_in(Role.admin, fresh=True)
def ask_approve(caller: Caller, organisation_id: str) -> Response:
    """What agreeing means, before it is done."""
    return _approve_page(caller, organisation_id)


@pages.post("/organisations/<organisation_id>/approve")
@signed_in(Role.admin, fresh=True)
def approve(caller: Caller, organisation_id: str) -> Response:
    """This admin's yes to what they have looked at; a repeat changes nothing."""
    outside = room().outside
    try:
        with outside.database.writing() as session:
            seen = request.form.get("seen", "")
            vetting.vet(session, organisation_id, caller.id, outside.clock(), seen=seen)
    except Conflict:
        return _approve_page(caller, organisation_id, changed=True)
    return go(url_for("admin.organisation", organisation_id=organisation_id, done="agreed"))


@pages.get("/organisations/<organisation_id>/suspend")
@signed_in(Role.admin)
def ask_suspend(_caller: Caller, organisation_id: str) -> Response:
    """What suspending means, before it is done."""
    with room().outside.database.reading() as session:
        row = vetting.get_organisation(session, organisation_id)
    return show("admin/suspend.html", organisation=row)


@pages.post("/organisations/<organisation_id>/suspend")
@signed_in(Role.admin)
def suspend(_caller: Caller, organisation_id: str) -> Response:
    """Stop every live path of an organisation. No fresh code is asked for: stopping must never wait for a telephone."""
    outside = room().outside
    with outside.database.writing() as session:
        vetting.suspend(session, organisation_id, outside.clock())
    return go(url_for("admin.organisation", organisation_id=organisation_id))


def _approve_page(caller: Caller, organisation_id: str, *, changed: bool = False) -> Response:
    with room().outside.database.reading() as session:
        row = vetting.get_organisation(session, organisation_id)
        one = _standing(session, caller, row.id)[0]
    status = HTTPStatus.CONFLICT if changed else HTTPStatus.OK
    return show("admin/approve.html", status=status, one=one, seen=vetting.mark(row), changed=changed)


def _typed(names: tuple[str, ...]) -> tuple[dict[str, str], list[str]]:
    """What was typed, and which of it needs another value."""
    answers = Answers(request.form)
    lines = {name: answers.line(name) for name in names}
    wrong = [name for name, line in lines.items() if line is None]
    typed = {name: line or answers.typed(name) for name, line in lines.items()}
    if "contact_email" not in wrong:
        try:
            typed["contact_email"] = accounts.deliverable(typed["contact_email"])
        except InvalidInput:
            wrong.append("contact_email")
    return typed, wrong


def _standing(session: Session, caller: Caller, organisation_id: str | None = None) -> list[Standing]:
    """How one organisation stands, or every one."""
    now = room().outside.clock()
    return [
        Standing(
            row,
            is_vetted(row, now),
            vetting.is_renewable(row, now),
            tuple(agreed),
            any(one.admin.id == caller.id for one in agreed),
        )
        for row, agreed in vetting.organisations(session, now, organisation_id)
    ]
