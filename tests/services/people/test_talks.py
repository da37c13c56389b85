"""A talk in the record: what waited for it goes on, and what was said of comfort goes half the way, once."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from sqlalchemy import select

from matcher.domain.errors import NotFound
from matcher.domain.values import Aspect, Rungs
from matcher.services.desk.ladder import ladder
from matcher.services.my_pace import exporting
from matcher.services.people import people, talks
from matcher.storage.people import comfort_path_of, person_of
from matcher.storage.people_packed import pack
from matcher.storage.tables import AuditEntryRow, EventRow, HistoryRow, PersonRow, TalkRow, new_id
from tests.builders import World

AS_TOLD = Rungs(1.5, 2, 3, 2, 2, 1)  # at intake


def talk(world: World, person_id: str, said: Mapping[Aspect, float], talk_id: str | None = None) -> None:
    with world.database.writing() as session:
        row = people.locked(session, world.caseworker, person_id)
        talks.note(session, row, world.caseworker, "By the river.", world.clock(), talk_id, said)


def kept(world: World, person_id: str) -> PersonRow:
    with world.database.reading() as session:
        return session.get_one(PersonRow, person_id)


def trail(world: World, person_id: str) -> list[str]:
    query = select(AuditEntryRow.act).where(AuditEntryRow.person_id == person_id).order_by(AuditEntryRow.id)
    with world.database.reading() as session:
        return list(session.scalars(query))


def told(world: World, person_id: str) -> list[tuple[str, int]]:
    query = select(EventRow.type, EventRow.aggregate_version).where(
        EventRow.aggregate == f"person:{person_id}"
    )
    with world.database.reading() as session:
        return [(kind, version) for kind, version in session.execute(query.order_by(EventRow.id))]


def test_what_was_spoken_of_goes_half_the_way_and_the_rest_stays(world: World) -> None:
    person_id = world.a_person()
    world.clock.advance(days=3)
    talk(world, person_id, {Aspect.group: 3.0, Aspect.travel: 0.0})
    row = kept(world, person_id)
    halfway = Rungs(2, 2, 3, 1, 2, 1)
    assert person_of(row).comfort == halfway
    assert [rungs for _, rungs in comfort_path_of(row)] == [AS_TOLD, halfway]
    with world.database.reading() as session:
        seen = ladder(session, session.get_one(PersonRow, person_id), world.clock())
        found = exporting.export(session, person_id, world.clock())["kept"]["person"][0]
        again = session.get_one(PersonRow, person_id)
        assert again.packed == pack(again)
    assert (seen.path[-1], seen.now) == ((world.clock(), halfway), halfway)
    assert found["comfort"]["rungs"] == list(halfway.as_tuple())


def test_a_talk_that_moves_a_rung_is_one_change_told_once_and_stands_in_the_trail(world: World) -> None:
    person_id = world.a_person()
    before, version = trail(world, person_id), kept(world, person_id).version
    talk(world, person_id, {Aspect.group: 3.0})
    assert told(world, person_id)[1:] == [("talk.recorded", version + 1)]
    assert kept(world, person_id).version == version + 1
    assert trail(world, person_id) == [*before, "talk.recorded", "person.changed"]


def test_what_is_said_as_it_stands_shows_that_they_were_asked(world: World) -> None:
    person_id = world.a_person()
    world.clock.advance(days=3)
    talk(world, person_id, {Aspect.group: 1.5, Aspect.commitment: 2.0})
    row = kept(world, person_id)
    assert [rungs for _, rungs in comfort_path_of(row)] == [AS_TOLD, AS_TOLD]
    assert comfort_path_of(row)[-1][0] == world.clock()
    assert "person.changed" not in trail(world, person_id)


def test_a_talk_of_other_things_leaves_what_is_comfortable_alone(world: World) -> None:
    person_id = world.a_person()
    before = kept(world, person_id)
    talk(world, person_id, {})
    row = kept(world, person_id)
    assert (row.comfort, row.comfort_path) == (before.comfort, before.comfort_path)


def test_a_talk_noted_again_goes_no_further(world: World) -> None:
    person_id, talk_id = world.a_person(), new_id()
    talk(world, person_id, {Aspect.group: 4.0, Aspect.travel: 2.0}, talk_id)
    before, heard, acts = kept(world, person_id), told(world, person_id), trail(world, person_id)
    world.clock.advance(minutes=1)
    talk(world, person_id, {Aspect.group: 4.0, Aspect.travel: 0.0}, talk_id)
    row = kept(world, person_id)
    assert (row.comfort, row.comfort_path, row.version) == (
        before.comfort,
        before.comfort_path,
        before.version,
    )
    assert (told(world, person_id), trail(world, person_id)) == (heard, acts)
    with world.database.reading() as session:
        assert len(session.scalars(select(TalkRow)).all()) == 1
        assert len(session.scalars(select(HistoryRow)).all()) == 1


def test_what_is_looked_for_after_a_talk_goes_by_what_was_said(world: World) -> None:
    world.an_opportunity()
    comfort = {
        "group": 1.5,
        "interaction": 0,
        "unfamiliarity": 3,
        "travel": 2,
        "commitment": 2,
        "stimulation": 1,
    }
    person_id = world.a_person(comfort=comfort)
    world.work()
    assert world.matches(person_id) == []
    talk(world, person_id, {Aspect.interaction: 4.0})
    world.work()
    assert len(world.matches(person_id)) == 1


def test_nobody_elses_talk_is_taken_for_theirs(world: World) -> None:
    one, other, talk_id = world.a_person(), world.a_person(alias="Mio"), new_id()
    talk(world, one, {}, talk_id)
    with pytest.raises(NotFound):
        talk(world, other, {Aspect.group: 3.0}, talk_id)
    assert person_of(kept(world, other)).comfort == AS_TOLD
