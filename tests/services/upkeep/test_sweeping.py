"""The night: region by region, by whichever worker; the seats are shared out last."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from matcher.domain.events import EventType
from matcher.services.finding.pricing import LOOKS_BACK
from matcher.services.upkeep import sweeping
from matcher.storage import outbox
from matcher.storage.people_packed import pack
from matcher.storage.tables import EventRow, MatchRow, PersonRow
from tests.builders import World
from tests.services.upkeep.nights import begin, due, tonight, two_towns


@pytest.fixture
def small_regions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "REGION_PEOPLE", 2)


@pytest.mark.usefixtures("small_regions")
def test_the_seats_are_shared_out_after_the_last_region(sqlite_world: World) -> None:
    world = sqlite_world
    two_towns(world)
    begin(world)
    world.handler.handle(due(world, EventType.sweep_due)[0])
    first, second = due(world, EventType.sweep_region_due)
    world.handler.handle(first)
    assert due(world, EventType.sweep_allocation_due) == []
    world.handler.handle(second)
    (last,) = due(world, EventType.sweep_allocation_due)
    assert tonight(world).ended_at is None
    world.handler.handle(last)
    assert tonight(world).ended_at == world.clock()


@pytest.mark.usefixtures("small_regions")
def test_a_region_that_never_ends_does_not_hold_the_seats_back(sqlite_world: World) -> None:
    world = sqlite_world
    two_towns(world)
    begin(world)
    world.handler.handle(due(world, EventType.sweep_due)[0])
    with world.database.writing() as session:
        dead = update(EventRow).where(EventRow.type == EventType.sweep_region_due)
        session.execute(dead.values(dead_at=world.clock()))
    world.clock.advance(hours=2, minutes=59)
    assert due(world, EventType.sweep_allocation_due) == []
    world.clock.advance(minutes=1)
    assert len(due(world, EventType.sweep_allocation_due)) == 1


def test_a_repeat_splits_nothing_twice(sqlite_world: World) -> None:
    world = sqlite_world
    two_towns(world)
    begin(world)
    for _ in range(2):
        with world.database.writing() as session:
            event = outbox.event_of(
                session.scalars(select(EventRow).where(EventRow.type == EventType.sweep_due)).one()
            )
            sweeping.sweep(session, event, world.clock())
    with world.database.reading() as session:
        count = select(func.count()).where(EventRow.type == EventType.sweep_region_due)
        assert session.scalar(count) == tonight(world).regions == 1


def test_where_there_is_nobody_it_ends_at_once(sqlite_world: World) -> None:
    begin(sqlite_world)
    sqlite_world.work()
    assert tonight(sqlite_world).ended_at == sqlite_world.clock()


@pytest.mark.parametrize("paused", [False, True])
def test_what_was_proposed_long_ago_and_nobody_decided_about_is_forgotten(world: World, paused: bool) -> None:
    person_id = world.a_person()
    for number in range(5):
        world.an_opportunity(title=f"Garden {number}")
    world.work()
    old = {"state": "stale", "created_at": world.clock() - LOOKS_BACK - timedelta(days=1)}
    gone, young, asked_for, taken_up, still = (one.id for one in world.matches(person_id))
    changes: dict[str, dict[str, object]] = {
        gone: old,
        young: {"state": "stale"},
        asked_for: {**old, "requested": True},
        taken_up: {**old, "set_aside_at": world.clock()},
        still: {**old, "state": "proposed"},
    }
    with world.database.writing() as session:
        for match_id, values in changes.items():
            session.execute(update(MatchRow).where(MatchRow.id == match_id).values(**values))
        if paused:
            session.execute(update(PersonRow).values(state="paused", paused_at=world.clock()))
    begin(world)
    world.work()
    with world.database.reading() as session:
        kept = set(session.scalars(select(MatchRow.id)))
    assert kept & set(changes) == {young, asked_for, taken_up, still}


def test_whoever_was_changed_by_hand_is_packed_again(sqlite_world: World) -> None:
    one = sqlite_world.a_person()
    with sqlite_world.database.writing() as session:
        session.execute(update(PersonRow).where(PersonRow.id == one).values(max_group_size=2))
    begin(sqlite_world)
    sqlite_world.work()
    with sqlite_world.database.reading() as session:
        row = session.get_one(PersonRow, one)
        assert row.packed == pack(row)
