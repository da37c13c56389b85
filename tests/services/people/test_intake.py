"""A first contact in the record: sealed, the team's own, never lost to somebody else's answer, and one person in the end."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from matcher.domain.errors import Conflict, InvalidInput, NotFound
from matcher.services.access.keys import Caller
from matcher.services.people import intake
from matcher.services.people.intake import Fields
from matcher.services.upkeep import sweeping
from matcher.storage.tables import EventRow, IntakeDraftRow, PersonRow
from tests.builders import World
from tests.forms import an_intake

WORDS: dict[str, list[str]] = {"alias": ["Haru"], "birth_year": ["1994"]}


def begin(world: World) -> str:
    with world.database.writing() as session:
        return intake.begin(session, world.caseworker, "you", WORDS, world.clock()).id


def answer(world: World, draft_id: str, question: str, fields: Fields, seen: Fields) -> None:
    with world.database.writing() as session:
        row = intake.locked(session, world.caseworker, draft_id)
        intake.answer(session, row, question, fields, world.clock(), seen=intake.mark(seen))


def kept(world: World, draft_id: str) -> dict[str, Fields]:
    with world.database.reading() as session:
        found: dict[str, Fields] = session.get_one(IntakeDraftRow, draft_id).answers
        return found


def finish(world: World, draft_id: str, **changes: int) -> str:
    with world.database.writing() as session:
        row = intake.locked(session, world.caseworker, draft_id)
        return intake.finish(session, world.caseworker, row, an_intake(**changes), world.clock())


def test_answers_are_kept_question_by_question_and_nothing_is_told(world: World) -> None:
    draft_id = begin(world)
    answer(world, draft_id, "people", {"group": ["1"]}, {})
    assert kept(world, draft_id) == {"you": WORDS, "people": {"group": ["1"]}}
    answer(world, draft_id, "people", {}, {"group": ["1"]})
    assert kept(world, draft_id) == {"you": WORDS}
    with world.database.reading() as session:
        assert session.scalars(select(EventRow).where(EventRow.type.like("person.%"))).all() == []


def test_two_at_one_question_lose_nothing_silently(world: World) -> None:
    draft_id = begin(world)
    answer(world, draft_id, "people", {"group": ["1"]}, {})
    with pytest.raises(Conflict) as refused:
        answer(world, draft_id, "people", {"group": ["3"]}, {})
    assert refused.value.code == "changed"
    assert kept(world, draft_id)["people"] == {"group": ["1"]}
    answer(world, draft_id, "people", {"group": ["1"]}, {})  # the same answer twice is no quarrel
    answer(world, draft_id, "people", {"group": ["3"]}, {"group": ["1"]})
    assert kept(world, draft_id)["people"] == {"group": ["3"]}


def test_two_at_different_questions_both_count(world: World) -> None:
    draft_id = begin(world)
    answer(world, draft_id, "people", {"group": ["1"]}, {})
    answer(world, draft_id, "never", {"red_lines": ["camera"]}, {})
    assert set(kept(world, draft_id)) == {"you", "people", "never"}


def test_it_becomes_one_person_however_often_it_is_confirmed(world: World) -> None:
    draft_id = begin(world)
    assert finish(world, draft_id) == finish(world, draft_id)
    assert kept(world, draft_id) is None
    with world.database.reading() as session:
        assert len(session.scalars(select(PersonRow)).all()) == 1
        assert intake.unfinished(session, world.caseworker) == []
    with pytest.raises(Conflict) as refused:
        answer(world, draft_id, "people", {"group": ["1"]}, {})
    assert refused.value.code == "saved"


def test_what_cannot_be_saved_stays_as_it_was(world: World) -> None:
    draft_id = begin(world)
    with pytest.raises(InvalidInput) as refused:
        finish(world, draft_id, birth_year=2015)
    assert [problem.pointer for problem in refused.value.problems] == ["/birth_year"]
    assert kept(world, draft_id) == {"you": WORDS}


def test_care_24_another_team_finds_nothing(world: World) -> None:
    draft_id = begin(world)
    stranger: Caller = world.a_caseworker("Ito")
    with world.database.writing() as session:
        assert intake.unfinished(session, stranger) == []
        for look in (intake.get, intake.locked):
            with pytest.raises(NotFound):
                look(session, stranger, draft_id)
    colleague = world.a_caseworker("Sato", team_id=world.caseworker.team_id)
    with world.database.reading() as session:
        assert intake.get(session, colleague, draft_id).id == draft_id


def test_what_nobody_goes_on_with_is_forgotten_by_the_sweep(world: World) -> None:
    old = begin(world)
    world.clock.advance(days=intake.KEPT.days - 1)
    young = begin(world)
    world.clock.advance(days=2)
    with world.database.writing() as session:
        sweeping.begin(session, world.clock())
    world.work()
    with world.database.reading() as session:
        assert session.scalars(select(IntakeDraftRow.id)).all() == [young]
        assert old != young
