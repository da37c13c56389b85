"""What somebody may add to their yes on its page: that somebody comes along, and one letter before it begins."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.domain.contact_policy import reminder_moment
from matcher.domain.events import EventType
from matcher.domain.invitation import InvitationState, may_cancel
from matcher.domain.letter import UNDER_WAY, LetterState
from matcher.domain.person import PersonState
from matcher.services.asking.host_letters import ANNOUNCED, ORGANISATION, was_announced
from matcher.services.asking.letters import PERSON, REMINDER, queue
from matcher.storage.invitations import touch
from matcher.storage.outbox import hasten
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


def reminds(session: Session, person: PersonRow, row: InvitationRow) -> bool:
    """Whether such a letter has been asked for and is still to go out, if no pause comes between."""
    return person.state == PersonState.open and _waiting(session, row, REMINDER) is not None


def remind_anew(session: Session, person: PersonRow, row: InvitationRow, now: datetime) -> None:
    """What it is about has been moved, of which they hear at once: the letter before it moves with it, or is said by that."""
    letter = _waiting(session, row, REMINDER)
    if letter is None or row.occurrence.starts_at is None:
        return
    moment = reminder_moment(person_of(person).contact_hours, row.occurrence.starts_at)
    if moment <= now:
        letter.state = LetterState.dropped
    else:
        letter.created_at = moment  # from then on it is tried for as long as any other
        hasten(session, EventType.letter_due, f"letter:{letter.id}", now)


def remind(session: Session, person: PersonRow, row: InvitationRow, now: datetime) -> None:
    """One letter about a day before it, inside their hours. Emits `letter.due` for then. Safe to repeat."""
    if may_remind(person, row, now) and _waiting(session, row, REMINDER) is None:
        assert row.occurrence.starts_at is not None
        moment = reminder_moment(person_of(person).contact_hours, row.occurrence.starts_at)
        touch(session, row)  # asked for, taken back and asked for again are three things
        queue(session, REMINDER, PERSON, row, now, available_at=moment)


def do_not_remind(session: Session, person: PersonRow, row: InvitationRow, now: datetime) -> None:  # noqa: ARG001
    """No letter before it after all. Safe to repeat."""
    letter = _waiting(session, row, REMINDER)
    if letter is not None:
        letter.state = LetterState.dropped


def _set_company(session: Session, row: InvitationRow, now: datetime, *, brings: bool) -> None:
    welcome = session.get_one(OpportunityRow, row.opportunity_id).facts.get("companion_welcome")
    if not may_cancel(InvitationState(row.state), row.occurrence.starts_at, now) or not welcome:
        return
    if row.brings_somebody is not brings:
        row.brings_somebody = brings
        touch(session, row)
        if was_announced(session, row):
            _announce_anew(session, row, now)


def _announce_anew(session: Session, row: InvitationRow, now: datetime) -> None:
    """Those there hear of it in a moment, unless it is by then as they know it."""
    # One that is going out this very moment says how it was; only one still to go out can say how it is.
    letter = _waiting(session, row, ANNOUNCED, LetterState.due)
    starts_at, soon = row.occurrence.starts_at, now + SAME_SITTING
    if letter is None:
        at_once = starts_at is not None and starts_at <= soon
        queue(session, ANNOUNCED, ORGANISATION, row, now, available_at=now if at_once else soon)
    elif letter.created_at > now:  # of the change that has just been taken back
        letter.state = LetterState.dropped


def _waiting(session: Session, row: InvitationRow, kind: str, *states: LetterState) -> LetterRow | None:
    """The letter of a kind under way, or in one of `states`. Reads only: the person's row is what changes wait for."""
    query = select(LetterRow).where(
        LetterRow.invitation_id == row.id, LetterRow.kind == kind, LetterRow.state.in_(states or UNDER_WAY)
    )
    return session.scalars(query.order_by(LetterRow.id)).first()
