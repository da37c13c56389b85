"""Erasing a person: at once for everybody who could look, within a day to the last row, and again after a restored backup.

How and why stands in docs/privacy.md. The order: the way to them is closed and every plan ended with the asking itself;
those who had been told of a visit are told once more; then every row goes, and what a file still holds of it. The ledger
outlives the database's backups.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from matcher.domain.audit import Act
from matcher.domain.errors import NotYet, TemporarilyUnavailable
from matcher.domain.events import Event, EventType
from matcher.domain.invitation import InvitationState
from matcher.domain.letter import UNDER_WAY
from matcher.domain.person import PersonState
from matcher.services.asking.host_letters import ORGANISATION
from matcher.services.asking.inviting import UNANSWERED, call_off
from matcher.services.asking.letters import CASEWORKER
from matcher.services.audit.auditing import record
from matcher.services.finding import matching
from matcher.services.outside import Outside
from matcher.services.people import people
from matcher.storage.erasing import delete_everything
from matcher.storage.invitations import end_life, give_seat_back, live_of
from matcher.storage.outbox import emit
from matcher.storage.tables import (
    ErasureRow,
    EventRow,
    InvitationRow,
    LetterRow,
    PaceCodeRow,
    PaceLinkRow,
    PaceVisitRow,
    PauseLinkRow,
    PersonRow,
)

ERASED_WITHIN: Final = timedelta(hours=24)  # CARE 23
OTHERS_TOLD_WITHIN: Final = timedelta(
    hours=12
)  # judgement, 2026-11: a mail server may be away for half a day
IDS_AT_ONCE: Final = 500  # far below what either database takes in one statement
LOOK_AGAIN: Final = timedelta(
    seconds=5
)  # judgement, 2026-11: the letter of a moment ago has usually gone by then


def erase(session: Session, row: PersonRow, now: datetime) -> datetime:
    """Close the way to somebody for good, and say when the last row will be gone; `row` is locked.

    In this transaction: contact, supporters and notes go, no link to them opens any more, what is live is withdrawn
    silently and an accepted visit cancelled. Emits `invitation.withdrawn` or `invitation.cancelled`, and `person.erased`.
    Safe to repeat.
    """
    known = session.get(ErasureRow, row.id)
    if known is not None:
        return known.asked_at + ERASED_WITHIN
    session.add(ErasureRow(person_id=row.id, asked_at=now))
    record(session, Act.person_erased, now, about=f"person:{row.id}")
    row.contact = row.supporters = row.notes = None
    row.state, row.talk_reason = PersonState.closed, None
    row.version += 1
    for ways_in in (PauseLinkRow, PaceLinkRow, PaceCodeRow, PaceVisitRow):
        session.query(ways_in).filter_by(person_id=row.id).delete()
    session.flush()
    for one in live_of(session, InvitationRow.person_id == row.id):
        if one.state in (*UNANSWERED, InvitationState.accepted):
            call_off(session, one, now, by="erasure", silent=True)
        else:
            end_life(session, one)
    people.tell(session, EventType.person_erased, row, now)
    return now + ERASED_WITHIN


def note_erasure(outside: Outside, event: Event) -> None:
    """Write the id into the ledger. Raises TemporarilyUnavailable where it cannot be written. Safe to repeat."""
    person_id = event.subject("person_id")
    with outside.database.reading() as session:
        asked_at = session.get_one(ErasureRow, person_id).asked_at
    _add_to_ledger(outside, person_id, asked_at)


def finish_erasure(session: Session, event: Event, now: datetime) -> None:
    """Delete every row, once those who had been told of a visit have heard that it is off. Safe to repeat.

    Raises NotYet while they have not; after OTHERS_TOLD_WITHIN it waits for nobody.
    """
    person_id = event.subject("person_id")
    erasure = session.get_one(ErasureRow, person_id)
    if session.get(PersonRow, person_id) is not None:
        people.lock(session, person_id)
        if now < erasure.asked_at + OTHERS_TOLD_WITHIN and _others_wait(session, person_id, now):
            raise NotYet(now + LOOK_AGAIN, "Others have to hear of it first.")
        _free_seats(session, person_id, now)
        delete_everything(session, person_id, but_event=event.id)
    erasure.done_at = erasure.done_at or now


def leave_no_trace(outside: Outside, _event: Event | None = None) -> None:
    """Once the rows are gone: what SQLite still holds of them beside its file goes, too, or at the latest tonight. Safe to repeat."""
    outside.database.empty_log()


def erase_again(outside: Outside, _event: Event | None = None) -> int:
    """Erase whoever a restored backup has brought back, and bring ledger and database in line; returns how many.

    At every start, before anybody is served, and every night. Commits; emits what `erase` does. Safe to repeat.
    """
    leave_no_trace(outside)  # of whom it could not go at once: somebody was reading, or the process ended
    if outside.erased is None:
        return 0
    now, known = outside.clock(), outside.erased.ids()
    with outside.database.writing() as session:
        outside.database.alone(session)  # several processes may be started at the same moment
        back = _returned(session, known)
        for row in back:
            session.query(ErasureRow).filter_by(person_id=row.id).delete()
            erase(session, row, now)
        recorded = session.execute(select(ErasureRow.person_id, ErasureRow.asked_at)).tuples().all()
    for person_id, asked_at in recorded:
        if person_id not in known:
            _add_to_ledger(outside, person_id, asked_at)
    return len(back)


def push_on(session: Session, now: datetime) -> None:
    """Each night: an erasure whose event came to nothing is begun again. Emits `person.erased`. Safe to repeat."""
    for person_id in session.scalars(select(ErasureRow.person_id).where(ErasureRow.done_at.is_(None))):
        emit(session, EventType.person_erased, f"person:{person_id}", {"person_id": person_id}, now=now)


def _returned(session: Session, known: Sequence[str]) -> list[PersonRow]:
    """Who of the ledger is there although nothing in this database erases them."""
    under_way = exists().where(ErasureRow.person_id == PersonRow.id, ErasureRow.done_at.is_(None))
    found: list[str] = []
    for start in range(0, len(known), IDS_AT_ONCE):
        some = PersonRow.id.in_(known[start : start + IDS_AT_ONCE])
        found += session.scalars(select(PersonRow.id).where(some, ~under_way)).all()
    return [people.lock(session, person_id) for person_id in found]


def _others_wait(session: Session, person_id: str, now: datetime) -> bool:
    """Whether an end still has to be worked on, or a letter about it to those who stay still has to go."""
    mine = select(InvitationRow.id).where(InvitationRow.person_id == person_id)
    ended = [f"invitation:{one}" for one in session.scalars(mine)]
    working = exists().where(
        EventRow.aggregate.in_(ended), EventRow.done_at.is_(None), EventRow.dead_at.is_(None),
        or_(EventRow.available_at <= now, EventRow.lease.is_not(None)),
    )  # fmt: skip
    writing = exists().where(
        LetterRow.person_id == person_id,
        LetterRow.reader.in_((ORGANISATION, CASEWORKER)),
        LetterRow.state.in_(UNDER_WAY),
    )
    return bool(session.scalar(select(or_(working, writing))))


def _free_seats(session: Session, person_id: str, now: datetime) -> None:
    """Nothing holds a seat for somebody who is gone."""
    for row in session.scalars(select(InvitationRow).where(InvitationRow.person_id == person_id)).all():
        if give_seat_back(session, row):
            matching.match_opportunity(session, row.opportunity_id, now)


def _add_to_ledger(outside: Outside, person_id: str, asked_at: datetime) -> None:
    if outside.erased is None:
        return
    try:
        outside.erased.add(person_id, asked_at)
    except OSError as error:
        raise TemporarilyUnavailable(
            f"The ledger of erasures cannot be written: {error.strerror}."
        ) from error
