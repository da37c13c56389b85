"""Lists that callers may look at: invitations for a team, accepted visitors for an organisation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from matcher.domain.invitation import InvitationState
from matcher.services.keys import Caller
from matcher.storage.tables import ExclusionRow, InvitationRow, Occurrence, PersonRow


@dataclass(frozen=True, slots=True)
class Visitor:
    """All that an organisation learns of somebody who said yes (CARE 17)."""

    alias: str
    occurrence: Occurrence
    needs: tuple[str, ...]


def invitations(
    session: Session, caller: Caller, person_id: str | None, after: str | None, limit: int
) -> Sequence[InvitationRow]:
    """Invitations of the caller's team, oldest first, those after the id `after`; of one person when `person_id` is given."""
    query = (
        select(InvitationRow)
        .join(PersonRow, PersonRow.id == InvitationRow.person_id)
        .where(PersonRow.team_id == caller.team_id)
    )
    if person_id is not None:
        query = query.where(InvitationRow.person_id == person_id)
    if after is not None:
        query = query.where(InvitationRow.id > after)
    return session.scalars(query.order_by(InvitationRow.id).limit(limit)).all()


def visitors(session: Session, opportunity_id: str, organisation_id: str) -> list[Visitor]:
    """Who said yes to an opportunity and is still to come, by session.

    Exclusions are looked at once more before anything is revealed (CARE 18).
    """
    excluded = exists().where(
        ExclusionRow.person_id == InvitationRow.person_id, ExclusionRow.organisation_id == organisation_id
    )
    rows = session.execute(
        select(InvitationRow, PersonRow)
        .join(PersonRow, PersonRow.id == InvitationRow.person_id)
        .join(Occurrence, Occurrence.id == InvitationRow.occurrence_id)
        .where(
            InvitationRow.opportunity_id == opportunity_id,
            InvitationRow.organisation_id == organisation_id,
            InvitationRow.state == InvitationState.accepted,
            ~excluded,
        )
        .order_by(Occurrence.starts_at, PersonRow.alias, InvitationRow.id)
    ).all()
    return [
        Visitor(person.alias, invitation.occurrence, tuple(person.intake["share_needs"]))
        for invitation, person in rows
    ]
