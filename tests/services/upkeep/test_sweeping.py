"""The night: region by region, by whichever worker; what stands is left alone, and the seats are shared out last."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from matcher.domain.events import EventType
from matcher.services.finding import matching
from matcher.services.memory import Memory
from matcher.services.upkeep import sweeping
from matcher.storage import outbox
from matcher.storage.engine import Database
from matcher.storage.people_packed import pack
from matcher.storage.tables import EventRow, MatchRow, PersonRow, SweepRow
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


@pytest.fixture
def small_regions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "REGION_PEOPLE", 2)


def due(world: World, event_type: EventType) -> list[str]:
    with world.database.reading() as session:
        return list(outbox.due(session, world.clock(), 100, [event_type]))


@pytest.mark.parametrize("with_memory", [False, True])
@pytest.mark.usefixtures("small_regions")
def test_everybody_has_the_menu_that_each_alone_would_have(world: World, with_memory: bool) -> None:
    two_towns(world)
    if with_memory:
        remembering(world)
    begin(world)
    world.work()
    swept, row = proposed(world.database), tonight(world)
    assert (row.regions, row.regions_done, row.people, row.renewed) == (2, 2, 5, 5)
    assert row.ended_at == world.clock()
    assert len(swept) == 5
    with world.database.writing() as session:
        for person_id in session.scalars(select(PersonRow.id)).all():
            matching.match_person(session, person_id, world.clock())
    assert proposed(world.database) == swept


def test_what_stands_is_left_alone(sqlite_world: World) -> None:
    world = sqlite_world
    two_towns(world)
    remembering(world)
    begin(world)
    world.work()
    world.clock.advance(days=1)
    changed = next(iter(proposed(world.database)))[0]
    with world.database.writing() as session:
        session.execute(update(MatchRow).where(MatchRow.person_id == changed).values(score=0.1))
    begin(world)
    world.work()
    assert tonight(world).renewed == 1
    with world.database.reading() as session:
        versions = dict(session.execute(select(MatchRow.person_id, MatchRow.version)).all())
    assert versions.pop(changed) == 2
    assert set(versions.values()) == {1}


def test_what_was_proposed_since_the_memory_last_looked_stands(sqlite_world: World) -> None:
    world = sqlite_world
    two_towns(world)
    remembering(world)
    newest = world.an_opportunity(title="Newest")
    world.work()
    told = {one for one in proposed(world.database) if one[1] == newest}
    assert len(told) == 3
    begin(world)
    world.work()
    assert tonight(world).renewed == 5
    assert told < proposed(world.database)


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


def test_an_interrupted_region_goes_on_where_it_was(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = sqlite_world
    two_towns(world)
    remembering(world)
    monkeypatch.setattr("matcher.services.finding.renewing.PEOPLE_AT_ONCE", 2)
    matched: list[str] = []
    match_person = matching.match_person

    def cut_off_once(session: object, person_id: str, *rest: object) -> None:
        matched.append(person_id)
        if len(matched) == 4:
            raise KeyError("the power is cut")
        match_person(session, person_id, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(matching, "match_person", cut_off_once)
    begin(world)
    world.work()
    assert tonight(world).regions_done == 0
    assert len(proposed(world.database)) == 2
    world.clock.advance(minutes=1)
    world.work()
    assert len(proposed(world.database)) == 5
    assert len(matched) == 4 + 3  # the first two are not looked at again
    assert (tonight(world).renewed, tonight(world).regions_done) == (5, 1)


def test_a_long_region_lets_others_have_a_turn(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world = sqlite_world
    two_towns(world)
    remembering(world)
    monkeypatch.setattr("matcher.services.finding.renewing.PEOPLE_AT_ONCE", 1)
    match_person = matching.match_person

    def slowly(*arguments: object) -> None:
        match_person(*arguments)  # type: ignore[arg-type]
        world.clock.advance(seconds=11)

    monkeypatch.setattr(matching, "match_person", slowly)
    begin(world)
    world.handler.handle(due(world, EventType.sweep_due)[0])
    (region,) = due(world, EventType.sweep_region_due)
    world.handler.handle(region)
    assert len(proposed(world.database)) == 2
    assert due(world, EventType.sweep_region_due) == [region]
    with world.database.reading() as session:
        assert session.get_one(EventRow, region).executions == 0
    world.work()
    assert len(proposed(world.database)) == 5


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


def test_while_the_memory_is_built_regions_wait(sqlite_world: World) -> None:
    world = sqlite_world
    two_towns(world)
    memory = remembering(world)
    memory._everybody = None
    begin(world)
    world.work()
    assert (tonight(world).regions_done, len(proposed(world.database))) == (0, 0)
    memory.build()
    world.clock.advance(seconds=5)
    world.work()
    assert tonight(world).ended_at is not None
    assert world.clock() - tonight(world).started_at == timedelta(seconds=5)


def test_whoever_was_changed_by_hand_is_packed_again(sqlite_world: World) -> None:
    one = sqlite_world.a_person()
    with sqlite_world.database.writing() as session:
        session.execute(update(PersonRow).where(PersonRow.id == one).values(max_group_size=2))
    begin(sqlite_world)
    sqlite_world.work()
    with sqlite_world.database.reading() as session:
        row = session.get_one(PersonRow, one)
        assert row.packed == pack(row)
