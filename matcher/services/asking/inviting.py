"""Approving a match: the caseworker's yes takes a seat and starts one invitation; nothing is written to anybody yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from matcher.domain.audit import Act
from matcher.domain.contact_policy import (
    Refusal,
    expiry,
    latest_sending,
    next_contact_moment,
    refusal,
)
from matcher.domain.errors import Conflict, NotFound
from matcher.domain.events import EventType
from matcher.domain.invitation import InvitationState, MatchState
from matcher.scoring.evaluation import Evaluation
from matcher.services.access.keys import Caller
from matcher.services.audit.auditing import record
from matcher.services.people import people
from matcher.services.suitability.judging import judge_held, kept_apart
from matcher.storage.encryption import keyring_of, token_hash
from matcher.storage.invitations import live_of_person, move, sent_moments, take_seat
from matcher.storage.outbox import emit
from matcher.storage.people import person_of, rest_of
from matcher.storage.tables import (
    InvitationHistoryRow,
    InvitationRow,
    MatchRow,
    Occurrence,
    OpportunityRow,
    PersonRow,
    new_id,
)

STANDING = "standing"
WITHIN_COMFORT = "within_comfort"
UNANSWERED = (InvitationState.approved, InvitationState.sent)


def get_match(session: Session, caller: Caller, match_id: str) -> MatchRow:
    """A match of somebody of the caller's team. Raises NotFound."""
    match = session.get(MatchRow, match_id)
    if match is not None and people.may_see(session, caller, match.person_id):
        return match
    raise NotFound("There is no such match.")


def approve(session: Session, match: MatchRow, approved_by: str, now: datetime) -> InvitationRow:
    """Approve a match: take the seat, start the invitation. Emits `invitation.approved`, `session.full` at the last seat,
    and `person.changed` of whoever must not meet them.

    Everything is judged again at this moment. A repeat is refused: the first one's invitation is live.

    Raises
    ------
    Conflict
        With code `live_invitation`, `stale`, `resting`, `pace` (with the date from which it is possible) or `full`.
    """
    person = people.lock(session, match.person_id)
    session.refresh(match)
    if live_of_person(session, person.id) is not None:
        raise Conflict("This person already has an invitation; one at a time.", code="live_invitation")
    if match.state != MatchState.proposed:
        raise Conflict("This proposal is no longer current; look at the menu again.", code="stale")
    verdict = _judge(session, person, match, now)
    if not verdict.eligible or (approved_by == STANDING and verdict.step != WITHIN_COMFORT):
        raise Conflict("Something has changed: this no longer fits. Look at the menu again.", code="stale")
    check_pace(session, person, now)
    _check_notice(person, match.occurrence, now)
    if not take_seat(session, match.occurrence_id):
        raise Conflict("The last seat has just been taken.", code="full")
    record(session, Act.match_approved, now, about=f"match:{match.id}", person_id=person.id)
    return _start(session, match, verdict, approved_by, now)


def set_aside(session: Session, match: MatchRow, reason: str, now: datetime) -> MatchRow:
    """The caseworker says no to a proposal, and why. A repeat changes nothing. Raises Conflict once it was approved."""
    people.lock(session, match.person_id)
    session.refresh(match)
    if match.state == MatchState.approved:
        raise Conflict("This match was approved; withdraw its invitation instead.")
    if match.state == MatchState.proposed:
        match.state, match.set_aside_reason, match.set_aside_at = MatchState.set_aside, reason, now
        match.version += 1
        session.flush()
        record(session, Act.match_set_aside, now, about=f"match:{match.id}", person_id=match.person_id)
    return match


def withdraw(session: Session, row: InvitationRow, now: datetime) -> InvitationRow:
    """The caseworker takes an invitation back. Emits `invitation.withdrawn`, or `invitation.cancelled` for an accepted one.

    Raises Conflict when it has ended already.
    """
    people.lock(session, row.person_id)
    session.refresh(row)
    if row.state == InvitationState.withdrawn:
        return row
    record(session, Act.invitation_withdrawn, now, about=f"invitation:{row.id}", person_id=row.person_id)
    call_off(session, row, now, by="caseworker", silent=False)
    return row


def mark_sent(session: Session, row: InvitationRow, now: datetime) -> None:
    """An approved invitation has reached the person. Emits `invitation.sent`, and `invitation.expiring` for later."""
    expires_at = expiry(now, row.occurrence.starts_at)
    move(session, row, InvitationState.sent, now, sent_at=now, expires_at=expires_at, sending_at=None)
    tell(session, EventType.invitation_sent, row, now)
    tell(session, EventType.invitation_expiring, row, now, available_at=expires_at)


def call_off(session: Session, row: InvitationRow, now: datetime, *, by: str, silent: bool) -> None:
    """End a live invitation from our side. `by`: who or what it came from, such as `person`, `consent` or `organiser`; `silent`: no note to the person.

    An accepted one becomes cancelled (those told of it are told again), any other withdrawn. The event carries whether
    it had been sent: nobody is written to about an invitation they never saw.
    """
    was = InvitationState(row.state)
    after = InvitationState.cancelled if was is InvitationState.accepted else InvitationState.withdrawn
    move(session, row, after, now)
    event = (
        EventType.invitation_cancelled
        if after is InvitationState.cancelled
        else EventType.invitation_withdrawn
    )
    tell(session, event, row, now, by=by, silent=silent, was_sent=was is not InvitationState.approved)


def hindrance(session: Session, person: PersonRow, now: datetime) -> Refusal | None:
    """What pace and rests say against writing to somebody now."""
    return hindrance_of(person, sent_moments(session, person.id), now)


def hindrance_of(person: PersonRow, sent: Sequence[datetime], now: datetime) -> Refusal | None:
    """The same for somebody of whom is known when they were written to, in any order."""
    return refusal(rest_of(person), person_of(person).pace, sent, now)


def check_pace(session: Session, person: PersonRow, now: datetime) -> None:
    """Raise Conflict, with the date from which it is possible, while the person rests or was asked recently."""
    found = hindrance(session, person, now)
    if found is None:
        return
    if found.code == "pace":
        raise Conflict(
            "That would be sooner than this person wants to be asked.", code="pace", from_at=found.from_at
        )
    detail = "This person is resting." if found.from_at else "Talk with this person first, and record it."
    raise Conflict(detail, code="resting", from_at=found.from_at)


def tell(session: Session, event: EventType, row: InvitationRow, now: datetime, **flags: Any) -> None:
    """Emit an event about an invitation; `available_at` may be among the flags."""
    available_at = flags.pop("available_at", None)
    emit(
        session, event, f"invitation:{row.id}",
        {"invitation_id": row.id, "person_id": row.person_id, "opportunity_id": row.opportunity_id, **flags},
        now=now, version=row.version, available_at=available_at,
    )  # fmt: skip


def _judge(session: Session, person: PersonRow, match: MatchRow, now: datetime) -> Evaluation:
    row = session.get_one(OpportunityRow, match.opportunity_id)
    return judge_held(session, person, row, match.occurrence_id, now, requested=match.requested)


def is_in_time(person: PersonRow, occurrence: Occurrence, now: datetime) -> bool:
    """Whether an invitation to this session could still be sent gently (SCORING §8)."""
    latest = latest_sending(occurrence.starts_at)
    return latest is None or next_contact_moment(person_of(person).contact_hours, now) <= latest


def _check_notice(person: PersonRow, occurrence: Occurrence, now: datetime) -> None:
    """An invitation that could only be sent too late is not begun."""
    if not is_in_time(person, occurrence, now):
        raise Conflict("It is too soon now to ask gently; take a later session.", code="stale")


def _start(
    session: Session, match: MatchRow, verdict: Evaluation, approved_by: str, now: datetime
) -> InvitationRow:
    invitation_id = new_id()
    row = InvitationRow(
        id=invitation_id, match_id=match.id, person_id=match.person_id, occurrence_id=match.occurrence_id,
        opportunity_id=match.opportunity_id, organisation_id=match.organisation_id, requested=match.requested,
        approved_by=approved_by, approved_at=now, asked=asked_rungs(verdict), version=1,
        travel_minutes=verdict.travel_minutes or 0.0,
        token_hash=token_hash(keyring_of(session).tokens("invitation", invitation_id)[0]),
    )  # fmt: skip
    try:
        session.add(row)
        session.flush()
    except IntegrityError:
        raise Conflict(
            "This person already has an invitation; one at a time.", code="live_invitation"
        ) from None
    session.add(InvitationHistoryRow(invitation_id=row.id, version=1, at=now, state=InvitationState.approved))
    match.state = MatchState.approved
    match.version += 1
    session.flush()
    session.refresh(row)
    tell(session, EventType.invitation_approved, row, now)
    _tell_if_full(session, row, now)
    for one in sorted(
        kept_apart(session, row.person_id)
    ):  # what was proposed to them may lead there, too (CARE 18)
        people.tell(session, EventType.person_changed, session.get_one(PersonRow, one), now)
    return row


def asked_rungs(verdict: Evaluation) -> dict[str, float | None]:
    """What was asked when it was offered: learning uses the rungs of that moment."""
    return {one.aspect.value: one.asks for one in verdict.aspects}


def _tell_if_full(session: Session, row: InvitationRow, now: datetime) -> None:
    occurrence = session.get_one(Occurrence, row.occurrence_id, populate_existing=True)
    if occurrence.taken >= occurrence.capacity:
        emit(
            session,
            EventType.session_full,
            f"occurrence:{occurrence.id}",
            {"occurrence_id": occurrence.id},
            now=now,
        )
