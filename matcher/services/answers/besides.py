"""What somebody may add to their yes on its page: that somebody comes along, and one letter before it begins."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from matcher.domain.contact_policy import reminder_moment
from matcher.domain.invitation import InvitationState, may_cancel
from matcher.domain.letter import LetterState
from matcher.domain.person import PersonState
from matcher.services.asking.host_letters import ANNOUNCED, ORGANISATION, was_announced
from matcher.services.asking.letters import PERSON, REMINDER, queue
from matcher.storage.invitations import touch
from matcher.storage.people import person_of
from matcher.storage.tables import InvitationRow, LetterRow, OpportunityRow, PersonRow

SAME_SITTING: Final = timedelta(minutes=5)  # judgement, 2026-11: who tries both buttons is written about once


def bring(session: Session, person: PersonRow, row: InvitationRow, now: datetime) -> None:  # noqa: ARG001
    """Somebody comes along; those there hear of it as of any need that may be told to them (CARE 17). Emits `letter.due`."""
    _set_company(session, row, now, brings=True)


def come_alone(session: Session, person: PersonRow, row: InvitationRow, now: datetime) -> None:  # noqa: ARG001
    """Nobody comes along after all. Emits `letter.due`."""
    _set_company(session, row, now, brings=False)


def may_remind(person: PersonRow, row: InvitationRow, now: datetime) -> bool:
    """Whether one letter before it begins can still be asked for: not on a pause, in which nothing is sent (CARE 4)."""
    if row.state != InvitationState.accepted or row.occurrence.starts_at is None:
        return False
    moment = reminder_moment(person_of(person).contact_hours, row.occurrence.starts_at)
    return person.state == PersonState.open and now < moment


def reminds(session: Session, row: InvitationRow) -> bool:
    """Whether such a letter has been asked for and is still to go out."""
    waiting = select(LetterRow.id).filter_by(invitation_id=row.id, kind=REMINDER, state=LetterState.due)
    return session.scalars(waiting).first() is not None


def remind(session: Session, person: PersonRow, row: InvitationRow, now: datetime) -> None:
    """One letter about a day before it, inside their hours. Emits `letter.due` for then. Safe to repeat."""
    if may_remind(person, row, now) and not reminds(session, row):
        assert row.occurrence.starts_at is not None
        moment = reminder_moment(person_of(person).contact_hours, row.occurrence.starts_at)
        touch(session, row)  # asked for, taken back and asked for again are three things
        queue(session, REMINDER, PERSON, row, now, available_at=moment)


def do_not_remind(session: Session, person: PersonRow, row: InvitationRow, now: datetime) -> None:  # noqa: ARG001
    """No letter before it after all. Safe to repeat."""
    waiting = (
        LetterRow.invitation_id == row.id,
        LetterRow.kind == REMINDER,
        LetterRow.state == LetterState.due,
    )
    dropped = update(LetterRow).where(*waiting).values(state=LetterState.dropped)
    session.execute(dropped.execution_options(synchronize_session=False))


def _set_company(session: Session, row: InvitationRow, now: datetime, *, brings: bool) -> None:
    welcome = session.get_one(OpportunityRow, row.opportunity_id).facts.get("companion_welcome")
    if not may_cancel(InvitationState(row.state), row.occurrence.starts_at, now) or not welcome:
        return
    if row.brings_somebody is not brings:
        row.brings_somebody = brings
        touch(session, row)
        if was_announced(session, row) and not _is_announced_soon(session, row):
            queue(session, ANNOUNCED, ORGANISATION, row, now, available_at=now + SAME_SITTING)


def _is_announced_soon(session: Session, row: InvitationRow) -> bool:
    """Whether a letter of their coming has still to go out: it will say how it is then."""
    query = select(LetterRow.id).filter_by(invitation_id=row.id, kind=ANNOUNCED, state=LetterState.due)
    return session.scalars(query).first() is not None
