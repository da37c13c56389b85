"""A caseworker sees their team's people; anything else only with a reason, for an hour, and never unseen (CARE 24)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from matcher.domain.errors import Conflict, InvalidInput, NotFound
from matcher.services.access.keys import Caller
from matcher.services.desk import break_glass
from matcher.services.desk.break_glass import LASTS
from matcher.services.my_pace import privacy
from matcher.services.people import people
from matcher.storage.tables import AuditEntryRow, BreakGlassRow
from tests.builders import NOW, World

WHY = "Their caseworker is ill and they called"


def open_it(world: World, caller: Caller, person_id: str, reason: str = WHY) -> BreakGlassRow:
    with world.database.writing() as session:
        return break_glass.open_person(session, caller, person_id, reason, world.clock())


def count(world: World, table: type) -> int:
    with world.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_care_24_an_opening_needs_a_written_reason(sqlite_world: World) -> None:
    world, person_id = sqlite_world, sqlite_world.a_person()
    for reason in ("", "   urgent   ", "x" * 1001, f"{WHY}\0", f"{WHY}\u202e"):
        with pytest.raises(InvalidInput) as refused:
            open_it(world, world.a_caseworker("Ito"), person_id, reason)
        assert refused.value.problems[0].pointer == "/reason"
    assert count(world, BreakGlassRow) == 0


def test_care_24_it_lasts_an_hour_for_the_one_who_opened(world: World) -> None:
    person_id, ito = world.a_person(), world.a_caseworker("Ito")
    other = world.a_caseworker("Abe", ito.team_id)
    with world.database.reading() as session, pytest.raises(NotFound):
        break_glass.opened(session, ito, person_id, world.clock())
    made = open_it(world, ito, person_id)
    assert made.ends_at == NOW + LASTS
    with world.database.reading() as session:
        assert (
            break_glass.opened(session, ito, person_id, NOW + LASTS - timedelta(seconds=1))[0].id == person_id
        )
        for caller, now in ((ito, NOW + LASTS), (other, NOW)):
            with pytest.raises(NotFound):
                break_glass.opened(session, caller, person_id, now)
        with pytest.raises(NotFound):  # the opening opens a page, and nothing else
            people.get(session, ito, person_id)


def test_care_24_it_is_written_down_and_told_to_their_caseworker_without_a_word_about_them(
    sqlite_world: World,
) -> None:
    world, ito = sqlite_world, sqlite_world.a_caseworker("Ito")
    person_id = world.a_person(alias="Zwölfender")
    made = open_it(world, ito, person_id)
    assert open_it(world, ito, person_id).id == made.id  # a repeat opens and tells nothing twice
    world.work()
    with world.database.reading() as session:
        lines = session.scalars(select(AuditEntryRow).where(AuditEntryRow.act == "glass.broken")).all()
    assert [(one.about, one.person_id) for one in lines] == [(f"break_glass:{made.id}", person_id)]
    letter = world.letters(to="mori@example.org")[0]
    assert "another team" in letter.text
    for word in ("Zwölfender", WHY, "Ito"):
        assert word not in letter.text + letter.subject
    with world.database.reading() as session:
        assert [
            (one.caseworker, one.row.reason) for one in break_glass.of_person(session, person_id, NOW)
        ] == [("Ito", WHY)]
        assert [one.row.id for one in break_glass.recent(session)] == [made.id]


def test_care_24_nobody_of_ones_own_team_and_nobody_unknown_is_opened(sqlite_world: World) -> None:
    world = sqlite_world
    with pytest.raises(Conflict):
        open_it(world, world.caseworker, world.a_person())
    with pytest.raises(NotFound):
        open_it(world, world.caseworker, "00000000-0000-7000-8000-000000000000")
    assert count(world, BreakGlassRow) == 0


def test_care_24_closing_ends_it_at_once(sqlite_world: World) -> None:
    world, ito, person_id = sqlite_world, sqlite_world.a_caseworker("Ito"), sqlite_world.a_person()
    open_it(world, ito, person_id)
    for _ in range(2):
        with world.database.writing() as session:
            break_glass.close(session, ito, person_id, world.clock())
    with world.database.reading() as session, pytest.raises(NotFound):
        break_glass.opened(session, ito, person_id, world.clock())


def test_care_12_24_through_an_opening_a_crisis_stops_everything(sqlite_world: World) -> None:
    world, ito, person_id = sqlite_world, sqlite_world.a_caseworker("Ito"), sqlite_world.a_person()
    with pytest.raises(NotFound), world.database.writing() as session:
        break_glass.freeze(session, ito, person_id, world.clock())
    open_it(world, ito, person_id)
    with world.database.writing() as session:
        break_glass.freeze(session, ito, person_id, world.clock())
    with world.database.reading() as session:
        assert people.get(session, world.caseworker, person_id).state == "frozen"


def test_care_23_24_an_erased_person_leaves_ids_in_the_trail_and_no_reason(sqlite_world: World) -> None:
    world, ito, person_id = sqlite_world, sqlite_world.a_caseworker("Ito"), sqlite_world.a_person()
    open_it(world, ito, person_id)
    with world.database.writing() as session:
        privacy.erase(session, people.lock(session, person_id), world.clock())
    for _ in range(3):
        world.work()
        world.clock.advance(minutes=1)
    assert count(world, BreakGlassRow) == 0
    with world.database.reading() as session:
        acts = session.scalars(select(AuditEntryRow.act).where(AuditEntryRow.person_id == person_id)).all()
    assert acts == ["person.registered", "glass.broken", "person.erased"]
