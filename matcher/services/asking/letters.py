"""Which letter is due to whom, and what stands in it at the moment it is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.domain.card import Card, make_card
from matcher.domain.contact_policy import ANSWER_BEFORE_SESSION, next_contact_moment, reminder_moment
from matcher.domain.errors import NotYet
from matcher.domain.events import EventType
from matcher.domain.invitation import InvitationState
from matcher.domain.opportunity import TOLD_FACTS
from matcher.domain.opportunity import Session as SessionTime
from matcher.domain.person import Person, PersonState
from matcher.domain.ports import OutgoingMail
from matcher.domain.values import Purpose, TravelMode
from matcher.mail import calendar
from matcher.mail import letters as mail
from matcher.scoring.distance import distance_km, on_foot
from matcher.services.access import account_links, pace_access
from matcher.services.asking import host_letters
from matcher.services.asking.showing import is_revealable
from matcher.services.outside import DEFAULT_TIMEZONE, Outside
from matcher.storage.encryption import token_hash
from matcher.storage.invitations import link_tokens
from matcher.storage.opportunities import opportunity_of
from matcher.storage.outbox import emit
from matcher.storage.people import person_of
from matcher.storage.tables import (
    CaseworkerRow,
    InvitationRow,
    LetterRow,
    MatchRow,
    OpportunityRow,
    PersonRow,
    new_id,
)

INVITATION: Final = "invitation"
CHANGED, TAKEN_BACK, WITHDRAWN, REMINDER = "changed", "cancelled_by_person", "withdrawn", "reminder"
CALLED_OFF, CALLED_OFF_BY_CASEWORKER = "called_off", "called_off_by_caseworker"
NOTICE: Final = "notice."
PERSON, CASEWORKER, SUPPORTER = "person", "caseworker", "supporter:"
CALENDAR_UID_DOMAIN: Final = "matcher"
LATER: Final = "…"  # stands for the token of a link that is made later


def queue(
    session: Session,
    kind: str,
    reader: str,
    row: InvitationRow,
    now: datetime,
    *,
    changes: Iterable[str] = (),
    available_at: datetime | None = None,
) -> None:
    """A letter about an invitation becomes due. Emits `letter.due`. A repeat for the same version changes nothing.

    `changes` are names of `TOLD_FACTS`, for a letter that says what is new. `available_at`: not before that moment.
    """
    known = session.scalars(
        select(LetterRow.id).filter_by(
            invitation_id=row.id, kind=kind, reader=reader, invitation_version=row.version
        )
    ).first()
    if known is None:
        letter = new_letter(session, kind, reader, row, available_at or now)
        letter.changes = " ".join(fact for fact in TOLD_FACTS if fact in set(changes))
        _due(session, letter, now, available_at)


def new_letter(session: Session, kind: str, reader: str, row: InvitationRow, due_at: datetime) -> LetterRow:
    """The row of a letter about an invitation, which is to go out from `due_at` on."""
    letter = LetterRow(
        id=new_id(), kind=kind, reader=reader, person_id=row.person_id, invitation_id=row.id,
        invitation_version=row.version, created_at=due_at,
    )  # fmt: skip
    session.add(letter)
    session.flush()
    return letter


def notify_caseworker(session: Session, person_id: str, reason: mail.Reason, now: datetime) -> None:
    """Something needs a human: a letter to the person's caseworker. Emits `letter.due`."""
    letter = LetterRow(
        id=new_id(), kind=f"{NOTICE}{reason}", reader=CASEWORKER, person_id=person_id, created_at=now
    )
    session.add(letter)
    session.flush()
    _due(session, letter, now)


def compose(session: Session, outside: Outside, letter: LetterRow, now: datetime) -> OutgoingMail | None:
    """The letter as it reads now, or None when by now it must not be sent (CARE 10, 17, 18)."""
    if account_links.is_about_account(letter):
        return account_links.compose(session, outside, letter, now)
    if pace_access.is_code(letter):
        return pace_access.compose(session, outside, letter, now)
    if letter.kind.startswith(NOTICE):
        return _notice(session, outside, letter)
    row = session.get_one(InvitationRow, letter.invitation_id, populate_existing=True)
    if letter.reader == PERSON:
        return _to_person(session, outside, letter, row, now)
    if letter.reader == host_letters.ORGANISATION:
        return host_letters.compose(session, outside, letter, row, now)
    return _to_supporter(session, outside, letter, row, now)


def card_of(session: Session, row: InvitationRow) -> Card:
    """What the invitation says, as the posting says it now."""
    return _card(session, row, host_letters.session_time(row), row.travel_minutes)


def draft(session: Session, outside: Outside, match: MatchRow) -> OutgoingMail:
    """The letter that approving a match would send, for its reader to look at; its two links are made with the approval.

    Writes nothing. Raises InvalidInput when a fact is missing that the letter would have to say.
    """
    person = session.get_one(PersonRow, match.person_id)
    return mail.invitation(
        draft_card(session, match),
        to=person.contact["address"] if person.contact else "",
        message_id=outside.message_id(match.id),
        sender=outside.sender,
        answer_url=f"{outside.base_url}/i/{LATER}",
        pause_url=f"{outside.base_url}/pause/{LATER}",
        pace_url=f"{outside.base_url}{pace_access.PATH}{LATER}",
        help_lines=outside.help_lines,
    )


def draft_card(session: Session, match: MatchRow) -> Card:
    """What an invitation to a match would say."""
    time = SessionTime(match.occurrence.starts_at, match.occurrence.ends_at, match.occurrence_id)
    return _card(session, match, time, match.explanation["travel_minutes"] or 0.0)


def answer_url(session: Session, outside: Outside, row: InvitationRow) -> str:
    """The link of an invitation: the same at every try, whichever key made it."""
    tokens = link_tokens(session, row)
    token = next((one for one in tokens if token_hash(one) == row.token_hash), None)
    if token is None:  # its key was taken out of use: it gets a link of today's beside the one they have
        token = tokens[0]
        row.former_token_hash, row.token_hash = row.token_hash, token_hash(token)
    return f"{outside.base_url}/i/{token}"


@dataclass(frozen=True, slots=True)
class _Personal:
    """How one kind of letter to a person is written, and in which states of the invitation it still holds.

    `at_once`: a reply to their own act, or news of a visit they said yes to (SCORING §8). Anything else keeps to their
    hours, and is not written to whoever is not open to ideas by then.
    """

    write: Callable[..., OutgoingMail]
    states: frozenset[str]
    calendar: Callable[..., bytes | None] | None = None
    at_once: bool = True


_S = InvitationState
_A_HUMAN_TELLS: Final = (PersonState.frozen, PersonState.closed)  # CARE 12
_TO_PERSON: Final = {
    INVITATION: _Personal(mail.invitation, frozenset({_S.approved})),
    "accepted": _Personal(mail.accepted, frozenset({_S.accepted}), calendar.invitation_entry),
    CHANGED: _Personal(mail.changed, frozenset({_S.accepted}), calendar.invitation_entry),
    TAKEN_BACK: _Personal(
        mail.cancelled_by_person,
        frozenset({_S.cancelled, _S.sent, _S.declined, _S.expired, _S.withdrawn}),
        calendar.cancellation_entry,
    ),
    CALLED_OFF: _Personal(mail.called_off, frozenset({_S.cancelled}), calendar.cancellation_entry),
    CALLED_OFF_BY_CASEWORKER: _Personal(
        lambda *args, **post: mail.called_off(*args, by_organiser=False, **post),
        frozenset({_S.cancelled}),
        calendar.cancellation_entry,
    ),
    WITHDRAWN: _Personal(mail.withdrawn, frozenset({_S.withdrawn}), at_once=False),
    REMINDER: _Personal(mail.reminder, frozenset({_S.accepted}), at_once=False),
}


def _to_person(
    session: Session, outside: Outside, letter: LetterRow, row: InvitationRow, now: datetime
) -> OutgoingMail | None:
    how = _TO_PERSON[letter.kind]
    person = session.get_one(PersonRow, row.person_id)
    if row.state not in how.states or not person.contact or person.state in _A_HUMAN_TELLS:
        return None
    if letter.kind == REMINDER and not _is_ahead(person_of(person), row.occurrence.starts_at, now):
        return None
    if not how.at_once and not _may_be_told(person_of(person), now):
        return None
    card = card_of(session, row)
    entry: dict[str, Any] = {"changes": letter.changes.split()} if letter.changes else {}
    if letter.kind == TAKEN_BACK:
        entry["open_again"] = row.state == _S.sent
    if how.calendar is not None:
        uid = f"{row.id}@{CALENDAR_UID_DOMAIN}"
        entry["calendar"] = how.calendar(card, uid=uid, sequence=row.version, now=now, sender=outside.sender)
    return how.write(
        card,
        **entry,
        to=person.contact["address"],
        message_id=outside.message_id(letter.id),
        sender=outside.sender,
        answer_url=answer_url(session, outside, row),
        **pace_access.own_links(session, outside, person.id),
        help_lines=outside.help_lines,
    )


def _is_ahead(person: Person, starts_at: datetime | None, now: datetime) -> bool:
    """Whether there is something to remind of. Raises NotYet where it has been moved to a later day."""
    if starts_at is None or starts_at - ANSWER_BEFORE_SESSION <= now:
        return False
    moment = reminder_moment(person.contact_hours, starts_at)
    if now < moment:
        raise NotYet(moment, "It begins later than when the reminder was asked for.")
    return True


def _may_be_told(person: Person, now: datetime) -> bool:
    """Whether they may hear of what is no reply to them. Raises NotYet with when their hours begin."""
    if person.state != PersonState.open or not person.agreed_to(Purpose.matching, now):
        return False
    moment = next_contact_moment(person.contact_hours, now)
    if moment > now:
        raise NotYet(moment, "Outside the hours of this person.")
    return True


def _card(session: Session, row: InvitationRow | MatchRow, time: SessionTime, travel_minutes: float) -> Card:
    person_row = session.get_one(PersonRow, row.person_id)
    person = person_of(person_row)
    posting = opportunity_of(session.get_one(OpportunityRow, row.opportunity_id))
    distance = distance_km(person, posting)
    walking = distance is not None and on_foot(person, distance)
    return make_card(
        posting,
        time,
        person,
        asked_by=session.get_one(CaseworkerRow, person_row.caseworker_id).name,
        travel_minutes=travel_minutes,
        timezone=DEFAULT_TIMEZONE,
        mode=TravelMode.walk if walking else person.travel.mode,
    )


def _to_supporter(
    session: Session, outside: Outside, letter: LetterRow, row: InvitationRow, now: datetime
) -> OutgoingMail | None:
    """A copy, by the person's own consent (CARE 10), and of a yes of which those there may learn too (CARE 12, 15, 18, 21)."""
    person = person_of(session.get_one(PersonRow, row.person_id))
    index = int(letter.reader.removeprefix(SUPPORTER))
    if index >= len(person.supporters) or not is_revealable(session, row, now):
        return None
    supporter = person.supporters[index]
    if not supporter.receives_copy or not person.agreed_to(Purpose.supporter_copy, now):
        return None
    return mail.supporter_copy(
        card_of(session, row),
        language=person.language,
        to=supporter.contact.address,
        message_id=outside.message_id(letter.id),
        sender=outside.sender,
    )


def _notice(session: Session, outside: Outside, letter: LetterRow) -> OutgoingMail:
    person = session.get_one(PersonRow, letter.person_id)
    caseworker = session.get_one(CaseworkerRow, person.caseworker_id)
    reason = mail.Reason(letter.kind.removeprefix(NOTICE))
    # An id and nothing else (CARE 22); somebody who is erased has no page.
    where = "/desk" if reason is mail.Reason.erased else f"/desk/people/{person.id}"
    return mail.caseworker_notice(
        reason=reason,
        alias=person.alias,
        person_id=person.id,
        desk_url=f"{outside.base_url}{where}",
        language=outside.language,
        to=caseworker.email,
        message_id=outside.message_id(letter.id),
        sender=outside.sender,
    )


def _due(session: Session, letter: LetterRow, now: datetime, available_at: datetime | None = None) -> None:
    about = f"letter:{letter.id}"
    emit(session, EventType.letter_due, about, {"letter_id": letter.id}, now=now, available_at=available_at)
