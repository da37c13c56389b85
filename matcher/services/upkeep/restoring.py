"""After a backup was put back: what happened since is not in the record, so nothing old goes out on its word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from matcher.domain.invitation import InvitationState
from matcher.domain.letter import LetterState
from matcher.domain.person import PersonState
from matcher.services.asking.inviting import call_off
from matcher.services.outside import Outside
from matcher.services.people import people
from matcher.storage.engine import changed
from matcher.storage.restored import marked, unmark
from matcher.storage.tables import InvitationRow, LetterRow, PersonRow, SignInRow


@dataclass(frozen=True, slots=True)
class Settled:
    """How many unsent invitations were taken back, letters set down as tried, people paused, and browsers signed out."""

    withdrawn: int = 0
    letters: int = 0
    paused: int = 0
    signed_out: int = 0


def finish_restore(outside: Outside) -> Settled:
    """Settle a backup that was put back, and take its mark off with it: one commit, all noughts where none is marked.

    Each start comes here before anything is sent: a restore may have been cut off. Safe to repeat, and from several
    processes at once. Emits what `settle_restored` does.
    """
    with outside.database.writing() as session:
        outside.database.alone(session)
        connection = session.connection()
        if marked(connection) is None:
            return Settled()
        settled = settle_restored(session, outside.clock())
        unmark(connection)
        return settled


def settle_restored(session: Session, now: datetime) -> Settled:
    """Let nothing go out that may have gone out, or been stopped, after the backup was taken. Safe to repeat.

    An invitation approved and not recorded as sent may have reached its reader since: it is withdrawn without a word, and
    approving anew is the caseworker's. Every other letter counts as tried once: at most one extra copy, with the same
    Message-ID. Who had agreed to be written to without being asked again may have said stop since: they are paused until
    their caseworker resumes them. A browser may have been signed out since, or its owner have left: everybody signs in
    anew. Emits `invitation.withdrawn` and `person.paused`.
    """
    unsent = session.scalars(
        select(InvitationRow).where(InvitationRow.state == InvitationState.approved)
    ).all()
    for row in unsent:
        people.lock(session, row.person_id)
        session.refresh(row)
        call_off(session, row, now, by="restore", silent=True)
    due = (
        LetterRow.state == LetterState.due,
        LetterRow.created_at <= now,
    )  # what is due later went out nowhere
    letters = session.scalars(select(LetterRow).where(*due)).all()
    for letter in letters:
        letter.state = LetterState.sending
    paused = 0
    for person_id in session.scalars(select(PersonRow.id).where(PersonRow.state == PersonState.open)).all():
        person = people.lock(session, person_id)
        if people.has_standing_approval(person, now):
            people.pause(session, person, now)
            paused += 1
    signed_out = changed(session.execute(delete(SignInRow)))
    return Settled(len(unsent), len(letters), paused, signed_out)
