"""Which organisations may be matched at all: two different admins approve, and one switch stops everything (CARE 15)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from matcher.domain.audit import Act
from matcher.domain.errors import Conflict, NotFound
from matcher.domain.events import EventType
from matcher.domain.opportunity import OrganisationState
from matcher.services.audit.auditing import record
from matcher.storage.opportunities import is_vetted
from matcher.storage.outbox import emit
from matcher.storage.tables import AdminRow, OrganisationRow, VettingApprovalRow

APPROVALS_NEEDED: Final = 2
VETTING_LASTS: Final = timedelta(days=365)  # ARCHITECTURE §1: twelve months
RENEWED_FROM: Final = timedelta(
    days=60
)  # judgement, 2026-11: time enough for two people to look again before it ends


@dataclass(frozen=True, slots=True)
class Agreed:
    """Who approved, and when."""

    admin: AdminRow
    at: datetime


def register_organisation(
    session: Session, *, name: str, contact_email: str, safeguarding_contact: str, now: datetime
) -> OrganisationRow:
    """A new organisation, `applied`: it may post, and nothing of it is matched yet. Emits nothing."""
    row = OrganisationRow(
        name=name, contact_email=contact_email, safeguarding_contact=safeguarding_contact, created_at=now,
        state=OrganisationState.applied,
    )  # fmt: skip
    session.add(row)
    session.flush()
    record(session, Act.organisation_registered, now, about=f"organisation:{row.id}")
    return row


def correct_contacts(
    session: Session, organisation_id: str, *, contact_email: str, safeguarding_contact: str, now: datetime
) -> None:
    """Whom letters go to, and who is told when something was not all right. Emits nothing. A repeat changes nothing.

    What one admin alone has agreed to so far does not count any more.
    """
    row = _locked(session, organisation_id)
    if (row.contact_email, row.safeguarding_contact) != (contact_email, safeguarding_contact):
        row.contact_email, row.safeguarding_contact = contact_email, safeguarding_contact
        row.version += 1
        # Whoever agreed so far talked with somebody else. What two have agreed to holds for its twelve months.
        theirs = (
            VettingApprovalRow.organisation_id == row.id,
            VettingApprovalRow.vetting_round == open_round(row),
        )
        session.execute(delete(VettingApprovalRow).where(*theirs))
        session.flush()
        record(session, Act.organisation_corrected, now, about=f"organisation:{row.id}")


def get_organisation(session: Session, organisation_id: str) -> OrganisationRow:
    """Raises NotFound."""
    row = session.get(OrganisationRow, organisation_id)
    if row is None:
        raise NotFound("There is no such organisation.")
    return row


def organisations(
    session: Session, now: datetime, organisation_id: str | None = None
) -> list[tuple[OrganisationRow, list[Agreed]]]:
    """Every organisation by name, or one, each with who approved it: in the round it rests on, or
    where it may be renewed in the next one; oldest approval first.
    """
    agreed: dict[tuple[str, int], list[Agreed]] = {}
    query = select(VettingApprovalRow, AdminRow).join(AdminRow, AdminRow.id == VettingApprovalRow.admin_id)
    wanted = select(OrganisationRow).order_by(OrganisationRow.name, OrganisationRow.id)
    if organisation_id is not None:
        query = query.where(VettingApprovalRow.organisation_id == organisation_id)
        wanted = wanted.where(OrganisationRow.id == organisation_id)
    for approval, admin in session.execute(
        query.order_by(VettingApprovalRow.approved_at, VettingApprovalRow.admin_id)
    ):
        key = (approval.organisation_id, approval.vetting_round)
        agreed.setdefault(key, []).append(Agreed(admin, approval.approved_at))

    def round_of(row: OrganisationRow) -> int:
        return open_round(row) if is_renewable(row, now) else row.vetting_round

    return [(row, agreed.get((row.id, round_of(row)), [])) for row in session.scalars(wanted)]


def vet(
    session: Session, organisation_id: str, admin_id: str, now: datetime, *, seen: str | None = None
) -> OrganisationRow:
    """Record one admin's approval; the second different one makes it vetted for twelve months.

    Emits `organisation.vetted` at the second. A repeat by the same admin changes nothing. An organisation that is vetted
    stays so: in its last RENEWED_FROM two approvals make it so for twelve months from then; before that nothing changes. One whose
    twelve months are over starts a new round; a suspended one stays so until two have agreed anew. Raises Conflict where `seen`, the `mark` of what was read before
    agreeing, is no longer how things are.
    """
    row = _locked(session, organisation_id)
    if seen is not None and seen != mark(row):
        raise Conflict(
            "This organisation has changed since it was looked at; look once more.", code="changed"
        )
    vetted = is_vetted(row, now)
    if vetted and not is_renewable(row, now):
        return row
    if not vetted and row.state == OrganisationState.vetted:
        _end(session, row, OrganisationState.applied, now)  # before the sweep has come to it
    round_ = open_round(row)
    if session.get(VettingApprovalRow, (row.id, round_, admin_id)) is None:
        session.add(
            VettingApprovalRow(
                organisation_id=row.id, vetting_round=round_, admin_id=admin_id, approved_at=now
            )
        )
        session.flush()
        record(session, Act.organisation_approved, now, about=f"organisation:{row.id}")
    if len(approvals(session, row, round_)) >= APPROVALS_NEEDED:
        row.state, row.vetted_until, row.vetting_round = OrganisationState.vetted, now + VETTING_LASTS, round_
        row.version += 1
        record(session, Act.organisation_vetted, now, about=f"organisation:{row.id}")
        _tell(session, EventType.organisation_vetted, row, now)
    return row


def is_renewable(row: OrganisationRow, now: datetime) -> bool:
    """Whether it is vetted, and two may look again already so that it goes on without a gap."""
    return is_vetted(row, now) and row.vetted_until is not None and row.vetted_until <= now + RENEWED_FROM


def open_round(row: OrganisationRow) -> int:
    """The round in which an approval counts now: while it is vetted, that of the next twelve months."""
    return row.vetting_round + (row.state == OrganisationState.vetted)


def mark(row: OrganisationRow) -> str:
    """What somebody who agrees has looked at: where the vetting stands, and who is responsible. Says nothing to others."""
    read = (row.state, row.vetting_round, row.contact_email, row.safeguarding_contact)
    return hashlib.sha256("\0".join(map(str, read)).encode()).hexdigest()[:16]


def approvals(session: Session, row: OrganisationRow, round_: int | None = None) -> list[VettingApprovalRow]:
    """The approvals of a round, by default of the one that it rests on or that is open; oldest first."""
    wanted = row.vetting_round if round_ is None else round_
    query = select(VettingApprovalRow).filter_by(organisation_id=row.id, vetting_round=wanted)
    return list(session.scalars(query.order_by(VettingApprovalRow.approved_at, VettingApprovalRow.admin_id)))


def suspend(session: Session, organisation_id: str, now: datetime) -> OrganisationRow:
    """Stop every live path of an organisation at once; old approvals never count again.

    Emits `organisation.suspended`. A repeat changes nothing, unless somebody has agreed since: then that does not count either.
    """
    row = _locked(session, organisation_id)
    if row.state == OrganisationState.suspended and not approvals(session, row):
        return row
    _end(session, row, OrganisationState.suspended, now)
    return row


def end_expired_vettings(session: Session, now: datetime) -> int:
    """Twelve months are over: back to `applied`, everything live is stopped. Emits `organisation.suspended` for each."""
    over = OrganisationRow.state == OrganisationState.vetted, OrganisationRow.vetted_until <= now
    # Locked: one that is being suspended this very moment stays suspended.
    rows = session.scalars(
        _now_locked(select(OrganisationRow).where(*over).order_by(OrganisationRow.id))
    ).all()
    for row in rows:
        _end(session, row, OrganisationState.applied, now)
    return len(rows)


def _end(session: Session, row: OrganisationRow, after: OrganisationState, now: datetime) -> None:
    """A vetting is over: its approvals never count again, and everything that rests on it stops."""
    row.state, row.vetted_until = after, None
    row.vetting_round += 2  # past a round for the next twelve months that somebody may have begun
    row.version += 1
    suspended = after is OrganisationState.suspended
    act = Act.organisation_suspended if suspended else Act.organisation_vetting_ended
    record(session, act, now, about=f"organisation:{row.id}")
    _tell(session, EventType.organisation_suspended, row, now)


def _locked(session: Session, organisation_id: str) -> OrganisationRow:
    row = session.scalars(
        _now_locked(select(OrganisationRow).where(OrganisationRow.id == organisation_id))
    ).first()
    if row is None:
        raise NotFound("There is no such organisation.")
    return row


def _now_locked(query: Select[tuple[OrganisationRow]]) -> Select[tuple[OrganisationRow]]:
    return query.with_for_update(key_share=True).execution_options(populate_existing=True)


def _tell(session: Session, event_type: EventType, row: OrganisationRow, now: datetime) -> None:
    emit(
        session, event_type, f"organisation:{row.id}", {"organisation_id": row.id}, now=now, version=row.version
    )  # fmt: skip
