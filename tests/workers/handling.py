"""One event and its effect, in tests; `React` lets the nightly event do something else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.domain.events import Event, EventType
from matcher.storage import outbox
from matcher.storage.tables import EventRow, TeamRow
from matcher.workers.subscriptions import Reaction
from tests.builders import World

React = Callable[[Reaction], None]


def emit_one(world: World) -> str:
    with world.database.writing() as session:
        return outbox.emit(session, EventType.sweep_due, "sweep:x", {"due_on": "x"}, now=world.clock())


def row_of(world: World, event_id: str) -> EventRow:
    with world.database.reading() as session:
        return session.get_one(EventRow, event_id)


def effects(world: World) -> int:
    with world.database.reading() as session:
        return len(list(session.scalars(select(TeamRow.id).where(TeamRow.name == "effect"))))


def effect(session: Session, _event: Event, now: datetime) -> None:
    session.add(TeamRow(name="effect", created_at=now))
