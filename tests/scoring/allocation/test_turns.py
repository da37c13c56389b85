"""A few are led to organisations that nobody visits: who, how many, and at whose cost never."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.scoring.allocation import Night, people_wanted
from tests.scoring.allocation.test_night import night, offered

BEST, SEATS = 0.6, 30
SELDOM = [0, 1]  # organisation 1 waits for one


def ten(other: float | None = 0.5, people: int = 10, **given: object) -> Night:
    """Ten people who like the first best; only the last of them could also go to the second."""
    scores = [[BEST, None]] * (people - 1) + [[BEST, other]]
    return night(scores, **{"wanted": SELDOM, "capacity": [SEATS, SEATS], **given})  # type: ignore[arg-type]


def test_of_ten_one_is_led_to_whoever_nobody_visits() -> None:
    assert offered(ten()) == [0] * 9 + [1]


def test_of_nine_nobody_is() -> None:
    assert offered(ten(people=9)) == [0] * 9


@pytest.mark.parametrize("wanted", [[0, 0], [9, 0], [10, 1]])
def test_nobody_is_led_where_nobody_is_waited_for_or_away_from_where_they_are(wanted: list[int]) -> None:
    assert offered(ten(wanted=wanted)) == [0] * 10


def test_whoever_is_one_too_many_may_be_led_away_from_there() -> None:
    assert offered(ten(wanted=[9, 1])) == [0] * 9 + [1]


@pytest.mark.parametrize(
    "guard",
    [
        {"other": 0.26},  # far from what suits them best
        {"chance": [0.9] * 10 + [0.84]},  # much less of a chance
        {"chance": [0.85] * 9 + [0.9, 0.84]},
        {"interest": [1.0] * 10 + [0.4]},  # little of what they like
        {"doubt": [0.5] * 10 + [0.76]},  # too little is known
        {"capacity": [SEATS, 0]},  # no seat
        {"may_ask": [True] * 9 + [False]},  # CARE 2: they may not be asked
    ],
)
def test_care_02_nobody_is_led_anywhere_at_their_cost(guard: dict[str, object]) -> None:
    asked = [0] * 10 if "may_ask" not in guard else [0] * 9 + [None]
    assert offered(ten(**guard)) == asked  # type: ignore[arg-type]


def test_nobody_is_led_to_a_seat_that_is_worth_more_to_somebody_to_come() -> None:
    assert offered(ten(), prices=[0.0, 0.5]) == [0] * 10


def test_a_seat_that_somebody_was_offered_is_not_taken_from_them() -> None:
    scores: list[list[float | None]] = [[BEST, None]] * 8 + [[BEST, 0.5], [None, 0.4]]
    assert offered(night(scores, wanted=[0, 2], capacity=[SEATS, 1])) == [0] * 9 + [1]


def test_it_is_whom_it_costs_least_and_chance_counts_more_than_score() -> None:
    scores = [[BEST, None]] * 7 + [[BEST, 0.40], [BEST, 0.45], [BEST, 0.50]]
    assert offered(night(scores, wanted=SELDOM))[7:] == [0, 0, 1]
    chance = [0.9] * 7 + [0.9, 0.9, 0.9, 0.9, 0.9, 0.86]
    assert offered(night(scores, wanted=SELDOM, chance=chance))[7:] == [0, 1, 0]
    interest = [1.0] * 7 + [1.0, 1.0, 1.0, 1.0, 1.0, 0.8]
    assert offered(night(scores, wanted=SELDOM, interest=interest))[7:] == [0, 1, 0]


def test_whose_seat_becomes_free_by_it_is_for_whoever_got_none() -> None:
    scores: list[list[float | None]] = [[BEST, None]] * 9 + [[BEST, 0.28], [0.3, None]]
    assert offered(night(scores, capacity=[10, 1])) == [0] * 10 + [None]
    assert offered(night(scores, wanted=SELDOM, capacity=[10, 1])) == [0] * 9 + [1, 0]


def test_everybody_else_keeps_what_they_were_offered() -> None:
    """What one leaves would be worth more to another, who then would leave what somebody waited for."""
    scores: list[list[float | None]] = [
        *[[BEST, None, None, None]] * 8, [None, 0.7, None, 0.55], [None, 0.6, 0.5, None],
    ]  # fmt: skip
    seats = {"capacity": [SEATS, 1, 1, 1]}
    assert offered(night(scores, **seats))[8:] == [1, 2]
    assert offered(night(scores, wanted=[0, 0, 1, 1], **seats))[8:] == [3, 2]


@pytest.mark.parametrize(("wanted", "seats", "led"), [(1, SEATS, 1), (2, SEATS, 2), (2, 1, 1), (3, SEATS, 2)])
def test_no_more_are_led_than_are_waited_for_and_have_a_seat(wanted: int, seats: int, led: int) -> None:
    scores = [[BEST, None]] * 14 + [[BEST, 0.5]] * 6
    assert offered(night(scores, wanted=[0, wanted], capacity=[SEATS, seats])).count(1) == led


def test_no_more_leave_than_can_be_done_without() -> None:
    scores: list[list[float | None]] = [[BEST, None, None]] * 18 + [[BEST, 0.5, None], [BEST, None, 0.5]]
    assert offered(night(scores, wanted=[18, 1, 1]))[18:] == [1, 2]
    assert offered(night(scores, wanted=[19, 1, 1]))[18:] == [1, 0]


def test_whoever_could_be_led_to_two_is_led_to_the_one_that_costs_less() -> None:
    scores: list[list[float | None]] = [[BEST, None, None]] * 19 + [[BEST, 0.4, 0.5]]
    assert offered(night(scores, wanted=[0, 1, 1])) == [0] * 19 + [2]


def test_more_are_waited_for_the_later_it_is_and_nobody_once_somebody_came() -> None:
    none = np.zeros(2, np.int64)
    assert [people_wanted(none, none, gone).tolist() for gone in (0, 0.49, 0.5, 0.99)] == [
        [1, 1],
        [1, 1],
        [2, 2],
        [2, 2],
    ]
    assert people_wanted(np.array([1, 0]), np.array([0, 5]), 0.9).tolist() == [0, 0]


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_whatever_the_night_a_tenth_at_most_pay_and_nobody_too_much(data: st.DataObject) -> None:
    scores, wanted = _drawn(data)
    before = offered(night(scores, doubt=np.full(wanted.size * len(scores), 0.7)))
    after = offered(night(scores, wanted=wanted, doubt=np.full(wanted.size * len(scores), 0.7)))
    led = [line[now] / max(line) for line, was, now in zip(scores, before, after, strict=True) if was != now]
    assert len(led) <= len(scores) // 10
    assert all(share >= 0.45 - 1e-6 for share in led)


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_whatever_the_night_no_seat_is_given_twice(data: st.DataObject) -> None:
    scores, wanted = _drawn(data)
    capacity = data.draw(st.lists(st.integers(0, 12), min_size=len(wanted), max_size=len(wanted)))
    after = offered(night(scores, wanted=wanted, capacity=capacity))
    taken = np.bincount([one for one in after if one is not None], minlength=len(wanted))
    assert (taken <= capacity).all()


def _drawn(data: st.DataObject) -> tuple[list[list[float | None]], np.ndarray]:
    people, sessions = data.draw(st.integers(10, 40)), data.draw(st.integers(2, 5))
    chance = np.random.default_rng(data.draw(st.integers(0, 10_000)))
    wanted = data.draw(st.lists(st.integers(0, 3), min_size=sessions, max_size=sessions))
    return chance.uniform(0.05, 1.0, (people, sessions)).tolist(), np.array(wanted)
