"""Lists that callers may look at: invitations for a team, accepted visitors for an organisation."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import Session, aliased

from matcher.domain.invitation import InvitationState
from matcher.domain.opportunity import OpportunityState, OrganisationState
from matcher.domain.person import PersonState
from matcher.domain.values import Purpose
from matcher.services.access.keys import Caller
from matcher.services.people import people
from matcher.storage.tables import (
    ConsentRow,
    ExclusionRow,
    InvitationRow,
    Occurrence,
    OpportunityRow,
    OrganisationRow,
    PersonRow,
)

SOMEBODY_COMES_ALONG: Final = "seat_for_companion"  # said in words as any other need is


@dataclass(frozen=True, slots=True)
class Visitor:
    """All that an organisation learns of somebody who said yes (CARE 17).

    `invitation_id` is for those who show it, never to be shown: it holds the moment of the caseworker's yes.
    """

    alias: str
    occurrence: Occurrence
    needs: tuple[str, ...]
    opportunity: OpportunityRow
    invitation_id: str


def invitations(
    session: Session, caller: Caller, person_id: str | None, after: str | None, limit: int
) -> Sequence[InvitationRow]:
    """Invitations of the caller's team, oldest first, those after the id `after`; of one person when `person_id` is given."""
    query = (
        select(InvitationRow)
        .join(PersonRow, PersonRow.id == InvitationRow.person_id)
        .where(people.of_team(caller))
    )
    if person_id is not None:
        query = query.where(InvitationRow.person_id == person_id)
    if after is not None:
        query = query.where(InvitationRow.id > after)
    return session.scalars(query.order_by(InvitationRow.id).limit(limit)).all()


def visitors(session: Session, opportunity_id: str, organisation_id: str, now: datetime) -> list[Visitor]:
    """Who said yes to an opportunity, while its time is not over, by session."""
    return _to_come(
        session,
        now,
        InvitationRow.opportunity_id == opportunity_id,
        InvitationRow.organisation_id == organisation_id,
    )


def visitors_to_come(session: Session, organisation_id: str, now: datetime) -> list[Visitor]:
    """Who said yes to anything of an organisation, while its time is not over, the next session first."""
    return _to_come(session, now, InvitationRow.organisation_id == organisation_id)


def _to_come(session: Session, now: datetime, *which: ColumnElement[bool]) -> list[Visitor]:
    ahead = or_(Occurrence.ends_at.is_(None), Occurrence.ends_at > now)
    guests = revealable(now).where(*which, ahead)
    rows = session.execute(guests.order_by(Occurrence.starts_at, PersonRow.alias, InvitationRow.id))
    return [
        Visitor(
            person.alias, invitation.occurrence, told_needs(invitation, person.intake["share_needs"]), invitation.opportunity, invitation.id
        )
        for invitation, person in rows
    ]  # fmt: skip


def told_needs(row: InvitationRow, agreed: Iterable[str]) -> tuple[str, ...]:
    """The needs that those there are told: what was agreed, and a seat for whoever comes along."""
    return (*agreed, SOMEBODY_COMES_ALONG) if row.brings_somebody else tuple(agreed)


def revealable(now: datetime) -> Select[tuple[InvitationRow, PersonRow]]:
    """Invitations with a yes of which an organisation may learn at this moment, with whose they are.

    Looked at once more before anything is revealed, because the event of a change may not have had its turn: consent
    (CARE 21), a freeze (CARE 12), the vetting (CARE 15), and exclusions, those from another guest too (CARE 18).
    """
    return nameable(now, (InvitationState.accepted,)).where(
        PersonRow.state.in_((PersonState.open, PersonState.paused)),
        ~_kept_from_the_organisation(),
        ~_kept_from_another_guest(),
    )


def nameable(now: datetime, states: Collection[InvitationState]) -> Select[tuple[InvitationRow, PersonRow]]:
    """Invitations whose guest was revealed once and may still be named: one who vanished would tell of an exclusion or a
    crisis (CARE 12, 18).
    """
    return (
        select(InvitationRow, PersonRow)
        .join(PersonRow, PersonRow.id == InvitationRow.person_id)
        .join(Occurrence, Occurrence.id == InvitationRow.occurrence_id)
        .join(OpportunityRow, OpportunityRow.id == InvitationRow.opportunity_id)
        .join(OrganisationRow, OrganisationRow.id == InvitationRow.organisation_id)
        .where(
            InvitationRow.state.in_(states),
            PersonRow.state != PersonState.closed,
            OpportunityRow.state != OpportunityState.withdrawn,
            OrganisationRow.state == OrganisationState.vetted,
            OrganisationRow.vetted_until > now,
            _agreed(now),
        )
    )


def is_revealable(session: Session, row: InvitationRow, now: datetime) -> bool:
    """Whether somebody besides the person may learn of this yes at this moment."""
    return session.execute(revealable(now).where(InvitationRow.id == row.id)).first() is not None


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
