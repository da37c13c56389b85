"""What a process remembers is a shortlist: the same proposals as from the database alone, and never trusted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import event, select, update

from matcher.domain.events import EventType
from matcher.services.finding import matching
from matcher.services.listings import vetting
from matcher.services.memory import LATE, Memory, equip
from matcher.storage import outbox
from matcher.storage.tables import EventRow, MatchRow, OpportunityRow, PersonRow
from tests.builders import World
from tests.forms import OPPORTUNITY
from tests.services.upkeep.nights import proposed

MANY = 24


@pytest.fixture(autouse=True)
def however_few_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is asked where very many can reach a place; here it is asked always."""
    monkeypatch.setattr(matching, "NARROWED_MOST", -1)


def crowd(world: World) -> tuple[list[str], list[str]]:
    """People and postings around one place, different in what decides."""
    r = Random(7)
    for number in range(MANY):
        world.a_person(
            alias=f"Guest {number}",
            start_point={
                "latitude": 35.63 + r.uniform(-0.012, 0.012),
                "longitude": 139.58 + r.uniform(-0.012, 0.012),
            },
            topics=r.sample(["gardening", "cats", "go", "trains"], 2),
            max_group_size=r.choice([4, 5, 6]),
            contact_hours={"from": "13:00", "to": "20:00", "timezone": "Asia/Tokyo"},
        )
    soon = {"starts_at": "2026-11-24T15:00:00+09:00", "ends_at": "2026-11-24T15:30:00+09:00"}
    later = {"starts_at": "2026-12-01T13:00:00+09:00", "ends_at": "2026-12-01T13:30:00+09:00"}
    too_soon = {"starts_at": "2026-11-24T13:30:00+09:00", "ends_at": "2026-11-24T14:00:00+09:00"}
    for number in range(6):
        sessions = [[soon], [too_soon, later], [later], [too_soon], [soon, later], []][number]
        extra = {} if sessions else {"duration_minutes": 30, "open_when": "Afternoons"}
        world.an_opportunity(title=f"Thing {number}", sessions=sessions, topics=["gardening", "go"], **extra)
    with world.database.writing() as session:
        session.execute(update(EventRow).values(done_at=world.clock()))
        return list(session.scalars(select(PersonRow.id))), list(session.scalars(select(OpportunityRow.id)))


def built(world: World) -> Memory:
    memory = Memory(world.database, world.clock)
    memory.build()
    return memory


def match(world: World, memory: Memory | None, *, people: list[str] = (), things: list[str] = ()) -> None:  # type: ignore[assignment]
    with world.database.writing() as session:
        equip(session, memory)
        for one in things:
            matching.match_opportunity(session, one, world.clock())
        for one in people:
            matching.match_person(session, one, world.clock())


def forget_all(world: World) -> None:
    with world.database.writing() as session:
        session.execute(update(MatchRow).values(state="stale"))


def somebody_listed(world: World, memory: Memory) -> str:
    """Somebody for whom the memory knows of something."""
    with world.database.reading() as session:
        lists = memory.lists_for(session.scalars(select(PersonRow.id)).all(), world.clock(), 3)
    return next(one for one, options in lists.items() if options)


def test_it_leads_to_the_proposals_of_the_database(world: World) -> None:
    people, things = crowd(world)
    memory = built(world)
    for given in ({"people": people}, {"things": things}):
        match(world, None, **given)
        alone = proposed(world.database)
        forget_all(world)
        match(world, memory, **given)
        assert proposed(world.database) == alone
        assert len(alone) > MANY
        forget_all(world)


def test_it_lists_sessions_that_there_is_still_time_to_ask_for(sqlite_world: World) -> None:
    world = sqlite_world
    people, things = crowd(world)
    lists = built(world).lists_for(people, world.clock(), 9)
    found = {one.starts_at for options in lists.values() for one in options if one.id == things[1]}
    # Not tomorrow's, which is less than a day ahead.
    assert found == {datetime(2026, 12, 1, 4, 0, tzinfo=UTC)}


def test_what_it_lists_is_judged_again_in_the_transaction(sqlite_world: World) -> None:
    world = sqlite_world
    _people, things = crowd(world)
    memory = built(world)
    match(world, memory, things=things)
    (paused, *_others) = sorted(one for one, _thing, _score in proposed(world.database))
    forget_all(world)
    with world.database.writing() as session:  # and nobody tells the memory
        session.execute(update(PersonRow).where(PersonRow.id == paused).values(state="paused"))
    match(world, memory, things=things)
    assert paused not in {one for one, _thing, _score in proposed(world.database)}


def test_where_too_few_of_it_fit_the_database_is_asked(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = sqlite_world
    monkeypatch.setattr(matching, "BEST_OF_A_LISTING", 3)
    monkeypatch.setattr(matching, "SPARE_PEOPLE", 1)
    _people, things = crowd(world)
    memory = built(world)
    match(world, memory, things=things[2:3])
    first = {one for one, _thing, _score in proposed(world.database)}
    forget_all(world)
    with world.database.writing() as session:
        session.execute(update(PersonRow).where(PersonRow.id.in_(first)).values(state="paused"))
    match(world, memory, things=things[2:3])
    assert len({one for one, _thing, _score in proposed(world.database)} - first) == 3


def test_it_follows_what_other_workers_have_done(world: World) -> None:
    crowd(world)
    memory = built(world)
    somebody = somebody_listed(world, memory)
    world.clock.advance(seconds=1)
    newcomer = world.a_person(alias="Newcomer")
    with world.database.writing() as session:
        session.execute(update(PersonRow).where(PersonRow.id == somebody).values(state="paused"))
        outbox.emit(
            session, EventType.person_paused, f"person:{somebody}", {"person_id": somebody}, now=world.clock()
        )  # fmt: skip
    assert memory.lists_for([newcomer], world.clock(), 3) == {}
    assert memory.lists_for([somebody], world.clock(), 3)[somebody]
    world.work()  # this world's own worker keeps no memory
    assert memory.follow() >= 2
    assert memory.lists_for([newcomer], world.clock(), 3)[newcomer]
    assert memory.lists_for([somebody], world.clock(), 3) == {somebody: []}
    assert memory.follow() == 0


@pytest.mark.parametrize("first", ["people", "things"])
def test_two_that_came_in_the_same_moment_find_each_other_before_either_is_followed(
    world: World, first: str
) -> None:
    memory = built(world)  # of a worker that has followed nothing since
    came = {"things": [world.an_opportunity()], "people": [world.a_person()]}
    match(world, memory, **{first: came[first]})
    assert {(who, what) for who, what, _score in proposed(world.database)} == {
        (*came["people"], *came["things"])
    }


@pytest.mark.parametrize("first", ["people", "things"])
@pytest.mark.parametrize("done", [True, False], ids=["one_after_the_other", "at_once"])
def test_two_that_came_in_the_same_moment_find_each_other_among_more_than_are_kept(
    world: World, monkeypatch: pytest.MonkeyPatch, first: str, done: bool
) -> None:
    for limit, most in (("BEST_OF_A_LISTING", 2), ("KEPT_FOR_A_PERSON", 1), ("LISTED_FOR_A_PERSON", 2)):
        monkeypatch.setattr(matching, limit, most)
    monkeypatch.setattr(matching, "SPARE_PEOPLE", 0)
    crowd(world)
    one, other = built(world), built(world)  # of two workers that have followed nothing since
    world.clock.advance(seconds=1)
    place = {**OPPORTUNITY["place"], "latitude": 35.63, "longitude": 139.58}
    makers = {
        "things": lambda: world.an_opportunity(topics=["gardening", "tea"], place=place),
        "people": lambda: world.a_person(topics=["gardening", "tea"]),
    }
    came = {}
    for kind, memory in ((first, one), (({*makers} - {first}).pop(), other)):
        came[kind] = makers[kind]()
        match(world, memory, **{kind: [came[kind]]})
        if done:
            with world.database.writing() as session:
                session.execute(
                    update(EventRow).where(EventRow.done_at.is_(None)).values(done_at=world.clock())
                )
    found = {(who, what) for who, what, _score in proposed(world.database)}
    assert (came["people"], came["things"]) in found


def test_a_transaction_that_ends_late_is_not_missed(sqlite_world: World) -> None:
    world = sqlite_world
    crowd(world)
    memory = built(world)
    somebody = somebody_listed(world, memory)
    world.clock.advance(seconds=LATE.total_seconds() * 2)
    memory.follow()
    with world.database.writing() as session:
        session.execute(update(PersonRow).where(PersonRow.id == somebody).values(state="paused"))
        about = {"person_id": somebody}
        event_id = outbox.emit(
            session, EventType.person_paused, f"person:{somebody}", about, now=world.clock()
        )
        session.flush()
        outbox.finish(session, event_id, world.clock() - timedelta(seconds=60))
    assert memory.follow() == 1
    assert memory.lists_for([somebody], world.clock(), 3) == {somebody: []}


def test_an_organisation_that_is_stopped_is_offered_to_nobody(sqlite_world: World) -> None:
    world = sqlite_world
    people, things = crowd(world)
    memory = built(world)
    with world.database.reading() as session:
        organisation_id = session.get_one(OpportunityRow, things[2]).organisation_id

    with world.database.writing() as session:
        vetting.suspend(session, organisation_id, world.clock())
    world.work()
    memory.follow()
    listed = {one.id for options in memory.lists_for(people, world.clock(), 9).values() for one in options}
    assert things[2] not in listed
    assert listed


def test_it_says_how_far_it_is(sqlite_world: World) -> None:
    world = sqlite_world
    crowd(world)
    memory = Memory(world.database, world.clock)
    assert memory.said() is None
    said: list[str | None] = []
    memory.build(lambda _done, _total: said.append(memory.said()))
    assert said[0] == "being built (100%); meanwhile the database answers"
    assert memory.said() == "ok"


def test_where_very_many_can_come_they_are_not_all_read(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, asked = sqlite_world, []
    _people, things = crowd(world)
    memory = built(world)
    everybody = matching.candidate_ids

    def counted(*which: object, **how: object) -> object:
        asked.append(found := everybody(*which, **how))  # type: ignore[arg-type]
        return found

    monkeypatch.setattr(matching, "NARROWED_MOST", 1)
    monkeypatch.setattr(matching, "BEST_OF_A_LISTING", 1)
    monkeypatch.setattr(matching, "candidate_ids", counted)
    match(world, memory, things=things)
    assert max(map(len, asked)) > 1
    assert sum(len(found) > 2 for found in asked) < len(things)


def test_many_events_about_the_same_are_one_look(sqlite_world: World) -> None:
    world = sqlite_world
    people, things = crowd(world)
    memory = built(world)
    asked = 0

    def count(*_of: object) -> None:
        nonlocal asked
        asked += 1

    def questions(times: int) -> int:
        nonlocal asked
        world.clock.advance(seconds=1)
        with world.database.writing() as session:
            for _ in range(times):
                about = {"person_id": people[0], "opportunity_id": things[0]}
                outbox.note(session, EventType.invitation_withdrawn, "invitation:x", about, world.clock())
        asked = 0
        assert memory.follow() == times
        return asked

    event.listen(world.database.engine, "before_cursor_execute", count)
    try:
        assert questions(1) == questions(50)
    finally:
        event.remove(world.database.engine, "before_cursor_execute", count)
