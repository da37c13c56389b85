"""Nights in tests: two towns, what is proposed there, and how far tonight's sweep is."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select, update

from matcher.domain.events import EventType
from matcher.services.memory import Memory
from matcher.services.upkeep import sweeping
from matcher.storage import outbox
from matcher.storage.engine import Database
from matcher.storage.tables import EventRow, MatchRow, SweepRow
from matcher.workers.actors import Handler
from tests.builders import World

OSAKA = {"latitude": 34.7, "longitude": 135.5}
PLACE = {"name": "Hall", "address": "Somewhere 1", "entry": "Blue door.", **OSAKA}
Said = set[tuple[str, str, float]]


def remembering(world: World) -> Memory:
    """Let the worker of a world keep a memory."""
    memory = Memory(world.database, world.clock)
    memory.build()
    world.outside = replace(world.outside, memory=memory)
    world.handler = Handler(world.outside)
    return memory


def proposed(database: Database) -> Said:
    query = select(MatchRow.person_id, MatchRow.opportunity_id, MatchRow.score)
    with database.reading() as session:
        return {tuple(row) for row in session.execute(query.where(MatchRow.state == "proposed"))}


def begin(world: World) -> None:
    with world.database.writing() as session:
        assert sweeping.begin(session, world.clock())


def tonight(world: World) -> SweepRow:
    with world.database.reading() as session:
        row = sweeping.of_today(session, world.clock())
    assert row is not None
    return row


def two_towns(world: World) -> None:
    """Five people in two towns, and something near each; nothing is matched yet."""
    world.an_opportunity()
    world.an_opportunity(title="Cards", place=PLACE)
    for number in range(3):
        world.a_person(alias=f"Tokyo {number}")
    for number in range(2):
        world.a_person(alias=f"Osaka {number}", start_point=OSAKA)
    with world.database.writing() as session:
        session.execute(update(EventRow).values(done_at=world.clock()))


def due(world: World, event_type: EventType) -> list[str]:
    with world.database.reading() as session:
        return list(outbox.due(session, world.clock(), 100, [event_type]))
