"""How invitations end by themselves: silence, a lapse, and seats of what is open at any time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from matcher.domain.contact_policy import rest_length
from matcher.domain.invitation import LAPSE_AFTER, OPEN_SEAT_HELD
from matcher.services.people import people
from matcher.storage.tables import EventRow, Occurrence
from tests.builders import NOW, World
from tests.forms import a_posting
from tests.services.answers.ended import (
    TO_CASEWORKER,
    TO_ORGANISATION,
    change_posting,
    history,
    last_event,
    seats_taken,
    the_person,
)
from tests.worlds import At

OPEN = {"sessions": [], "duration_minutes": 30, "open_when": "Mondays from one to five"}


def test_an_unanswered_one_ends_silently_after_a_week(at: At) -> None:
    world, invitation_id = at("sent")
    letters = len(world.letters())
    world.clock.advance(days=7, seconds=-1)
    world.work()
    assert world.invitation(invitation_id).state == "sent"
    world.clock.advance(seconds=1)
    world.work()
    row = world.invitation(invitation_id)
    assert (row.state, row.live, row.holds_seat, seats_taken(world)) == ("expired", False, False, 0)
    assert len(world.letters()) == letters
    (entry,) = history(world)
    assert (entry.outcome, the_person(world).unanswered) == ("no_answer", 1)
    assert the_person(world).rest_until == world.clock() + rest_length(14, invitation_id)


def test_care_03_silence_lowers_nothing(at_sqlite: At) -> None:
    world, _ = at_sqlite("sent")
    before = the_person(world).comfort
    world.clock.advance(days=7)
    world.work()
    assert the_person(world).comfort == before


@pytest.mark.parametrize(("before", "days"), [(1, 28), (2, None)])
def test_the_second_silence_rests_longer_and_the_third_asks_a_human(
    at_sqlite: At, before: int, days: int | None
) -> None:
    world, invitation_id = at_sqlite("sent")
    person_id = the_person(world).id
    with world.database.writing() as session:
        people.lock(session, person_id).unanswered = before
    world.clock.advance(days=7)
    world.work()
    person = the_person(world)
    if days is None:
        assert (person.rest_until, person.talk_reason) == (None, "silence")
        assert [letter.to for letter in world.letters(TO_CASEWORKER)] == [TO_CASEWORKER]
    else:
        assert person.rest_until == world.clock() + rest_length(days, invitation_id)
        assert (person.talk_reason, world.letters(TO_CASEWORKER)) == (None, [])


def test_an_accepted_one_lapses_14_days_after_its_session_and_teaches_nothing(at: At) -> None:
    world, invitation_id = at("accepted")
    before = the_person(world)
    ends_at = world.invitation(invitation_id).occurrence.ends_at
    assert ends_at is not None
    world.clock.now = ends_at + LAPSE_AFTER - timedelta(seconds=1)
    world.work()
    assert world.invitation(invitation_id).state == "accepted"
    world.clock.advance(seconds=1)
    world.work()
    row = world.invitation(invitation_id)
    assert (row.state, row.live, history(world)) == ("lapsed", False, [])
    after = the_person(world)
    assert (after.comfort, after.rest_until, after.talk_reason) == (before.comfort, None, None)


def test_a_lapse_gives_its_seat_back_should_the_session_be_held_on_a_later_day(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    assert seats_taken(world) == 1
    world.clock.now = last_event(world, "invitation.lapsing").available_at
    world.work()
    row = world.invitation(invitation_id)
    assert (row.state, row.holds_seat, seats_taken(world)) == ("lapsed", False, 0)


def test_a_visit_can_be_recorded_until_it_lapses(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    ends_at = world.invitation(invitation_id).occurrence.ends_at
    assert ends_at is not None
    world.clock.now = ends_at + timedelta(days=13)
    world.visit(invitation_id, "ok")
    world.clock.advance(days=2)
    world.work()
    assert world.invitation(invitation_id).state == "visited"


def test_a_session_that_moved_lapses_by_its_new_end(at: At) -> None:
    world, invitation_id = at("accepted")
    later = {"starts_at": "2026-12-15T13:00:00+09:00", "ends_at": "2026-12-15T13:30:00+09:00"}
    row = world.invitation(invitation_id)
    with world.database.writing() as session:
        occurrence = session.get_one(Occurrence, row.occurrence_id)
        occurrence.starts_at, occurrence.ends_at = (
            a_posting(sessions=[later]).sessions[0].starts_at, a_posting(sessions=[later]).sessions[0].ends_at,
        )  # fmt: skip
    first_due = last_event(world, "invitation.lapsing").available_at
    world.clock.now = first_due
    world.work()
    assert world.invitation(invitation_id).state == "accepted"
    world.clock.advance(days=14)
    world.work()
    assert world.invitation(invitation_id).state == "lapsed"


def test_a_changed_posting_does_not_keep_it_from_lapsing(at: At) -> None:
    world, invitation_id = at("accepted")
    change_posting(world, invitation_id, stimulation="calm")  # guests get a new calendar entry
    world.work()
    assert world.invitation(invitation_id).state == "accepted"
    world.clock.now = last_event(world, "invitation.lapsing").available_at
    world.work()
    assert world.invitation(invitation_id).state == "lapsed"


def test_a_change_right_after_the_yes_does_not_keep_it_from_being_announced(at: At) -> None:
    world, invitation_id = at("sent")
    world.answer(invitation_id, "accept")
    change_posting(world, invitation_id, stimulation="calm")
    with world.database.reading() as session:
        changed = session.scalars(
            select(EventRow.id).where(EventRow.type == "opportunity.changed", EventRow.done_at.is_(None))
        ).one()
    world.handler.handle(changed)  # before the event of the yes
    world.work()
    assert len(world.letters(TO_ORGANISATION)) == 1
    with world.database.reading() as session:
        assert session.scalars(select(EventRow).where(EventRow.type == "invitation.lapsing")).one()


@pytest.fixture
def open_session(sqlite_world: World) -> tuple[World, str]:
    """An accepted visit at any time."""
    world = sqlite_world
    world.an_opportunity(**OPEN)
    person_id = world.a_person()
    world.work()
    invitation_id = world.approve(world.matches(person_id)[0].id).id
    world.work()
    world.answer(invitation_id, "accept")
    world.work()
    return world, invitation_id


@pytest.mark.parametrize("outcome", ["ok", "left_early", "too_much", "did_not_come"])
def test_the_seat_of_an_open_session_is_freed_by_the_visit(
    open_session: tuple[World, str], outcome: str
) -> None:
    world, invitation_id = open_session
    assert seats_taken(world) == 1
    world.visit(invitation_id, outcome)
    world.work()
    assert (seats_taken(world), world.invitation(invitation_id).holds_seat) == (0, False)


def test_the_seat_of_an_open_session_is_freed_after_28_days(open_session: tuple[World, str]) -> None:
    world, invitation_id = open_session
    world.clock.advance(days=28, seconds=-1)
    world.work()
    assert seats_taken(world) == 1
    world.clock.advance(seconds=1)
    world.work()
    row = world.invitation(invitation_id)
    assert (seats_taken(world), row.state, row.live) == (0, "accepted", True)
    world.visit(invitation_id, "ok")  # still may be recorded, and frees nothing twice
    world.work()
    assert seats_taken(world) == 0


def test_an_open_one_without_a_visit_lapses_14_days_after_its_28(open_session: tuple[World, str]) -> None:
    world, invitation_id = open_session
    world.clock.advance(days=42, seconds=-1)
    world.work()
    assert world.invitation(invitation_id).state == "accepted"
    world.clock.advance(seconds=1)
    world.work()
    assert world.invitation(invitation_id).state == "lapsed"
    assert history(world) == []


def test_a_yes_given_anew_counts_its_28_days_anew(open_session: tuple[World, str]) -> None:
    world, invitation_id = open_session
    world.clock.advance(minutes=10)
    world.answer(invitation_id, "undo")
    world.clock.advance(minutes=5)
    world.answer(invitation_id, "accept")
    world.work()
    world.clock.now = NOW + OPEN_SEAT_HELD
    world.work()
    assert seats_taken(world) == 1
    world.clock.advance(minutes=15)
    world.work()
    assert seats_taken(world) == 0


def test_a_dated_session_keeps_its_seat_after_the_visit(at_sqlite: At) -> None:
    world, _ = at_sqlite("visited")
    assert seats_taken(world) == 1
