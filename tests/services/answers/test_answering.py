"""The person's own hand: every answer, and taking it back (CARE 4, 9)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from matcher.domain.errors import InvalidInput
from matcher.services.answers import answering
from matcher.services.answers.answering import View
from matcher.storage.tables import (
    EventRow,
)
from tests.builders import NOW, World
from tests.services.answers.answered import (
    ANSWERS,
    TO_ORGANISATION,
    seats_taken,
    the_person,
    view,
    what_happened,
)
from tests.worlds import At


def test_care_09_looking_changes_nothing(at: At) -> None:
    world, invitation_id = at("sent")
    before = world.invitation(invitation_id)
    with world.database.reading() as session:
        events = len(list(session.scalars(select(EventRow.id))))
    for _ in range(3):
        assert view(world, invitation_id).view is View.open
    after = world.invitation(invitation_id)
    assert (after.state, after.version) == (before.state, before.version)
    with world.database.reading() as session:
        assert len(list(session.scalars(select(EventRow.id)))) == events


def test_a_link_nobody_was_given_opens_nothing(sqlite_world: World) -> None:
    for token in ("", "x" * 40, "\ud800", "é"):
        with sqlite_world.database.writing() as session:
            assert answering.open_invitation(session, token, NOW) is None
            assert answering.answer(session, token, "accept", NOW) is None


def test_an_unknown_answer_is_refused_and_changes_nothing(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    with pytest.raises(InvalidInput) as refused:
        world.answer(invitation_id, "maybe")
    assert refused.value.problems[0].pointer == "/answer"
    assert world.invitation(invitation_id).state == "sent"


@pytest.mark.parametrize("deed", ANSWERS)
def test_care_04_every_answer_is_taken_at_once_and_asks_for_nothing_more(at_sqlite: At, deed: str) -> None:
    world, invitation_id = at_sqlite("sent")
    opened = world.answer(invitation_id, deed)
    assert opened is not None
    row = world.invitation(invitation_id)
    assert (row.state, row.answer) == ("accepted" if deed == "accept" else "declined", deed)
    assert (opened.can_undo, row.answered_at, row.live) == (True, NOW, True)


def test_a_yes_acts_at_once(at: At) -> None:
    world, invitation_id = at("sent")
    world.answer(invitation_id, "accept")
    world.work()
    assert {letter.to for letter in world.letters()} == {"haru@example.org", TO_ORGANISATION}
    entry = next(letter for letter in world.letters("haru@example.org") if letter.calendar)
    assert "DTSTART;TZID=Asia/Tokyo:20261201T130000" in (entry.calendar or "")
    assert seats_taken(world) == 1


def test_a_no_waits_for_its_15_minutes_before_seat_and_learning(at: At) -> None:
    world, invitation_id = at("sent")
    world.answer(invitation_id, "not_now")
    world.clock.advance(minutes=14, seconds=59)
    world.work()
    row = world.invitation(invitation_id)
    assert (row.live, row.holds_seat, seats_taken(world), what_happened(world)) == (True, True, 1, [])
    assert the_person(world).rest_until is None
    world.clock.advance(seconds=1)
    world.work()
    row = world.invitation(invitation_id)
    assert (row.state, row.live, row.holds_seat, seats_taken(world)) == ("declined", False, False, 0)
    assert what_happened(world) == ["answered_not_now"]
    assert the_person(world).rest_until is not None


@pytest.mark.parametrize("deed", ANSWERS)
def test_care_09_an_answer_can_be_taken_back_until_14_59_and_given_anew(at_sqlite: At, deed: str) -> None:
    world, invitation_id = at_sqlite("sent")
    world.answer(invitation_id, deed)
    world.work()
    world.clock.advance(minutes=14, seconds=59)
    opened = world.answer(invitation_id, "undo")
    assert opened is not None
    assert (opened.view, opened.answer, opened.can_undo) == (View.open, None, False)
    world.clock.advance(seconds=1)
    world.work()  # the event of the answer finds that it was taken back
    row = world.invitation(invitation_id)
    assert (row.state, row.live, row.holds_seat, seats_taken(world)) == ("sent", True, True, 1)
    assert what_happened(world) == []
    world.answer(invitation_id, "accept")
    assert world.invitation(invitation_id).state == "accepted"


@pytest.mark.parametrize("deed", ANSWERS)
def test_care_09_after_15_minutes_it_stands(at_sqlite: At, deed: str) -> None:
    world, invitation_id = at_sqlite("sent")
    world.answer(invitation_id, deed)
    world.clock.advance(minutes=15)
    before = world.invitation(invitation_id)
    opened = world.answer(invitation_id, "undo")  # also before its event had its turn
    assert opened is not None
    assert not opened.can_undo
    assert world.invitation(invitation_id).version == before.version


def test_the_answer_that_was_given_anew_counts_alone(at: At) -> None:
    world, invitation_id = at("sent")
    world.answer(invitation_id, "too_much")
    world.clock.advance(minutes=10)
    world.answer(invitation_id, "undo")
    world.answer(invitation_id, "not_now")
    world.clock.advance(minutes=10)  # the window of the first is over, that of the second is not
    world.work()
    assert what_happened(world) == []
    assert world.invitation(invitation_id).live
    world.clock.advance(minutes=5)
    world.work()
    assert what_happened(world) == ["answered_not_now"]
    assert the_person(world).talk_reason is None


def test_taking_a_yes_back_tells_those_who_heard_of_it(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    before = len(world.letters(TO_ORGANISATION))
    world.answer(invitation_id, "undo")
    world.work()
    assert len(world.letters(TO_ORGANISATION)) == before + 1
    newest = world.letters("haru@example.org")[0]
    assert "METHOD:CANCEL" in (newest.calendar or "")
    (invited,) = set(re.findall(r"http\S+/i/\S+", world.letters("haru@example.org")[-1].text))
    assert invited in newest.text  # they can answer there anew


def test_taking_a_yes_back_before_anybody_heard_of_it_tells_nobody(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    world.answer(invitation_id, "accept")
    world.answer(invitation_id, "undo")
    world.work()
    assert world.letters(TO_ORGANISATION) == []


def test_a_yes_given_anew_is_announced_anew(at: At) -> None:
    world, invitation_id = at("accepted")
    world.answer(invitation_id, "undo")
    world.answer(invitation_id, "accept")
    world.work()
    subjects = [letter.subject for letter in world.letters(TO_ORGANISATION)]
    assert subjects.count(subjects[0]) == len(subjects) == 2  # announced twice, never called off
    world.answer(invitation_id, "cancel")
    world.work()
    assert len(world.letters(TO_ORGANISATION)) == 3


def test_undoing_near_the_end_leaves_time_to_answer(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    expires_at = world.invitation(invitation_id).expires_at
    assert expires_at is not None
    world.clock.now = expires_at - timedelta(minutes=1)
    world.answer(invitation_id, "not_now")
    world.clock.advance(minutes=5)
    world.work()  # its end has come and found an answer
    assert world.invitation(invitation_id).state == "declined"
    world.answer(invitation_id, "undo")
    assert view(world, invitation_id).view is View.open
    world.clock.advance(minutes=15)
    world.work()
    assert world.invitation(invitation_id).state == "expired"


def test_the_end_that_was_put_off_by_undoing_is_the_one_that_counts(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    expires_at = world.invitation(invitation_id).expires_at
    assert expires_at is not None
    world.clock.now = expires_at - timedelta(minutes=10)
    world.answer(invitation_id, "not_now")
    world.clock.advance(minutes=5)
    world.answer(invitation_id, "undo")
    world.clock.now = expires_at  # the first end has its turn
    world.work()
    assert view(world, invitation_id).view is View.open
    world.clock.advance(minutes=10)
    world.work()
    assert world.invitation(invitation_id).state == "expired"
