"""The person's own hand: opening an invitation, answering, taking an answer back, cancelling, pausing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from matcher.domain.card import Card
from matcher.domain.errors import Conflict, InvalidInput
from matcher.domain.events import EventType
from matcher.domain.invitation import UNDO_WINDOW, Answer, InvitationState, may_cancel, may_undo
from matcher.domain.person import PersonState
from matcher.services.access import pace_access
from matcher.services.answers import besides
from matcher.services.asking.inviting import call_off, mark_sent, tell
from matcher.services.asking.letters import CALLED_OFF, CALLED_OFF_BY_CASEWORKER, card_of
from matcher.services.my_pace import own_words
from matcher.services.people import people
from matcher.services.suitability.judging import may_accept
from matcher.storage.encryption import token_hash
from matcher.storage.invitations import is_over, move
from matcher.storage.tables import ErasureRow, InvitationRow, LetterRow, PersonRow

_Deed = Callable[[Session, PersonRow, InvitationRow, datetime], None]


class Deed(StrEnum):
    """What the page can post: an answer, or taking one back."""

    not_now = "not_now"
    accept = "accept"
    too_much = "too_much"
    not_for_me = "not_for_me"
    undo = "undo"
    cancel = "cancel"
    bring = "bring"
    come_alone = "come_alone"
    remind = "remind"
    do_not_remind = "do_not_remind"


class View(StrEnum):
    """What the page has to say; each of them kindly."""

    open = "open"
    accepted = "accepted"
    declined = "declined"
    expired = "expired"
    withdrawn = "withdrawn"
    cancelled = "cancelled"
    over = "over"


@dataclass(frozen=True, slots=True)
class Opened:
    """An invitation as its page shows it. `paused`: they have a pause; `stopped`: a human talks with them first (CARE 12);
    `called_off`: it was cancelled, and not by them.
    """

    view: View
    card: Card
    answer: str | None
    can_undo: bool
    can_cancel: bool
    paused: bool
    stopped: bool
    may_bring: bool
    brings_somebody: bool
    may_remind: bool
    reminds: bool
    called_off: bool
    own_pages: str | None
    invitation_id: str
    version: int


_VIEWS = {
    InvitationState.accepted: View.accepted,
    InvitationState.declined: View.declined,
    InvitationState.expired: View.expired,
    InvitationState.cancelled: View.cancelled,
    InvitationState.visited: View.over,
    InvitationState.lapsed: View.over,
}


def open_invitation(session: Session, token: str, now: datetime) -> Opened | None:
    """The invitation behind a link, or None for a link nobody was given. Changes nothing (CARE 9)."""
    row = _find(session, token)
    return None if row is None else _opened(session, row, now)


def answer(session: Session, token: str, deed: str, now: datetime, *, pause: bool = False) -> Opened | None:
    """Do what the person chose, and give back how the invitation stands then; None for a link nobody was given.

    An answer that no longer fits (ended, answered already) changes nothing and is no error: the page says how things are.
    Emits `invitation.accepted`, `invitation.declined` (due when its undo window ends), `invitation.reopened`,
    `invitation.cancelled`, `person.paused`. Raises InvalidInput for an unknown answer. Safe to repeat.
    """
    locked = _locked(session, token)
    if locked is None:
        return None
    if deed and deed not in set(Deed):
        raise InvalidInput.at("/answer", f"One of: {', '.join(Deed)}.")
    person, found = locked
    if deed and _has_arrived(found):
        mark_sent(
            session, found, now
        )  # whoever follows its link has got the letter, whatever the mail server said
    if deed:
        with suppress(Conflict):  # it ended this very moment: the page says how it stands
            _DEEDS[Deed(deed)](session, person, found, now)
        session.refresh(found)
    if pause:
        people.pause(session, person, now)
    return _opened(session, found, now)


def ask(session: Session, token: str, question: str, now: datetime) -> Opened | None:
    """A question to whoever accompanies them; None for a link nobody was given. Emits `letter.due`. Safe to repeat.

    Raises Conflict while as many wait to be read as may.
    """
    locked = _locked(session, token)
    if locked is None:
        return None
    _, found = locked
    own_words.ask(session, found, question, now)
    return _opened(session, found, now)


def _find(session: Session, token: str) -> InvitationRow | None:
    """No link of somebody who is erased opens any more, though their rows may stay for some hours (CARE 23)."""
    going = select(ErasureRow.person_id)
    hashed = token_hash(token)
    known = or_(InvitationRow.token_hash == hashed, InvitationRow.former_token_hash == hashed)
    query = select(InvitationRow).where(known, InvitationRow.person_id.not_in(going))
    return session.scalars(query.execution_options(populate_existing=True)).first()


def _locked(session: Session, token: str) -> tuple[PersonRow, InvitationRow] | None:
    found = _find(session, token)
    if found is None:
        return None
    person = people.lock(session, found.person_id)
    again = _find(session, token)  # they may have been erased while this waited
    return None if again is None else (person, again)


def _has_arrived(row: InvitationRow) -> bool:
    """On its way, and its link is in somebody's hand before it was recorded as sent."""
    return row.state == InvitationState.approved and row.sending_at is not None


def _is_open(row: InvitationRow, now: datetime) -> bool:
    return row.state == InvitationState.sent and row.expires_at is not None and now < row.expires_at


def _opened(session: Session, row: InvitationRow, now: datetime) -> Opened:
    state = InvitationState(row.state)
    view = _VIEWS.get(state, View.withdrawn)
    if state is InvitationState.sent:
        view = View.open if _is_open(row, now) else View.expired
    elif _has_arrived(row):
        view = View.open
    elif is_over(row, now):
        view = View.over
    person = session.get_one(PersonRow, row.person_id)
    card, can_cancel = card_of(session, row), may_cancel(state, row.occurrence.starts_at, now)
    return Opened(
        view=view,
        card=card,
        answer=row.answer,
        can_undo=row.live and may_undo(state, row.answered_at, now),
        can_cancel=can_cancel,
        paused=person.paused_at is not None,
        stopped=person.state in (PersonState.frozen, PersonState.closed),
        may_bring=can_cancel and card.companion_welcome,
        brings_somebody=row.brings_somebody,
        may_remind=besides.may_remind(person, row, now),
        reminds=besides.reminds(session, person, row),
        called_off=_was_called_off(session, row),
        own_pages=pace_access.known_path(session, row.person_id),
        invitation_id=row.id,
        version=row.version,
    )


def _was_called_off(session: Session, row: InvitationRow) -> bool:
    """Whether a yes ended from another side than theirs: then there is a letter that says so."""
    says_so = (LetterRow.invitation_id == row.id) & LetterRow.kind.in_((CALLED_OFF, CALLED_OFF_BY_CASEWORKER))
    return row.state == InvitationState.cancelled and bool(session.scalar(select(exists().where(says_so))))


def _accept(session: Session, person: PersonRow, row: InvitationRow, now: datetime) -> None:
    if not _is_open(row, now):
        return
    if not may_accept(session, person, row, now):
        call_off(session, row, now, by="recheck", silent=True)
        return
    move(session, row, InvitationState.accepted, now, answered_at=now, answer=Answer.accept)
    person.unanswered = 0
    tell(session, EventType.invitation_accepted, row, now)


def _decline(said: Answer) -> _Deed:
    def decline(session: Session, person: PersonRow, row: InvitationRow, now: datetime) -> None:
        if not _is_open(row, now):
            return
        # It stays live until it can no longer be taken back: seat and learning wait for that.
        move(session, row, InvitationState.declined, now, live=True, answered_at=now, answer=said)
        person.unanswered = 0
        tell(session, EventType.invitation_declined, row, now, available_at=now + UNDO_WINDOW)

    return decline


def _undo(session: Session, person: PersonRow, row: InvitationRow, now: datetime) -> None:  # noqa: ARG001
    if not may_undo(InvitationState(row.state), row.answered_at, now) or not row.live:
        return
    was_accepted = row.state == InvitationState.accepted
    row.brings_somebody = False  # said of that yes; of another one it is asked anew
    expires_at = max(row.expires_at or now, now + UNDO_WINDOW)
    if row.occurrence.starts_at is not None:  # it may have been moved since, to a nearer day
        expires_at = min(expires_at, row.occurrence.starts_at)
    move(session, row, InvitationState.sent, now, answered_at=None, answer=None, expires_at=expires_at)
    tell(session, EventType.invitation_reopened, row, now, was_accepted=was_accepted)
    tell(session, EventType.invitation_expiring, row, now, available_at=expires_at)


def _cancel(session: Session, person: PersonRow, row: InvitationRow, now: datetime) -> None:  # noqa: ARG001
    if may_cancel(InvitationState(row.state), row.occurrence.starts_at, now):
        call_off(session, row, now, by="person", silent=False)


_DEEDS: dict[Deed, _Deed] = {
    Deed.accept: _accept,
    Deed.not_now: _decline(Answer.not_now),
    Deed.too_much: _decline(Answer.too_much),
    Deed.not_for_me: _decline(Answer.not_for_me),
    Deed.undo: _undo,
    Deed.cancel: _cancel,
    Deed.bring: besides.bring,
    Deed.come_alone: besides.come_alone,
    Deed.remind: besides.remind,
    Deed.do_not_remind: besides.do_not_remind,
}
