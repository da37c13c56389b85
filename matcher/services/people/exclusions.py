"""Whom somebody is kept apart from, and how that ends: with a reason that stays on record (CARE 18)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.domain.audit import Act
from matcher.domain.errors import InvalidInput, NotFound
from matcher.domain.events import EventType
from matcher.services.access.keys import Caller
from matcher.services.audit.auditing import record
from matcher.services.people import people
from matcher.storage.tables import ExclusionRow, LiftedExclusionRow, OrganisationRow, PersonRow, new_id


@dataclass(frozen=True, slots=True)
class KeptApart:
    """One exclusion as whoever set it reads it: the other side by name or alias."""

    id: str
    other_id: str
    name: str
    is_person: bool
    since: datetime


def of_person(session: Session, row: PersonRow) -> list[KeptApart]:
    """What was set for this person, oldest first; what somebody else set against them is not theirs to see."""
    query = select(ExclusionRow).where(ExclusionRow.person_id == row.id).order_by(ExclusionRow.id)
    return [
        KeptApart(
            id=one.id,
            other_id=one.organisation_id or str(one.other_person_id),
            name=name_of(session, one.organisation_id, one.other_person_id),
            is_person=one.other_person_id is not None,
            since=one.created_at,
        )
        for one in session.scalars(query)
    ]


def lifted(session: Session, row: PersonRow) -> Sequence[LiftedExclusionRow]:
    """What was lifted, the latest first, each with its reason."""
    query = select(LiftedExclusionRow).where(LiftedExclusionRow.person_id == row.id)
    return session.scalars(query.order_by(LiftedExclusionRow.lifted_at.desc())).all()


def exclude(
    session: Session,
    row: PersonRow,
    *,
    organisation_id: str | None,
    other_person_id: str | None,
    now: datetime,
) -> ExclusionRow:
    """Two who must not meet; the other side never learns of it (CARE 18). Emits `exclusion.added`. Safe to repeat."""
    known = session.scalars(
        select(ExclusionRow).filter_by(
            person_id=row.id, organisation_id=organisation_id, other_person_id=other_person_id
        )
    ).first()
    if known is not None:
        return known
    if organisation_id is not None and session.get(OrganisationRow, organisation_id) is None:
        raise InvalidInput.at("/organisation_id", "There is no such organisation.")
    if other_person_id is not None:
        other = session.get(PersonRow, other_person_id)
        if other is None or other.id == row.id or other.team_id != row.team_id:
            raise InvalidInput.at("/person_id", "There is no such other person on your team.")
    made = ExclusionRow(
        id=new_id(), person_id=row.id, organisation_id=organisation_id, other_person_id=other_person_id,
        created_at=now,
    )  # fmt: skip
    session.add(made)
    row.version += 1
    session.flush()
    record(session, Act.exclusion_added, now, about=f"exclusion:{made.id}", person_id=row.id)
    people.tell(session, EventType.exclusion_added, row, now, exclusion_id=made.id)
    return made


def lift(
    session: Session, row: PersonRow, exclusion_id: str, reason: str, caller: Caller, now: datetime
) -> LiftedExclusionRow:
    """End an exclusion; `row` comes from `people.locked`. It moves among what was lifted, with the reason.

    Emits `person.changed` for both people it may concern. Raises NotFound, also on a repeat, and InvalidInput without
    a reason.
    """
    made = session.get(ExclusionRow, exclusion_id)
    if made is None or made.person_id != row.id:
        raise NotFound("There is no such exclusion of this person.")
    if not reason:
        raise InvalidInput.at("/reason", "Say why it is no longer needed.")
    kept = LiftedExclusionRow(
        id=made.id, person_id=made.person_id, organisation_id=made.organisation_id,
        other_person_id=made.other_person_id, created_at=made.created_at, lifted_at=now, lifted_by=caller.name,
        reason=reason,
    )  # fmt: skip
    session.add(kept)
    session.delete(made)
    row.version += 1
    session.flush()
    record(session, Act.exclusion_lifted, now, about=f"exclusion:{made.id}", person_id=row.id)
    people.tell(session, EventType.person_changed, row, now)
    if kept.other_person_id is not None:
        people.tell(session, EventType.person_changed, session.get_one(PersonRow, kept.other_person_id), now)
    return kept


def name_of(session: Session, organisation_id: str | None, other_person_id: str | None) -> str:
    """The organisation's name or the other person's alias."""
    if organisation_id is not None:
        return session.get_one(OrganisationRow, organisation_id).name
    return session.get_one(PersonRow, other_person_id).alias
