"""How invitations follow what an organisation does: changes, withdraws, is suspended, is vetted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from matcher.domain.events import Event
from matcher.domain.invitation import InvitationState
from matcher.domain.letter import LetterState
from matcher.services.answers import besides
from matcher.services.asking.inviting import UNANSWERED, call_off
from matcher.services.asking.letters import CHANGED, PERSON, queue
from matcher.services.finding import matching
from matcher.storage.invitations import end_life, live_of, to_come, touch
from matcher.storage.opportunities import is_vetted, published_ids
from matcher.storage.tables import (
    InvitationRow,
    LetterRow,
    Occurrence,
    OpportunityRow,
    OrganisationRow,
    PersonRow,
)

_S = InvitationState


def follow_change(session: Session, event: Event, now: datetime) -> None:
    """A posting changed: what was said of it no longer holds, so unanswered invitations go and guests are told.

    A change of one session touches only those invited to it. Then it is matched anew. Safe to repeat.
    """
    opportunity_id = event.subject("opportunity_id")
    moved, facts = (set(str(event.payload.get(name) or "").split()) for name in ("sessions", "facts"))
    everything = bool(event.payload.get("material"))
    for row in to_come(session, now, InvitationRow.opportunity_id == opportunity_id):
        untrue = everything or row.occurrence_id in moved
        changes = facts | ({"sessions"} if row.occurrence_id in moved else set())
        if untrue or (changes and row.state == _S.accepted):
            _follow(session, row, now, changes)
    _fit_capacity(session, opportunity_id, now)
    matching.match_opportunity(session, opportunity_id, now)


def call_off_opportunity(session: Session, event: Event, now: datetime) -> None:
    """A posting was withdrawn: everything live ends, with a kind note to those who had heard of it. Safe to repeat."""
    opportunity_id = event.subject("opportunity_id")
    _call_off_all(session, now, InvitationRow.opportunity_id == opportunity_id)
    matching.match_opportunity(session, opportunity_id, now)


def call_off_organisation(session: Session, event: Event, now: datetime) -> None:
    """The one switch: every live path of an organisation stops (CARE 15). Safe to repeat.

    One that was vetted again before this event had its turn keeps what it has.
    """
    organisation_id = event.subject("organisation_id")
    if is_vetted(session.get_one(OrganisationRow, organisation_id, populate_existing=True), now):
        return
    _call_off_all(session, now, InvitationRow.organisation_id == organisation_id, by="suspension")
    for opportunity_id in published_ids(session, organisation_id):
        matching.match_opportunity(session, opportunity_id, now)


def match_organisation(session: Session, event: Event, now: datetime) -> None:
    """A vetted organisation: each of its postings is matched, one event each, so that none waits for another."""
    for opportunity_id in published_ids(session, event.subject("organisation_id")):
        matching.match_later(session, opportunity_id, now)


def _follow(session: Session, row: InvitationRow, now: datetime, changes: set[str]) -> None:
    if row.state in UNANSWERED or (row.state == _S.accepted and row.occurrence.removed_at is not None):
        call_off(session, row, now, by="organiser", silent=False)
    elif row.state == _S.accepted:
        touch(session, row)  # the calendar entry gets a higher sequence number
        queue(session, CHANGED, PERSON, row, now, changes=changes | _untold(session, row))
        besides.remind_anew(session, session.get_one(PersonRow, row.person_id), row, now)
    elif row.state == _S.declined:
        end_life(session, row)  # taken back now, the answer would open something else than what they had read


def _untold(session: Session, row: InvitationRow) -> set[str]:
    """What a letter that has not gone out yet would have said has changed: the next one says it all."""
    waiting = (
        update(LetterRow)
        .where(
            LetterRow.invitation_id == row.id, LetterRow.kind == CHANGED, LetterRow.state == LetterState.due
        )
        .values(state=LetterState.dropped)
        .returning(LetterRow.changes)
        .execution_options(synchronize_session=False)
    )
    return set(" ".join(session.scalars(waiting)).split())


def _call_off_all(session: Session, now: datetime, where: object, *, by: str = "organiser") -> None:
    for row in to_come(session, now, where):  # type: ignore[arg-type]
        if row.state in (*UNANSWERED, _S.accepted):
            call_off(session, row, now, by=by, silent=False)


def _fit_capacity(session: Session, opportunity_id: str, now: datetime) -> None:
    """A lowered capacity always holds: the newest unanswered invitations are withdrawn (CARE 16)."""
    stated = session.get_one(OpportunityRow, opportunity_id).capacity or 0
    query = select(Occurrence).where(Occurrence.opportunity_id == opportunity_id)
    for occurrence in session.scalars(query.execution_options(populate_existing=True)):
        holding = InvitationRow.occurrence_id == occurrence.id
        newest_first = [
            row for row in live_of(session, holding) if row.state in UNANSWERED and row.holds_seat
        ]
        too_many = occurrence.taken - _coming_back(session, occurrence.id) - stated
        for row in newest_first[: max(0, too_many)]:
            call_off(session, row, now, by="organiser", silent=False)


def _coming_back(session: Session, occurrence_id: str) -> int:
    """Seats of invitations that have ended, given back as soon as the event of the end has its turn."""
    ended = InvitationRow.state.in_((_S.withdrawn, _S.expired, _S.undeliverable, _S.cancelled))
    query = select(func.count()).where(
        InvitationRow.occurrence_id == occurrence_id, ended, InvitationRow.holds_seat
    )
    return session.scalar(query) or 0
