"""The outbox: events are written with the change they report, and each takes effect once.

Why a table and not the broker: the broker only wakes workers up. What is due, who holds it, how often it was begun and
whether it is done all stand in one row, so a lost, repeated or late message changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from matcher.domain.events import Event, EventType
from matcher.storage.engine import PENDING_EVENTS, changed
from matcher.storage.sent import among
from matcher.storage.tables import EventRow, new_id

ORIGIN: Final = "origin"
LEASE: Final = timedelta(
    seconds=20
)  # what a killed worker held is done again within 30 s, with time left for doing it
MAX_EXECUTIONS: Final = 5  # ARCHITECTURE §4
BACKOFF_SECONDS: Final = (
    1,
    5,
    30,
    120,
    600,
    1800,
)  # judgement, 2026-11: a mail server's greylisting fits inside
ERROR_LENGTH: Final = 500
LATELY_MOST: Final = 500  # judgement, 2026-11: some seconds of a burst
CHANGES_NOTHING: Final = (EventType.matches_proposed, EventType.letter_due, EventType.invitation_sent)


def emit(
    session: Session,
    event_type: EventType,
    aggregate: str,
    payload: dict[str, str | int | bool | None],
    *,
    now: datetime,
    version: int = 0,
    available_at: datetime | None = None,
) -> str:
    """Add an event to the caller's transaction and return its id. `payload`: ids and flags only.

    Where the log knows which request or event began all this (`ORIGIN`), the event carries it on.
    """
    row = _written(session, event_type, aggregate, payload, now)
    row.aggregate_version, row.available_at = version, available_at or now
    if row.available_at <= now:
        session.info.setdefault(PENDING_EVENTS, []).append(row.id)
    return row.id


def note(
    session: Session,
    event_type: EventType,
    aggregate: str,
    payload: dict[str, str | int | bool | None],
    now: datetime,
) -> None:
    """Add a fact for those who look and that nothing has to follow: it is done as it is written."""
    row = _written(session, event_type, aggregate, payload, now)
    row.aggregate_version, row.available_at, row.done_at = 0, now, now


def _written(
    session: Session,
    event_type: EventType,
    aggregate: str,
    payload: dict[str, str | int | bool | None],
    now: datetime,
) -> EventRow:
    origin = structlog.contextvars.get_contextvars().get(ORIGIN)
    row = EventRow(
        id=new_id(), aggregate=aggregate, type=event_type,
        payload={**payload, ORIGIN: origin} if origin else payload, created_at=now,
    )  # fmt: skip
    session.add(row)
    return row


def is_emitted(session: Session, event_type: EventType, aggregate: str) -> bool:
    """Whether there is such an event of this aggregate, done or not."""
    query = select(EventRow.id).where(EventRow.aggregate == aggregate, EventRow.type == event_type)
    return session.scalars(query.limit(1)).first() is not None


def hasten(session: Session, event_type: EventType, aggregate: str, now: datetime) -> None:
    """What this aggregate has waiting of a type is due now."""
    waiting = session.scalars(
        update(EventRow)
        .where(
            EventRow.aggregate == aggregate, EventRow.type == event_type,
            EventRow.done_at.is_(None), EventRow.available_at > now,
        )
        .values(available_at=now)
        .returning(EventRow.id)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    session.info.setdefault(PENDING_EVENTS, []).extend(waiting)


def due(session: Session, now: datetime, limit: int, types: Collection[EventType] = ()) -> Sequence[str]:
    """Ids of events that are due and that nobody holds, oldest first; only of these types, where some are named."""
    query = select(EventRow.id).where(
        EventRow.done_at.is_(None),
        EventRow.dead_at.is_(None),
        EventRow.available_at <= now,
        or_(EventRow.lease_until.is_(None), EventRow.lease_until < now),
    )
    if types:
        query = query.where(EventRow.type.in_(types))
    return session.scalars(query.order_by(EventRow.available_at).limit(limit)).all()


def begin(session: Session, event_id: str, now: datetime, lease: str) -> Event | None:
    """Take the lease of a due event, under a name of its own, and count the start; None when there is nothing to do."""
    taken = session.scalars(
        update(EventRow)
        .where(
            EventRow.id == event_id,
            EventRow.done_at.is_(None),
            EventRow.dead_at.is_(None),
            EventRow.available_at <= now,
            or_(EventRow.lease_until.is_(None), EventRow.lease_until < now),
            EventRow.executions < MAX_EXECUTIONS,
        )
        .values(lease=lease, lease_until=now + LEASE, executions=EventRow.executions + 1)
        .returning(EventRow)
        .execution_options(synchronize_session=False)
    ).first()
    return None if taken is None else event_of(taken)


def renew(session: Session, leases: Sequence[str], now: datetime) -> None:
    """Hold on to the events still being worked on."""
    session.execute(
        update(EventRow)
        .where(EventRow.lease.in_(leases), EventRow.done_at.is_(None))
        .values(lease_until=now + LEASE)
        .execution_options(synchronize_session=False)
    )


def lock(session: Session, event_id: str, lease: str) -> Event | None:
    """Lock the event for its effect; None when it is done, or another start has taken it over since."""
    row = session.scalars(
        select(EventRow)
        .where(EventRow.id == event_id, EventRow.lease == lease, EventRow.done_at.is_(None))
        .with_for_update()
    ).first()
    return None if row is None else event_of(row)


def finish(session: Session, event_id: str, now: datetime) -> None:
    """Mark done, in the transaction of the effect."""
    session.execute(
        update(EventRow)
        .where(EventRow.id == event_id)
        .values(done_at=now, lease=None, lease_until=None, error=None)
        .execution_options(synchronize_session=False)
    )


def postpone(session: Session, event_id: str, lease: str, until: datetime, reason: str | None) -> None:
    """Not now, but at `until`: a tidy end, so the start does not count against the event."""
    session.execute(
        update(EventRow)
        .where(EventRow.id == event_id, EventRow.lease == lease, EventRow.done_at.is_(None))
        .values(
            available_at=until, lease=None, lease_until=None, executions=EventRow.executions - 1,
            postponements=EventRow.postponements + (1 if reason else 0), error=reason and reason[:ERROR_LENGTH],
        )
        .execution_options(synchronize_session=False)
    )  # fmt: skip


def give_up(session: Session, event_id: str, lease: str, error: str, now: datetime) -> None:
    """An execution failed untidily: it counts; try again later, or set the event aside as dead."""
    row = session.scalars(
        select(EventRow).where(EventRow.id == event_id, EventRow.lease == lease).with_for_update()
    ).first()
    if row is None or row.done_at is not None:
        return
    row.error = error[:ERROR_LENGTH]
    row.lease = row.lease_until = None
    row.available_at = now + timedelta(seconds=backoff_seconds(row.executions - 1))
    if row.executions >= MAX_EXECUTIONS:
        row.dead_at = now


def bury(session: Session, now: datetime) -> int:
    """Set aside events begun five times that never ended (their workers were killed); returns how many."""
    buried = session.execute(
        update(EventRow)
        .where(
            EventRow.done_at.is_(None),
            EventRow.dead_at.is_(None),
            EventRow.executions >= MAX_EXECUTIONS,
            EventRow.lease_until < now,
        )
        .values(dead_at=now, lease=None, lease_until=None, error="Begun five times and never ended.")
        .execution_options(synchronize_session=False)
    )
    return changed(buried)


def replay(session: Session, event_id: str, now: datetime) -> bool:
    """Give a dead event another five starts; False when there is no such dead event."""
    revived = session.execute(
        update(EventRow)
        .where(EventRow.id == event_id, EventRow.dead_at.is_not(None))
        .values(dead_at=None, executions=0, available_at=now, lease=None, lease_until=None)
        .execution_options(synchronize_session=False)
    )
    if changed(revived):
        session.info.setdefault(PENDING_EVENTS, []).append(event_id)
        return True
    return False


def dead(session: Session, limit: int = 100) -> Sequence[EventRow]:
    """Events set aside, newest first."""
    return session.scalars(
        select(EventRow).where(EventRow.dead_at.is_not(None)).order_by(EventRow.dead_at.desc()).limit(limit)
    ).all()


def done_since(session: Session, since: datetime) -> dict[str, datetime]:
    """When each event was done that was at `since` or later and may have changed somebody or something."""
    done = select(EventRow.id, EventRow.done_at).where(
        EventRow.done_at >= since, EventRow.type.not_in(CHANGES_NOTHING)
    )
    return {one: at for one, at in session.execute(done).tuples() if at is not None}


def lately(session: Session, since: datetime, now: datetime) -> dict[str, dict[str, Any]]:
    """What each event carries that was done at `since` or later, or became due since then and is not done."""
    done = EventRow.done_at >= since
    waiting = and_(
        EventRow.done_at.is_(None), EventRow.dead_at.is_(None), EventRow.available_at.between(since, now)
    )
    found: dict[str, dict[str, Any]] = {}
    for which in (done, waiting):  # an index each
        query = select(EventRow.id, EventRow.payload).where(which, EventRow.type.not_in(CHANGES_NOTHING))
        found |= dict(session.execute(query.limit(LATELY_MOST)).tuples().all())
    return found


def payloads(session: Session, event_ids: Sequence[str]) -> Sequence[dict[str, Any]]:
    """What some events carry, in any order."""
    return session.scalars(select(EventRow.payload).where(among(session, EventRow.id, event_ids))).all()


def backoff_seconds(tries: int) -> int:
    """Seconds to wait after the given number of earlier tries (0-based)."""
    return BACKOFF_SECONDS[min(tries, len(BACKOFF_SECONDS) - 1)]


def event_of(row: EventRow) -> Event:
    """The event as reactions see it."""
    return Event(
        row.id, EventType(row.type), row.aggregate, row.aggregate_version, row.payload, row.available_at
    )
