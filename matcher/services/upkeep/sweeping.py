"""The nightly sweep: what is over is tidied away, every menu renewed region by region, then the seats shared out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from matcher.domain.events import Event, EventType
from matcher.domain.invitation import MatchState
from matcher.domain.opportunity import OpportunityState
from matcher.domain.person import PersonState
from matcher.services.finding.pricing import LOOKS_BACK
from matcher.services.finding.renewing import Region
from matcher.services.listings import vetting
from matcher.services.listings.importing import forget_old_imports
from matcher.services.my_pace import privacy
from matcher.services.outside import DEFAULT_TIMEZONE
from matcher.services.people import intake
from matcher.services.upkeep.idempotency import forget_old
from matcher.storage.outbox import emit, hasten, is_emitted
from matcher.storage.people_packed import pack_missing
from matcher.storage.sent import among
from matcher.storage.tables import EventRow, MatchRow, Occurrence, OpportunityRow, PersonRow, SweepRow

SWEEP_HOUR: Final = 2  # judgement, 2026-11: nobody is written to then, and nobody is at the desk
DONE_EVENTS_KEPT: Final = timedelta(days=14)  # judgement, 2026-11: long enough to look into what happened
REGION_PEOPLE: Final = 1000  # judgement, 2026-11: a second of work where little has changed
# Should a region never end (its event is dead), the seats are shared out all the same. Judgement, 2026-11.
ALLOCATION_WAITS_AT_MOST: Final = timedelta(hours=3)


def begin_if_due(session: Session, now: datetime) -> bool:
    """Emit `sweep.due` once for each local date, after the hour; the primary key lets one process win."""
    local = now.astimezone(ZoneInfo(DEFAULT_TIMEZONE))
    return local.hour >= SWEEP_HOUR and begin(session, now)


def begin(session: Session, now: datetime) -> bool:
    """Emit `sweep.due` for today; False when today's was begun already."""
    if of_today(session, now) is not None:
        return False
    due_on = _today(now)
    session.add(SweepRow(due_on=due_on, started_at=now))
    session.flush()
    emit(session, EventType.sweep_due, _aggregate(due_on), {"due_on": due_on.isoformat()}, now=now)
    return True


def of_today(session: Session, now: datetime) -> SweepRow | None:
    """Today's sweep as it stands, None before it was begun."""
    return session.get(SweepRow, _today(now), populate_existing=True)


def sweep(session: Session, event: Event, now: datetime) -> None:
    """Tidy, and split everybody's menus into one event a region. Emits `sweep.region_due`, `sweep.allocation_due`.

    Safe to repeat.
    """
    row = session.get_one(SweepRow, date.fromisoformat(event.subject("due_on")))
    if is_emitted(session, EventType.sweep_allocation_due, event.aggregate):
        return
    vetting.end_expired_vettings(session, now)
    finish_past(session, now)
    privacy.push_on(session, now)
    forget_old(session, now)
    forget_old_imports(session, now)
    intake.forget_old(session, now)
    _forget_old_proposals(session, now)
    pack_missing(session.connection())
    session.execute(delete(EventRow).where(EventRow.done_at < now - DONE_EVENTS_KEPT))
    payload = {"due_on": event.subject("due_on")}
    for region, people in _regions(session):
        emit(session, EventType.sweep_region_due, event.aggregate, {**payload, **region.ids()}, now=now)
        row.regions += 1
        row.people += people
    # Where there is nobody, nothing has to be waited for.
    latest = now + ALLOCATION_WAITS_AT_MOST if row.regions else now
    emit(
        session, EventType.sweep_allocation_due, event.aggregate, {**payload}, now=now, available_at=latest
    )  # fmt: skip


def end_region(session: Session, event: Event, now: datetime) -> None:
    """One more region is done; after the last one the seats are shared out. Counts once, with marking the event done."""
    row = _locked(session, event)
    row.regions_done += 1
    session.flush()
    if row.regions_done >= row.regions:
        hasten(session, EventType.sweep_allocation_due, event.aggregate, now)


def end(session: Session, event: Event, now: datetime) -> None:
    """The sweep has ended. A repeat changes nothing."""
    row = _locked(session, event)
    row.ended_at = row.ended_at or now


def _forget_old_proposals(session: Session, now: datetime) -> None:
    """What was proposed, to whomever, went by, and that nobody decided about or asked for."""
    session.execute(
        delete(MatchRow)
        .where(
            MatchRow.state == MatchState.stale,
            MatchRow.created_at < now - LOOKS_BACK,
            MatchRow.set_aside_at.is_(None),
            ~MatchRow.requested,
        )
        .execution_options(synchronize_session=False)
    )


def _locked(session: Session, event: Event) -> SweepRow:
    due_on = date.fromisoformat(event.subject("due_on"))
    return session.get_one(SweepRow, due_on, populate_existing=True, with_for_update=True)


def _regions(session: Session) -> Iterator[tuple[Region, int]]:
    """Spans of cells that hold about as many open people each, and how many those are."""
    first, people = None, 0
    counted = (
        select(PersonRow.cell, func.count())
        .where(PersonRow.state == PersonState.open)
        .group_by(PersonRow.cell)
    )
    last = 0
    for cell, count in session.execute(counted.order_by(PersonRow.cell)).all():
        first = cell if first is None else first
        last, people = cell, people + count
        if people >= REGION_PEOPLE:
            yield Region(first, last), people
            first, people = None, 0
    if first is not None:
        yield Region(first, last), people


def finish_past(session: Session, now: datetime) -> None:
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
    past = select(OpportunityRow.id).where(OpportunityRow.state == OpportunityState.published, ~ahead)
    # Locked, then asked again: one may get another session this very moment. Who is being changed is for the next night.
    held = session.scalars(past.with_for_update(of=OpportunityRow, key_share=True, skip_locked=True)).all()
    still = select(OpportunityRow).where(OpportunityRow.id.in_(past), among(session, OpportunityRow.id, held))
    for row in session.scalars(still.execution_options(populate_existing=True)).unique():
        row.state = OpportunityState.finished
        row.version += 1


def oldest_due(session: Session, now: datetime) -> float:
    """Seconds that the oldest due event has been waiting; 0 when nothing waits."""
    earliest = session.scalar(
        select(func.min(EventRow.available_at)).where(EventRow.done_at.is_(None), EventRow.dead_at.is_(None))
    )
    return max(0.0, (now - earliest.astimezone(UTC)).total_seconds()) if earliest else 0.0


def _today(now: datetime) -> date:
    return now.astimezone(ZoneInfo(DEFAULT_TIMEZONE)).date()


def _aggregate(due_on: date) -> str:
    return f"sweep:{due_on.isoformat()}"
