"""Sending: recheck everything, commit, talk to the outside without a transaction, record what came of it.

After a commit that forbids it (a pause, a withdrawal, an exclusion) no sending starts; one already under way finds its
invitation withdrawn when it comes back, and its link opens a page that says so kindly.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy.orm import Session

from matcher.domain.contact_policy import latest_sending, next_contact_moment
from matcher.domain.errors import MailPermanentError, MailTemporaryError, NotYet
from matcher.domain.events import Event, EventType
from matcher.domain.invitation import InvitationState
from matcher.domain.letter import UNDER_WAY, LetterState
from matcher.domain.ports import OutgoingMail
from matcher.mail.letters import Reason
from matcher.services.asking.inviting import STANDING, WITHIN_COMFORT, call_off, hindrance, mark_sent, tell
from matcher.services.asking.letters import INVITATION, PERSON, compose, new_letter, notify_caseworker
from matcher.services.outside import Outside
from matcher.services.people import people
from matcher.services.suitability.judging import judge_held
from matcher.storage.invitations import move
from matcher.storage.outbox import backoff_seconds
from matcher.storage.people import person_of
from matcher.storage.tables import InvitationRow, LetterRow, OpportunityRow, PersonRow

UNSURE_AT_MOST: Final = 2  # tries of unknown result: the first and one extra copy (ARCHITECTURE §4)
LETTER_KEPT_FOR: Final = timedelta(days=3)  # judgement, 2026-11: afterwards a human is told instead
OURS_AGAIN_AFTER: Final = timedelta(seconds=5)  # our own folder has room as soon as somebody makes some

log = structlog.get_logger()

Record = Callable[[Session, LetterRow, datetime], None]


def deliver(outside: Outside, event: Event) -> None:
    """Send an approved invitation, when hours and pace allow and everything still holds (CARE 2).

    Commits: first that sending starts, then that it was sent (`invitation.sent`; `invitation.expiring` for later), or
    that it came to nothing. Raises NotYet with the moment to try again. Safe to repeat.
    """
    now = outside.clock()
    with outside.database.writing() as session:
        person = people.lock(session, event.subject("person_id"))
        row = session.get_one(InvitationRow, event.subject("invitation_id"), populate_existing=True)
        if row.state != InvitationState.approved or not _may_go_out(session, person, row, now):
            _leave_off(session, row)
            return
        letter = _letter_of(session, row) or new_letter(session, INVITATION, PERSON, row, now)
        row.sending_at = now
        message = _begin(session, outside, letter, now)
        letter_id = letter.id
        if letter.state == LetterState.dropped:
            return
    _hand_over(outside, letter_id, message, _record_sent, _record_undeliverable)


def send_letter(outside: Outside, event: Event) -> None:
    """Send any other letter that is due: replies to somebody's own act and news go at once (SCORING §8).

    Raises NotYet with the moment to try again. Safe to repeat.
    """
    now = outside.clock()
    with outside.database.writing() as session:
        letter = session.get_one(LetterRow, event.subject("letter_id"))
        if letter.person_id is not None:  # an exclusion, or a pause, comes before it or after it
            people.lock(session, letter.person_id)
        session.refresh(letter, with_for_update=True)
        if letter.state not in UNDER_WAY:
            return
        message = _begin(session, outside, letter, now)
        letter_id = letter.id
        if letter.state != LetterState.sending:
            return
    _hand_over(outside, letter_id, message, _nothing_more, _tell_human)


def _letter_of(session: Session, row: InvitationRow) -> LetterRow | None:
    letters = session.query(LetterRow).filter_by(invitation_id=row.id, kind=INVITATION)
    return letters.with_for_update().first()


def _leave_off(session: Session, row: InvitationRow) -> None:
    """Nothing more is sent of it. What may have arrived before nobody said so counts for the pace (CARE 2)."""
    letter = _letter_of(session, row)
    if letter is None or letter.state not in UNDER_WAY:
        return
    if letter.state == LetterState.due:
        letter.state = LetterState.dropped
        return
    letter.unsure += 1
    row.sent_at = row.sent_at or row.sending_at
    letter.state, letter.sent_at = LetterState.sent, row.sent_at


def _may_go_out(session: Session, person: PersonRow, row: InvitationRow, now: datetime) -> bool:
    """Everything once more, at the moment of sending. What no longer holds is withdrawn without a word."""
    posting = session.get_one(OpportunityRow, row.opportunity_id)
    verdict = judge_held(session, person, posting, row.occurrence_id, now, requested=row.requested)
    standing = row.approved_by == STANDING
    agreed = not standing or (verdict.step == WITHIN_COMFORT and people.has_standing_approval(person, now))
    if not verdict.eligible or not agreed or not person.contact:
        call_off(session, row, now, by="recheck", silent=True)
        return False
    found = hindrance(session, person, now)
    if found is not None and found.from_at is None:
        call_off(session, row, now, by="recheck", silent=True)
        return False
    earliest = now if found is None or found.from_at is None else found.from_at
    moment = next_contact_moment(person_of(person).contact_hours, earliest)
    latest = latest_sending(row.occurrence.starts_at)
    if latest is not None and moment > latest:
        move(session, row, InvitationState.expired, now)
        tell(session, EventType.invitation_expired, row, now, was_sent=False)
        return False
    if moment > now:
        raise NotYet(moment, "Outside the hours or the pace of this person.")
    return True


def _begin(session: Session, outside: Outside, letter: LetterRow, now: datetime) -> OutgoingMail | None:
    """Mark that sending starts; None when nothing may be, or needs to be, handed over any more."""
    if letter.state == LetterState.sending:
        letter.unsure += 1
    message = compose(session, outside, letter, now) if letter.unsure < UNSURE_AT_MOST else None
    if message is None and letter.unsure < UNSURE_AT_MOST:
        letter.state = LetterState.dropped
    elif message is None:  # it may have arrived twice already: no third copy
        letter.state, letter.sent_at = LetterState.sent, now
    else:
        letter.state = LetterState.sending
    session.flush()
    return message


def _hand_over(
    outside: Outside, letter_id: str, message: OutgoingMail | None, sent: Record, undeliverable: Record
) -> None:
    try:
        if message is not None:
            outside.mailer.send(message)
    except MailTemporaryError as error:
        _try_later(outside, letter_id, error, undeliverable)
        return
    except MailPermanentError:
        _close(outside, letter_id, LetterState.undeliverable, undeliverable)
        return
    _close(outside, letter_id, LetterState.sent, sent)
    log.info("letter.sent" if message is not None else "letter.not_needed", letter_id=letter_id)


def _try_later(outside: Outside, letter_id: str, error: MailTemporaryError, undeliverable: Record) -> None:
    now = outside.clock()
    with outside.database.writing() as session:
        letter = session.get_one(LetterRow, letter_id, with_for_update=True)
        tries = letter.tries = letter.tries + 1
        if not error.ambiguous:
            letter.state = LetterState.due
        created_at = letter.created_at
    if now - created_at > LETTER_KEPT_FOR:
        _close(outside, letter_id, LetterState.undeliverable, undeliverable)
        return
    wait = timedelta(seconds=backoff_seconds(tries))
    raise NotYet(now + (min(wait, OURS_AGAIN_AFTER) if error.ours else wait), str(error), failed=True)


def _close(outside: Outside, letter_id: str, state: LetterState, record: Record) -> None:
    now = outside.clock()
    with outside.database.writing() as session:
        letter = session.get_one(LetterRow, letter_id)
        if letter.person_id is not None:
            people.lock(session, letter.person_id)
        session.refresh(letter, with_for_update=True)
        letter.state = state
        letter.sent_at = now if state is LetterState.sent else None
        record(session, letter, now)


def _record_sent(session: Session, letter: LetterRow, now: datetime) -> None:
    row = session.get_one(InvitationRow, letter.invitation_id, populate_existing=True)
    if (
        row.state != InvitationState.approved
    ):  # withdrawn while it was under way; it counts for the pace all the same
        row.sent_at = row.sent_at or now
        return
    mark_sent(session, row, now)


def _record_undeliverable(session: Session, letter: LetterRow, now: datetime) -> None:
    row = session.get_one(InvitationRow, letter.invitation_id, populate_existing=True)
    if row.state != InvitationState.approved:
        return
    move(session, row, InvitationState.undeliverable, now, sending_at=None)
    tell(session, EventType.invitation_undeliverable, row, now)
    notify_caseworker(session, row.person_id, Reason.undeliverable, now)


def _nothing_more(session: Session, letter: LetterRow, now: datetime) -> None:
    """Other letters change nothing but themselves."""


def _tell_human(session: Session, letter: LetterRow, now: datetime) -> None:
    """News that cannot reach the person has to reach them through somebody."""
    if letter.reader == PERSON and letter.person_id is not None:
        notify_caseworker(session, letter.person_id, Reason.undeliverable, now)
