"""Lists that callers may look at: invitations for a team, accepted visitors for an organisation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import Session, aliased

from matcher.domain.invitation import InvitationState
from matcher.domain.opportunity import OpportunityState, OrganisationState
from matcher.domain.person import PersonState
from matcher.domain.values import Purpose
from matcher.services.keys import Caller
from matcher.storage.tables import (
    ConsentRow,
    ExclusionRow,
    InvitationRow,
    Occurrence,
    OpportunityRow,
    OrganisationRow,
    PersonRow,
)


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


def visitors(session: Session, opportunity_id: str, organisation_id: str, now: datetime) -> list[Visitor]:
    """Who said yes to an opportunity and is still to come, by session."""
    guests = revealable(now).where(
        InvitationRow.opportunity_id == opportunity_id, InvitationRow.organisation_id == organisation_id
    )
    rows = session.execute(guests.order_by(Occurrence.starts_at, PersonRow.alias, InvitationRow.id)).all()
    return [
        Visitor(person.alias, invitation.occurrence, tuple(person.intake["share_needs"]))
        for invitation, person in rows
    ]


def revealable(now: datetime) -> Select[tuple[InvitationRow, PersonRow]]:
    """Accepted invitations of which an organisation may learn at this moment, with whose they are.

    Looked at once more before anything is revealed, because the event of a change may not have had its turn: consent
    (CARE 21), a freeze (CARE 12), the vetting (CARE 15), and exclusions, those from another guest too (CARE 18).
    """
    return (
        select(InvitationRow, PersonRow)
        .join(PersonRow, PersonRow.id == InvitationRow.person_id)
        .join(Occurrence, Occurrence.id == InvitationRow.occurrence_id)
        .join(OpportunityRow, OpportunityRow.id == InvitationRow.opportunity_id)
        .join(OrganisationRow, OrganisationRow.id == InvitationRow.organisation_id)
        .where(
            InvitationRow.state == InvitationState.accepted,
            PersonRow.state.in_((PersonState.open, PersonState.paused)),
            OpportunityRow.state != OpportunityState.withdrawn,
            OrganisationRow.state == OrganisationState.vetted,
            OrganisationRow.vetted_until > now,
            _agreed(now),
            ~_kept_from_the_organisation(),
            ~_kept_from_another_guest(),
        )
    )


def _agreed(now: datetime) -> ColumnElement[bool]:
    return exists().where(
        ConsentRow.person_id == InvitationRow.person_id,
        ConsentRow.purpose == Purpose.matching,
        ConsentRow.given_at <= now,
        or_(ConsentRow.withdrawn_at.is_(None), ConsentRow.withdrawn_at > now),
    )


def _kept_from_the_organisation() -> ColumnElement[bool]:
    return exists().where(
        ExclusionRow.person_id == InvitationRow.person_id,
        ExclusionRow.organisation_id == InvitationRow.organisation_id,
    )


def _kept_from_another_guest() -> ColumnElement[bool]:
    """Of two yeses to one session it is that of the one who asked to be apart that goes."""
    other = aliased(InvitationRow)
    return exists().where(
        ExclusionRow.person_id == InvitationRow.person_id,
        ExclusionRow.other_person_id == other.person_id,
        other.occurrence_id == InvitationRow.occurrence_id,
        other.state == InvitationState.accepted,
    )
