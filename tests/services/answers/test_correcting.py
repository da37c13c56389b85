"""A visit noted wrongly is noted anew: everything stands as if the right word had been there from the beginning."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from matcher.domain.errors import Conflict
from matcher.domain.values import Aspect, HistoryOutcome, Outcome
from matcher.scoring.comfort import initial, learn, replay
from matcher.services.answers import correcting, visiting
from matcher.services.people import people, talks
from matcher.storage.outbox import event_of
from matcher.storage.people import comfort_of, histories
from matcher.storage.tables import AuditEntryRow, EventRow, HistoryRow, VisitRow
from tests.builders import World
from tests.forms import an_intake
from tests.services.answers.answered import correct, the_person
from tests.worlds import At


def _visited(at: At, outcome: Outcome) -> tuple[World, str]:
    world, invitation_id = at("accepted")
    world.visit(invitation_id, outcome)
    world.work()
    return world, invitation_id


@pytest.mark.parametrize("was", list(Outcome))
@pytest.mark.parametrize("is_now", list(Outcome))
def test_what_is_believed_is_what_the_right_word_would_have_taught(
    at: At, was: Outcome, is_now: Outcome
) -> None:
    world, invitation_id = _visited(at, was)
    correct(world, invitation_id, is_now)
    person = the_person(world)
    with world.database.reading() as session:
        (entry,) = histories(session, [person.id])[person.id]
    assert entry.outcome == HistoryOutcome(is_now)
    assert comfort_of(person) == learn(initial(an_intake().comfort), entry)
    assert (person.rest_until is not None) == (is_now is Outcome.too_much)
    assert person.talk_reason == ("too_much_visit" if is_now is Outcome.too_much else None)


@pytest.mark.parametrize("first", [0, 1])
def test_two_visits_are_corrected_one_after_the_other(sqlite_world: World, first: int) -> None:
    world = sqlite_world
    person_id = world.a_person(pace={"min_days_between": 0, "max_per_28_days": 28})
    visited = []
    for number in range(2):
        world.an_opportunity(title=f"Garden {number}")
        world.work()
        visited.append(world.approve(world.matches(person_id)[0].id).id)
        world.work()
        world.answer(visited[-1], "accept")
        world.visit(visited[-1], "ok")
        world.work()
    for number in (first, 1 - first, first):
        correct(world, visited[number], Outcome.too_much if number == first else Outcome.left_early)
        correct(world, visited[number], Outcome.left_early)
    with world.database.reading() as session:
        entries = histories(session, [person_id])[person_id]
    assert [entry.outcome for entry in entries] == [HistoryOutcome.left_early] * 2
    assert comfort_of(the_person(world)) == replay(an_intake().comfort, entries)


def test_too_much_noted_by_mistake_takes_its_rest_and_its_talk_along(at: At) -> None:
    world, invitation_id = _visited(at, Outcome.too_much)
    assert the_person(world).rest_until is not None
    world.clock.advance(days=1)
    correct(world, invitation_id, Outcome.ok)
    assert (the_person(world).rest_until, the_person(world).talk_reason) == (None, None)


def test_a_rest_from_elsewhere_stays(at_sqlite: At) -> None:
    world, invitation_id = _visited(at_sqlite, Outcome.too_much)
    longer = world.clock() + timedelta(days=90)
    with world.database.writing() as session:
        people.lock(session, the_person(world).id).rest_until = longer
    correct(world, invitation_id, Outcome.ok)
    assert the_person(world).rest_until == longer


def test_too_much_said_later_rests_from_when_it_was_noted(at_sqlite: At) -> None:
    world, invitation_id = _visited(at_sqlite, Outcome.ok)
    noted_at = world.clock()
    world.clock.advance(days=5)
    correct(world, invitation_id, Outcome.too_much)
    rest_until = the_person(world).rest_until
    assert rest_until is not None
    assert timedelta(days=28 * 0.7) <= rest_until - noted_at <= timedelta(days=28 * 1.3)


def test_whoever_has_talked_since_need_not_do_so_again(at_sqlite: At) -> None:
    world, invitation_id = _visited(at_sqlite, Outcome.left_early)
    with world.database.writing() as session:
        person = people.lock(session, the_person(world).id)
        talks.note(session, person, world.caseworker, None, world.clock())
    correct(world, invitation_id, Outcome.too_much)
    assert the_person(world).talk_reason is None


def test_what_was_said_in_a_talk_since_stays_as_it_was_set(at_sqlite: At) -> None:
    world, invitation_id = _visited(at_sqlite, Outcome.too_much)
    told, fell = an_intake().comfort, comfort_of(the_person(world)).rungs
    assert fell.interaction < told.interaction
    said = {Aspect.interaction: 0.5, Aspect.travel: 4.0}
    with world.database.writing() as session:
        person = people.lock(session, the_person(world).id)
        talks.note(session, person, world.caseworker, None, world.clock(), said=said)
    since = comfort_of(the_person(world)).rungs
    assert (since.interaction, since.travel) == ((fell.interaction + 0.5) / 2, (fell.travel + 4) / 2)
    correct(world, invitation_id, Outcome.ok)
    stands = comfort_of(the_person(world)).rungs
    assert stands == replace(told, interaction=since.interaction, travel=since.travel)


def _visited_and_asked_again(world: World) -> tuple[str, str]:
    visited = world.an_invitation("visited", pace={"min_days_between": 0, "max_per_28_days": 28})
    world.an_opportunity(title="Another garden")
    world.work()
    asked = world.approve(world.matches(the_person(world).id)[0].id).id
    world.work()
    assert world.invitation(asked).state == "sent"
    return visited, asked


def test_what_went_out_meanwhile_is_taken_back_without_a_word(world: World) -> None:
    visited, asked = _visited_and_asked_again(world)
    letters = len(world.letters())
    correct(world, visited, Outcome.too_much)
    assert world.invitation(asked).state == "withdrawn"
    assert len(world.letters()) == letters


def test_another_word_leaves_what_went_out_meanwhile(sqlite_world: World) -> None:
    visited, asked = _visited_and_asked_again(sqlite_world)
    correct(sqlite_world, visited, Outcome.left_early)
    assert sqlite_world.invitation(asked).state == "sent"


def test_a_visit_they_said_yes_to_meanwhile_stays_theirs(sqlite_world: World) -> None:
    visited, asked = _visited_and_asked_again(sqlite_world)
    sqlite_world.answer(asked, "accept")
    sqlite_world.work()
    correct(sqlite_world, visited, Outcome.too_much)
    assert sqlite_world.invitation(asked).state == "accepted"


def test_corrected_before_it_was_learned_it_teaches_the_right_word_once(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    world.visit(invitation_id, Outcome.too_much)
    correct(world, invitation_id, Outcome.ok)
    with world.database.reading() as session:
        (line,) = session.scalars(select(HistoryRow))
    assert line.outcome == "ok"
    assert (the_person(world).rest_until, the_person(world).talk_reason) == (None, None)


def test_a_correction_told_of_twice_teaches_once(at_sqlite: At) -> None:
    world, invitation_id = _visited(at_sqlite, Outcome.ok)
    correct(world, invitation_id, Outcome.left_early)
    before = comfort_of(the_person(world))
    with world.database.writing() as session:
        row = session.scalars(select(EventRow).where(EventRow.type == "visit.corrected")).one()
        correcting.learn_anew(session, event_of(row), world.clock())
        visit = session.scalars(select(EventRow).where(EventRow.type == "visit.recorded")).one()
        visiting.learn_from_visit(session, event_of(visit), world.clock())
    assert comfort_of(the_person(world)) == before


def test_the_word_that_stands_there_changes_nothing(at_sqlite: At) -> None:
    world, invitation_id = _visited(at_sqlite, Outcome.ok)
    correct(world, invitation_id, Outcome.ok)
    with world.database.reading() as session:
        assert not list(session.scalars(select(EventRow).where(EventRow.type == "visit.corrected")))
        assert session.get_one(VisitRow, invitation_id).corrected_at is None


def test_a_correction_stands_in_the_trail(at_sqlite: At) -> None:
    world, invitation_id = _visited(at_sqlite, Outcome.ok)
    correct(world, invitation_id, Outcome.did_not_come)
    with world.database.reading() as session:
        row = session.scalars(select(AuditEntryRow).where(AuditEntryRow.act == "visit.corrected")).one()
        assert (row.about, row.person_id) == (f"invitation:{invitation_id}", the_person(world).id)
        assert session.get_one(VisitRow, invitation_id).corrected_at == world.clock()


def test_what_is_not_recorded_cannot_be_corrected(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    with pytest.raises(Conflict, match="not recorded yet"):
        correct(world, invitation_id, Outcome.ok)


def test_what_was_learned_before_corrections_were_kept_is_left_alone(at_sqlite: At) -> None:
    world, invitation_id = _visited(at_sqlite, Outcome.ok)
    with world.database.writing() as session:
        session.scalars(select(HistoryRow)).one().before = None
    with pytest.raises(Conflict, match="too far back"):
        correct(world, invitation_id, Outcome.too_much)
    with world.database.reading() as session:
        assert session.get_one(VisitRow, invitation_id).outcome == "ok"
