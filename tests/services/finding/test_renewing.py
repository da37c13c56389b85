"""The menus of a region: what stands is left alone, the rest is worked out anew as each alone would be, a few at a time."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy import select, update

from matcher.domain.events import EventType
from matcher.services.finding import matching
from matcher.services.people import people
from matcher.services.upkeep import sweeping
from matcher.storage.tables import EventRow, MatchRow, PersonRow
from tests.builders import World
from tests.journeys.client import until
from tests.services.people.apart import keep_apart
from tests.services.upkeep.nights import begin, due, proposed, remembering, tonight, two_towns


@pytest.fixture
def small_regions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "REGION_PEOPLE", 2)


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


def test_an_interrupted_region_goes_on_where_it_was(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = sqlite_world
    two_towns(world)
    remembering(world)
    monkeypatch.setattr("matcher.services.finding.renewing.PEOPLE_AT_ONCE", 2)
    matched: list[str] = []
    match_people = matching.match_people

    def cut_off_once(session: object, listed: Mapping[str, object], *rest: object) -> set[str]:
        matched.extend(listed)
        done = match_people(session, listed, *rest)  # type: ignore[arg-type]
        if len(matched) == 4:
            raise KeyError("the power is cut")
        return done

    monkeypatch.setattr(matching, "match_people", cut_off_once)
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
    match_people = matching.match_people

    def slowly(*arguments: object) -> set[str]:
        world.clock.advance(seconds=11)
        return match_people(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(matching, "match_people", slowly)
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


@pytest.mark.servers
def test_whoever_is_being_changed_is_waited_for_last_and_alone(
    postgres_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = postgres_world
    two_towns(world)
    remembering(world)
    match_people, asked = matching.match_people, Event()

    def tell(*arguments: object) -> set[str]:
        done = match_people(*arguments)  # type: ignore[arg-type]
        asked.set()
        return done

    monkeypatch.setattr(matching, "match_people", tell)
    begin(world)
    with ThreadPoolExecutor(1) as pool:
        with world.database.writing() as session:
            held = people.lock(session, min(session.scalars(select(PersonRow.id)))).id
            working = pool.submit(world.work)
            assert asked.wait(20)
            until(lambda: len(proposed(world.database)) == 4, "the others' menus")
            assert held not in {one[0] for one in proposed(world.database)}
        working.result(30)
    assert len(proposed(world.database)) == 5
    assert tonight(world).renewed == 5


def test_those_who_must_not_meet_are_told_apart_among_many(sqlite_world: World) -> None:
    world = sqlite_world
    world.an_opportunity()
    goes, *others = [world.a_person(alias=one) for one in ("Aki", "Ren", "Nao")]
    world.work()
    with world.database.writing() as session:
        session.execute(update(MatchRow).where(MatchRow.person_id != goes).values(state="stale"))
    world.approve(world.matches(goes)[0].id)
    keep_apart(world, others[0], other=goes)
    with world.database.writing() as session:
        assert matching.match_people(session, dict.fromkeys(others), world.clock()) == set(others)
    assert {one[0] for one in proposed(world.database)} == {others[1]}


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
