"""Reading the audit trail: newest first, by who, by what it was about, by act (CARE 23)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from matcher.domain.audit import SUBJECTS
from matcher.storage.tables import AdminRow, AuditEntryRow, CaseworkerRow, OrganisationRow


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for; an empty text is anything. `who` and `about` are ids, `act` one of the vocabulary.

    `until` is the moment (aware) before which it was done.
    """

    who: str = ""
    about: str = ""
    act: str = ""
    until: datetime | None = None


def page(session: Session, wanted: Wanted, before: str | None, limit: int) -> Sequence[AuditEntryRow]:
    """Entries newest first, those before the id `before`; `about` finds whom an entry concerned as well."""
    query = select(AuditEntryRow)
    if wanted.who:
        query = query.where(AuditEntryRow.actor_id == wanted.who)
    if wanted.about:
        subjects = [f"{kind}:{wanted.about}" for kind in SUBJECTS] + [wanted.about]
        query = query.where(or_(AuditEntryRow.about.in_(subjects), AuditEntryRow.person_id == wanted.about))
    if wanted.act:
        query = query.where(AuditEntryRow.act == wanted.act)
    if wanted.until is not None:
        query = query.where(AuditEntryRow.at < wanted.until)
    if before:
        query = query.where(AuditEntryRow.id < before)
    return session.scalars(query.order_by(AuditEntryRow.id.desc()).limit(limit)).all()


def names_of(session: Session, entries: Iterable[AuditEntryRow]) -> dict[str, str]:
    """By id the names of the staff and organisations who did these things, where they are still known."""
    wanted = {one.actor_id for one in entries if one.actor_id}
    return {
        row_id: name
        for table in (AdminRow, CaseworkerRow, OrganisationRow)
        for row_id, name in session.execute(select(table.id, table.name).where(table.id.in_(wanted)))
    }
