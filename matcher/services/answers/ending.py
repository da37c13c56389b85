"""How invitations end by themselves or by what happens to a person: silence, an answer, a pause, an exclusion."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from matcher.domain.errors import NotYet
from matcher.domain.events import Event, EventType
from matcher.domain.invitation import LAPSE_AFTER, OPEN_SEAT_HELD, InvitationState
from matcher.domain.person import PersonState
from matcher.domain.values import Kind, Purpose
from matcher.mail.letters import Reason
from matcher.services.answers.visiting import learn_from_answer, learn_from_silence
from matcher.services.asking.host_letters import ANNOUNCED, CANCELLED, ORGANISATION, was_announced
from matcher.services.asking.inviting import STANDING, UNANSWERED, call_off, tell
from matcher.services.asking.letters import (
    CALLED_OFF,
    CALLED_OFF_BY_CASEWORKER,
    PERSON,
    SUPPORTER,
    TAKEN_BACK,
    WITHDRAWN,
    notify_caseworker,
    queue,
)
from matcher.services.finding import matching
from matcher.services.people import people
from matcher.services.suitability.judging import may_accept
from matcher.storage.invitations import end_life, give_seat_back, move, to_come
from matcher.storage.tables import (
    ConsentRow,
    ExclusionRow,
    InvitationRow,
    OpportunityRow,
    PersonRow,
)

_S = InvitationState
_BESIDE_THEM = ("organiser", "suspension")  # an end that the organisation knows of, and the person does not


def expire(session: Session, event: Event, now: datetime) -> None:
    """An unanswered invitation ends silently. Emits `invitation.expired`. Safe to repeat."""
    person, row = _locked(session, event)
    if row.state == _S.sent and row.expires_at is not None and row.expires_at <= now:
        move(session, row, _S.expired, now)
        tell(session, EventType.invitation_expired, row, now, was_sent=True)
        learn_from_silence(session, person, row, now)


def settle(session: Session, event: Event, now: datetime) -> None:
    """After an end: learn from an answer, give the seat back, offer the session again, look for the next step.

    Safe to repeat. An answer that was taken back, or given anew, meanwhile is left to its own event.
    """
    person, row = _locked(session, event)
    if event.type is EventType.invitation_declined:
        if row.state != _S.declined or row.version != event.aggregate_version:
            return
        learn_from_answer(session, person, row, now)
        end_life(session, row)
    _write_about_the_end(session, event, row, now)
    if give_seat_back(session, row):
        matching.match_opportunity(session, row.opportunity_id, now)
    matching.match_locked(session, person, now)


def welcome(session: Session, event: Event, now: datetime) -> None:
    """A yes: the calendar entry to the person, what it may know to the organisation, copies by consent. Safe to repeat."""
    person, row = _locked(session, event)
    if row.state != _S.accepted:
        return
    queue(session, "accepted", PERSON, row, now)
    queue(session, ANNOUNCED, ORGANISATION, row, now)
    for index, supporter in enumerate(person.supporters or ()):
        if supporter["receives_copy"]:
            queue(session, "supporter_copy", f"{SUPPORTER}{index}", row, now)
    if row.occurrence.ends_at is None:
        tell(session, EventType.seat_held_long, row, now, available_at=_held_until(row))
    tell(session, EventType.invitation_lapsing, row, now, available_at=_lapses_at(row))


def take_back_welcome(session: Session, event: Event, now: datetime) -> None:
    """An answer was undone: those who were told of a yes are told again. Safe to repeat.

    What could not be accepted any more (a pause or a suspension since the answer) is withdrawn without a word.
    """
    person, row = _locked(session, event)
    if event.payload.get("was_accepted") and row.state != _S.accepted:
        queue(session, TAKEN_BACK, PERSON, row, now)
        if was_announced(session, row):
            queue(session, CANCELLED, ORGANISATION, row, now)
    if row.state == _S.sent and not may_accept(session, person, row, now):
        call_off(session, row, now, by="recheck", silent=True)


def lapse(session: Session, event: Event, now: datetime) -> None:
    """An accepted invitation without a recorded visit ends; nothing is learned from that. Safe to repeat.

    Raises NotYet when the session has moved since, or the yes was given anew.
    """
    person, row = _locked(session, event)
    if row.state != _S.accepted:
        return
    if now < _lapses_at(row):
        raise NotYet(_lapses_at(row), "The session has moved.")
    move(session, row, _S.lapsed, now)
    give_seat_back(session, row)
    matching.match_locked(session, person, now)


def free_long_held_seat(session: Session, event: Event, now: datetime) -> None:
    """The seat of an open session is free again 28 days after acceptance. Safe to repeat.

    Raises NotYet when the yes was given anew since.
    """
    _, row = _locked(session, event)
    if row.state != _S.accepted or row.occurrence.ends_at is not None:
        return
    if now < _held_until(row):
        raise NotYet(_held_until(row), "The yes was given anew.")
    if give_seat_back(session, row):
        matching.match_opportunity(session, row.opportunity_id, now)


def stop_unanswered(session: Session, event: Event, now: datetime) -> None:
    """A pause: what is live and not accepted is withdrawn silently; an accepted visit stays. Safe to repeat.

    Somebody who resumed before this event had its turn keeps what they have.
    """
    person = people.lock(session, event.subject("person_id"))
    if person.state != PersonState.open:
        _stop(session, person.id, now, lambda row: row.state in UNANSWERED)
    matching.match_person(session, person.id, now)


def stop_in_crisis(session: Session, event: Event, now: datetime) -> None:
    """A freeze stops everything, and a human is told at once (CARE 12). Safe to repeat."""
    person = people.lock(session, event.subject("person_id"))
    if person.state == PersonState.frozen:
        _stop(session, person.id, now, lambda row: row.state in (*UNANSWERED, _S.accepted))
    notify_caseworker(session, person.id, Reason.frozen, now)
    matching.match_person(session, person.id, now)


def stop_without_consent(session: Session, event: Event, now: datetime) -> None:
    """A consent was taken back: everything in flight that rests on it stops (CARE 21). Safe to repeat."""
    consent = session.get_one(ConsentRow, event.subject("consent_id"))
    person = people.lock(session, event.subject("person_id"))
    if any(
        one.purpose == consent.purpose
        and one.given_at <= now
        and (one.withdrawn_at is None or one.withdrawn_at > now)
        for one in person.consents
    ):
        return  # given again meanwhile, in newer words

    def rests_on_it(row: InvitationRow) -> bool:
        if consent.purpose == Purpose.matching:
            return row.state in (*UNANSWERED, _S.accepted)
        if consent.purpose == Purpose.standing_approval:
            return row.state in UNANSWERED and row.approved_by == STANDING
        kind = session.get_one(OpportunityRow, row.opportunity_id).kind
        living = consent.purpose == Purpose.communal_living and kind == Kind.communal_living
        return living and row.state in (*UNANSWERED, _S.accepted)

    _stop(session, person.id, now, rests_on_it, by="consent")
    matching.match_person(session, person.id, now)


def stop_excluded(session: Session, event: Event, now: datetime) -> None:
    """Two who must not meet: what would bring them together ends, silent to the other side (CARE 18). Safe to repeat."""
    exclusion = session.get(ExclusionRow, event.subject("exclusion_id"))
    if exclusion is None:  # lifted meanwhile, or gone with the other one's erasure
        return
    if exclusion.organisation_id is not None:
        organisation_id = exclusion.organisation_id
        _stop(
            session, exclusion.person_id, now,
            lambda row: row.organisation_id == organisation_id and row.state in (*UNANSWERED, _S.accepted),
        )  # fmt: skip
    else:
        _part(session, exclusion.person_id, str(exclusion.other_person_id), now)
        matching.match_person(session, str(exclusion.other_person_id), now)
    matching.match_person(session, exclusion.person_id, now)


def _part(session: Session, one: str, other: str, now: datetime) -> None:
    """Of two invitations to one session the unanswered one goes; with two yeses, that of the one who asked for it."""
    mine = next(iter(to_come(session, now, InvitationRow.person_id == one)), None)
    theirs = next(iter(to_come(session, now, InvitationRow.person_id == other)), None)
    if mine is None or theirs is None or mine.occurrence_id != theirs.occurrence_id:
        return
    # Whoever said no does not come anyhow.
    goes = next((row for row in (theirs, mine) if row.state == _S.declined), None)
    goes = goes or next((row for row in (mine, theirs) if row.state in UNANSWERED), mine)
    if goes.state in (*UNANSWERED, _S.accepted):
        call_off(session, goes, now, by="exclusion", silent=goes.state != _S.accepted)


def _stop(
    session: Session,
    person_id: str,
    now: datetime,
    stops: Callable[[InvitationRow], bool],
    *,
    by: str = "caseworker",
) -> None:
    people.lock(session, person_id)
    for row in to_come(session, now, InvitationRow.person_id == person_id):
        if stops(row):
            call_off(session, row, now, by=by, silent=row.state != _S.accepted)


def _write_about_the_end(session: Session, event: Event, row: InvitationRow, now: datetime) -> None:
    """Who has to hear of an end: those who had been told the opposite."""
    by, told = event.payload.get("by"), not event.payload.get("silent")
    if (
        event.type is EventType.invitation_withdrawn
        and by in _BESIDE_THEM
        and event.payload.get("was_sent")
        and told
    ):
        queue(session, WITHDRAWN, PERSON, row, now)
    if event.type is not EventType.invitation_cancelled:
        return
    kinds = {"person": TAKEN_BACK, "consent": TAKEN_BACK, "organiser": CALLED_OFF}
    person = session.get_one(PersonRow, row.person_id)
    if person.state != PersonState.frozen:  # in a crisis a human tells them
        queue(session, kinds.get(str(by), CALLED_OFF_BY_CASEWORKER), PERSON, row, now)
        if by in _BESIDE_THEM:
            notify_caseworker(session, person.id, Reason.called_off, now)
    if by not in _BESIDE_THEM and was_announced(session, row):
        queue(session, CANCELLED, ORGANISATION, row, now)


def _lapses_at(row: InvitationRow) -> datetime:
    """When an accepted invitation without a recorded visit ends."""
    return (row.occurrence.ends_at or _held_until(row)) + LAPSE_AFTER


def _held_until(row: InvitationRow) -> datetime:
    """How long an accepted invitation holds the seat of an open session."""
    return (row.answered_at or row.approved_at) + OPEN_SEAT_HELD


def _locked(session: Session, event: Event) -> tuple[PersonRow, InvitationRow]:
    """The person first, then the invitation: one order everywhere, so that nobody waits in a circle."""
    person = people.lock(session, event.subject("person_id"))
    return person, session.get_one(InvitationRow, event.subject("invitation_id"), populate_existing=True)
