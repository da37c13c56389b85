"""A button pressed on a page that was left open: what became of it is said, and what has ended reads as ended."""

from __future__ import annotations

from datetime import timedelta

import pytest

from matcher.domain.opportunity import OpportunityState
from matcher.services.listings import posting
from matcher.storage.tables import OpportunityRow
from tests.pages.conftest import SetScene
from tests.pages.views import Scene

CLOSED = "This one had closed by then"
NO_ANSWER = "No answer is fine"
ARRANGED = "all is arranged"


def begins_at(one: Scene) -> timedelta:
    starts_at = one.row.occurrence.starts_at
    assert starts_at is not None
    return starts_at - one.world.clock()


@pytest.mark.parametrize("view", ["unanswered_in_time", "expired", "withdrawn"])
@pytest.mark.parametrize("answer", ["accept", "not_now", "too_much", "not_for_me"])
def test_an_answer_to_what_has_closed_is_thanked_for(scene: SetScene, view: str, answer: str) -> None:
    one = scene(view)
    assert CLOSED not in one.get().text
    said = one.post(answer=answer).text
    assert CLOSED in said
    assert NO_ANSWER not in said


def test_after_the_visit_nothing_is_arranged_any_more(scene: SetScene) -> None:
    one = scene("accepted")
    one.world.clock.advance(seconds=begins_at(one).total_seconds())
    assert ARRANGED in one.get().text  # it has only begun
    one.world.clock.advance(days=1)
    page = one.get().text
    assert ARRANGED not in page
    assert "This one is over now" in page


def test_who_cancels_after_it_began_reads_that_nothing_was_cancelled(scene: SetScene) -> None:
    one = scene("accepted")
    one.world.clock.advance(seconds=begins_at(one).total_seconds())
    assert "nothing left to cancel" in one.post(answer="cancel").text
    one.world.clock.advance(days=1)
    assert "nothing left to cancel" in one.post(answer="cancel").text
    assert one.row.state == "accepted"


def test_who_would_choose_again_too_late_reads_that_the_answer_stands(scene: SetScene) -> None:
    assert "your answer stands" in scene("accepted_later").post(answer="undo").text


def test_who_chooses_again_twice_is_not_told_that_it_was_too_late(scene: SetScene) -> None:
    one = scene("taken_back")
    assert "your answer stands" not in one.post(answer="undo").text


@pytest.mark.parametrize(
    ("deed", "said"),
    [
        ("bring", "somebody comes along."),
        ("come_alone", "you come by yourself."),
        ("remind", "one mail will come before it"),
        ("do_not_remind", "no mail will come before it"),
    ],
)
def test_what_is_added_to_a_yes_is_said_first_on_the_page(scene: SetScene, deed: str, said: str) -> None:
    page = scene("accepted").post(answer=deed).text
    assert page.index("It is noted") < page.index("<h1>")
    assert said in page


def test_what_was_said_of_a_yes_that_was_taken_back_does_not_hold_for_the_next_one(scene: SetScene) -> None:
    one = scene("accepted")
    for deed in ("bring", "undo", "accept"):
        page = one.post(answer=deed).text
    assert "Would you like to bring somebody along?" in page
    assert not one.row.brings_somebody


def test_what_others_called_off_reads_otherwise_than_ones_own_cancelling(scene: SetScene) -> None:
    one = scene("accepted")
    with one.world.database.writing() as session:
        row = session.get_one(OpportunityRow, one.row.opportunity_id)
        posting.withdraw(session, row, one.world.clock())
        assert row.state == OpportunityState.withdrawn
    one.world.work()
    theirs = one.get().text
    assert "This plan has been called off" in theirs
    assert "not because of you" in theirs
    mine = scene("cancelled").get().text
    assert "This plan has been cancelled" in mine
    assert "Whoever knew of it hears that nobody comes" in mine


def test_a_yes_to_something_without_a_day_does_not_say_that_a_day_is_arranged(scene: SetScene) -> None:
    one = scene("accepted", sessions=[], duration_minutes=30, open_when="Mondays")
    page = one.get().text
    assert ARRANGED not in page
    assert "There is no fixed day" in page
