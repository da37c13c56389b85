"""A colleague of the same team accompanies somebody from now on, and hears of it."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from matcher.domain.errors import Conflict
from matcher.services.access import staff
from matcher.services.access.keys import Caller
from matcher.services.desk import handing_over
from matcher.services.people import people
from matcher.storage.tables import AuditEntryRow, CaseworkerRow, PersonRow
from tests.builders import World


def _hand_over(world: World, person_id: str, to: Caller, by: Caller | None = None) -> None:
    with world.database.writing() as session:
        row = people.lock(session, person_id)
        handing_over.hand_over(session, row, to.id, by or world.caseworker, world.clock())
    world.work()


def _accompanying(world: World, person_id: str) -> str:
    with world.database.reading() as session:
        return session.get_one(PersonRow, person_id).caseworker_id


@pytest.fixture
def colleague(world: World) -> Caller:
    found = world.a_caseworker("Abe", world.caseworker.team_id)
    with world.database.writing() as session:
        session.execute(
            update(CaseworkerRow).where(CaseworkerRow.id == found.id).values(email="abe@example.org")
        )
    return found


def test_a_colleague_accompanies_them_and_hears_of_it(world: World, colleague: Caller) -> None:
    person_id = world.a_person()
    _hand_over(world, person_id, colleague)
    assert _accompanying(world, person_id) == colleague.id
    (letter,) = world.letters("abe@example.org")
    assert "From now on you accompany Haru" in letter.text
    with world.database.reading() as session:
        line = session.scalars(select(AuditEntryRow).where(AuditEntryRow.act == "person.handed_over")).one()
    assert (line.about, line.person_id) == (f"person:{person_id}", person_id)


def test_a_repeat_writes_nobody_twice(world: World, colleague: Caller) -> None:
    person_id = world.a_person()
    for _ in range(2):
        _hand_over(world, person_id, colleague)
    assert len(world.letters("abe@example.org")) == 1


def test_whoever_takes_somebody_over_is_not_written_to_about_it(world: World, colleague: Caller) -> None:
    person_id = world.a_person()
    _hand_over(world, person_id, colleague, by=colleague)
    assert _accompanying(world, person_id) == colleague.id
    assert world.letters("abe@example.org") == []


def test_care_24_nobody_is_handed_to_another_team(world: World) -> None:
    person_id, stranger = world.a_person(), world.a_caseworker("Abe")
    with pytest.raises(Conflict, match="no colleague"):
        _hand_over(world, person_id, stranger)
    assert _accompanying(world, person_id) == world.caseworker.id


def test_nobody_is_handed_to_whoever_has_left(world: World, colleague: Caller) -> None:
    person_id = world.a_person()
    with world.database.writing() as session:
        staff.disable_caseworker(session, colleague.id, None, world.clock())
    with pytest.raises(Conflict, match="no colleague"):
        _hand_over(world, person_id, colleague)


def test_what_needs_a_human_reaches_whoever_accompanies_them_now(world: World, colleague: Caller) -> None:
    person_id = world.a_person()
    _hand_over(world, person_id, colleague)
    with world.database.writing() as session:
        people.freeze(session, people.lock(session, person_id), world.clock())
    world.work()
    assert len(world.letters("abe@example.org")) == 2
