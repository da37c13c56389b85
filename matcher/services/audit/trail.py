"""Reading the audit trail: newest first, by who, by what it was about, by act (CARE 23)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from matcher.storage.tables import AuditEntryRow


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for; an empty text is anything. `who` and `about` are ids, `act` one of the vocabulary."""

    who: str = ""
    about: str = ""
    act: str = ""


def page(session: Session, wanted: Wanted, before: str | None, limit: int) -> Sequence[AuditEntryRow]:
    """Entries newest first, those before the id `before`; `about` finds whom an entry concerned as well."""
    query = select(AuditEntryRow)
    if wanted.who:
        query = query.where(AuditEntryRow.actor_id == wanted.who)
    if wanted.about:
        kinds = (
            "person",
            "organisation",
            "team",
            "caseworker",
            "account",
            "invitation",
            "opportunity",
            "match",
            "key",
        )
        subjects = [f"{kind}:{wanted.about}" for kind in kinds] + [wanted.about]
        query = query.where(or_(AuditEntryRow.about.in_(subjects), AuditEntryRow.person_id == wanted.about))
    if wanted.act:
        query = query.where(AuditEntryRow.act == wanted.act)
    if before:
        query = query.where(AuditEntryRow.id < before)
    return session.scalars(query.order_by(AuditEntryRow.id.desc()).limit(limit)).all()
