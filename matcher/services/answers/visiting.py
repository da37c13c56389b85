"""How it went, in the person's own word, and what the next match learns from it (SCORING §4)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.domain.audit import Act
from matcher.domain.contact_policy import (
    Rest,
    TalkReason,
    rest_after_answer,
    rest_after_silence,
    rest_after_visit,
)
from matcher.domain.errors import Conflict, NotFound
from matcher.domain.events import Event, EventType
from matcher.domain.invitation import InvitationState
from matcher.domain.person import HistoryEntry
from matcher.domain.values import HistoryOutcome, Outcome
from matcher.mail.letters import Reason
from matcher.scoring.comfort import learn
from matcher.services.access.keys import Caller
from matcher.services.asking.inviting import tell
from matcher.services.asking.letters import notify_caseworker
from matcher.services.audit.auditing import record
from matcher.services.finding import matching
from matcher.services.people import people
from matcher.storage.invitations import give_seat_back, move
from matcher.storage.people import as_it_stands, comfort_of, history_entry_of, rest_of, set_comfort
from matcher.storage.tables import HistoryRow, InvitationRow, OpportunityRow, PersonRow, VisitRow, new_id


def get_invitation(session: Session, caller: Caller, invitation_id: str) -> InvitationRow:
    """An invitation of somebody of the caller's team. Raises NotFound."""
    row = session.get(InvitationRow, invitation_id)
    if row is not None and people.may_see(session, caller, row.person_id):
        return row
    raise NotFound("There is no such invitation.")


def record_visit(session: Session, row: InvitationRow, outcome: Outcome, now: datetime) -> InvitationRow:
    """Record how an accepted visit went. Emits `visit.recorded`. The same outcome again changes nothing.

    Raises Conflict when it was not accepted, or was recorded with another outcome.
    """
    people.lock(session, row.person_id)
    session.refresh(row)
    known = session.get(VisitRow, row.id)
    if known is not None and known.outcome == outcome:
        return row
    if known is not None:
        raise Conflict("How this visit went is recorded already.")
    if row.state != InvitationState.accepted:
        raise Conflict(f"Only an accepted invitation can have a visit; this one is {row.state}.")
    move(session, row, InvitationState.visited, now)
    session.add(VisitRow(invitation_id=row.id, person_id=row.person_id, outcome=outcome, recorded_at=now))
    session.flush()
    record(session, Act.visit_recorded, now, about=f"invitation:{row.id}", person_id=row.person_id)
    tell(session, EventType.visit_recorded, row, now)
    return row


def learn_from_visit(session: Session, event: Event, now: datetime) -> None:
    """Move the comfort model, rest where it was too much, and look for the next step. Safe to repeat."""
    person = people.lock(session, event.subject("person_id"))
    row = session.get_one(InvitationRow, event.subject("invitation_id"), populate_existing=True)
    visit = session.get_one(VisitRow, row.id)
    outcome = Outcome(visit.outcome)
    ends_at = row.occurrence.ends_at
    happened_at = visit.recorded_at if ends_at is None else min(ends_at, visit.recorded_at)
    if remember(session, person, row, HistoryOutcome(outcome), visit.recorded_at, happened_at=happened_at):
        rest(person, rest_after_visit(outcome, visit.recorded_at, row.id))
        if outcome is Outcome.too_much:
            notify_caseworker(session, person.id, Reason.visit_too_much, now)
    if row.occurrence.starts_at is None and give_seat_back(
        session, row
    ):  # an open session is free again after a visit
        matching.match_opportunity(session, row.opportunity_id, now)
    matching.match_person(session, person.id, now)


def learn_from_answer(session: Session, person: PersonRow, row: InvitationRow, now: datetime) -> None:
    """What an answer that can no longer be taken back means for the history, the model and the rest."""
    answered_at = row.answered_at or now
    if remember(session, person, row, HistoryOutcome(f"answered_{row.answer}"), answered_at):
        rest(person, rest_after_answer(str(row.answer), answered_at, row.id))
        if row.answer == "too_much":
            notify_caseworker(session, person.id, Reason.answered_too_much, now)


def learn_from_silence(session: Session, person: PersonRow, row: InvitationRow, now: datetime) -> None:
    """Nothing is learned from silence; it only brings a longer rest, and in the end a word with the caseworker."""
    if not remember(session, person, row, HistoryOutcome.no_answer, now):
        return
    person.unanswered += 1
    found = rest_after_silence(person.unanswered, now, row.id)
    rest(person, found)
    if found.talk is TalkReason.silence:
        notify_caseworker(session, person.id, Reason.no_answer, now)


def remember(
    session: Session,
    person: PersonRow,
    row: InvitationRow,
    outcome: HistoryOutcome,
    at: datetime,
    *,
    happened_at: datetime | None = None,
) -> bool:
    """Add one line to the history and learn from it at `at`; False when it stands there already.

    `happened_at`: when it was, where it was told later.
    """
    source = source_of(row.id, outcome)
    if session.scalars(select(HistoryRow.id).where(HistoryRow.source == source)).first() is not None:
        return False
    posting = session.get_one(OpportunityRow, row.opportunity_id)
    line = HistoryRow(
        id=new_id(), person_id=person.id, at=happened_at or at, outcome=outcome, aspects=row.asked, source=source,
        opportunity_id=row.opportunity_id, place_id=posting.place_id, organisation_id=row.organisation_id,
        stay_step=posting.facts.get("stay_step"), before=as_it_stands(person),
    )  # fmt: skip
    session.add(line)
    session.flush()
    entry: HistoryEntry = history_entry_of(line)
    set_comfort(person, learn(comfort_of(person), entry), at)
    person.version += 1
    session.flush()
    return True


def source_of(invitation_id: str, outcome: HistoryOutcome) -> str:
    """What keeps a line of the history from being written twice."""
    return f"{invitation_id}:{outcome}"


def rest(person: PersonRow, found: Rest) -> None:
    """Let somebody rest: a longer rest is never shortened, and a talk that is asked for stays asked for."""
    together = rest_of(person).extended(found)
    person.rest_until, person.talk_reason = together.until, together.talk
