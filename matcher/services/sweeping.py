"""The nightly sweep: every menu renewed, standing approvals decided where seats were short, what is past its keep erased."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from matcher.domain.events import Event, EventType
from matcher.domain.invitation import MatchState
from matcher.domain.opportunity import OpportunityState
from matcher.services import intake, inviting, privacy, vetting
from matcher.services.idempotency import forget_old
from matcher.services.importing import forget_old_imports
from matcher.services.outside import DEFAULT_TIMEZONE
from matcher.storage.outbox import emit
from matcher.storage.tables import EventRow, MatchRow, Occurrence, OpportunityRow, PersonRow, SweepRow

SWEEP_HOUR: Final = 2  # judgement, 2026-11: nobody is written to then, and nobody is at the desk
DONE_EVENTS_KEPT: Final = timedelta(days=14)  # judgement, 2026-11: long enough to look into what happened


def begin_if_due(session: Session, now: datetime) -> bool:
    """Emit `sweep.due` once for each local date, after the hour; the primary key lets one process win."""
    local = now.astimezone(ZoneInfo(DEFAULT_TIMEZONE))
    if local.hour < SWEEP_HOUR or session.get(SweepRow, local.date()) is not None:
        return False
    return begin(session, now)


def begin(session: Session, now: datetime) -> bool:
    """Emit `sweep.due` for today; False when today's was begun already."""
    due_on = now.astimezone(ZoneInfo(DEFAULT_TIMEZONE)).date()
    if session.get(SweepRow, due_on) is not None:
        return False
    session.add(SweepRow(due_on=due_on, started_at=now))
    session.flush()
    emit(session, EventType.sweep_due, f"sweep:{due_on.isoformat()}", {"due_on": due_on.isoformat()}, now=now)
    return True


def sweep(session: Session, _event: Event, now: datetime) -> None:
    """Renew everybody's menu (one `person.changed` each, so that any worker takes some), decide, tidy. Safe to repeat."""
    vetting.end_expired_vettings(session, now)
    _finish_past(session, now)
    decide_standing(session, now)
    for person_id in session.scalars(select(PersonRow.id).where(PersonRow.state == "open")):
        emit(session, EventType.person_changed, f"person:{person_id}", {"person_id": person_id}, now=now)
    privacy.push_on(session, now)
    forget_old(session, now)
    forget_old_imports(session, now)
    intake.forget_old(session, now)
    session.execute(delete(EventRow).where(EventRow.done_at < now - DONE_EVENTS_KEPT))


def decide_standing(session: Session, now: datetime) -> int:
    """Where a session had more candidates than seats: the best scores first, one seat each. Returns how many."""
    occurrences = session.scalars(
        select(MatchRow.occurrence_id)
        .where(MatchRow.state == MatchState.proposed, MatchRow.step == inviting.WITHIN_COMFORT)
        .group_by(MatchRow.occurrence_id)
        .order_by(MatchRow.occurrence_id)
    ).all()
    candidates = [match for one in occurrences for match in inviting.standing_candidates(session, one, now)]
    candidates.sort(key=lambda match: (-match.score, match.id))
    return sum(inviting.approve_if_possible(session, match, now) for match in candidates)


def _finish_past(session: Session, now: datetime) -> None:
    """A posting whose last session is over is finished."""
    ahead = (
        select(Occurrence.id)
        .where(
            Occurrence.opportunity_id == OpportunityRow.id,
            Occurrence.removed_at.is_(None),
            or_(Occurrence.ends_at.is_(None), Occurrence.ends_at > now),
        )
        .exists()
    )
    rows = session.scalars(
        select(OpportunityRow).where(OpportunityRow.state == OpportunityState.published, ~ahead)
    ).all()
    for row in rows:
        row.state = OpportunityState.finished
        row.version += 1


def oldest_due(session: Session, now: datetime) -> float:
    """Seconds that the oldest due event has been waiting; 0 when nothing waits."""
    earliest = session.scalar(
        select(func.min(EventRow.available_at)).where(EventRow.done_at.is_(None), EventRow.dead_at.is_(None))
    )
    return max(0.0, (now - earliest.astimezone(UTC)).total_seconds()) if earliest else 0.0
