"""One night: who may be asked, what waiting and the organisations' turn may change, and what they may not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.scoring.allocation import Night, Pairs, allocate, organisation_term, waiting_bonus


def night(scores: list[list[float | None]], **given: object) -> Night:
    """A night of a table of scores, a line a person; everybody may be asked, each session is of an organisation of its own
    and has a seat for all, and no organisation waits for anybody.
    """
    rows = [(i, j, w) for i, line in enumerate(scores) for j, w in enumerate(line) if w is not None]
    people, sessions, pairs = len(scores), len(scores[0]), len(rows)
    made = Night(
        pairs=Pairs.of(*zip(*rows, strict=True)),
        chance=np.full(pairs, 0.9),
        doubt=np.full(pairs, 0.5),
        interest=np.full(pairs, 0.5),
        organisation=np.array([j for _i, j, _w in rows]),
        visits=np.zeros(sessions, np.int64),
        wanted=np.zeros(sessions, np.int64),
        may_ask=np.ones(people, np.bool_),
        weeks_waiting=np.zeros(people),
        capacity=np.full(sessions, people),
        held=np.zeros(sessions, np.int64),
    )
    return replace(made, **{name: np.asarray(value) for name, value in given.items()})


def offered(one: Night, prices: object = None) -> list[int | None]:
    """The session each person is offered."""
    chosen = allocate(one, np.zeros(len(one.capacity)) if prices is None else np.asarray(prices))
    return [None if pair < 0 else int(one.pairs.session[pair]) for pair in chosen]


def test_seats_of_live_invitations_are_not_given_again() -> None:
    assert offered(night([[0.9, 0.5]], capacity=[1, 1], held=[1, 0])) == [1]
    assert offered(night([[0.9, 0.5]], capacity=[1, 0], held=[2, 0])) == [None]


def test_care_02_whoever_may_not_be_asked_is_offered_nothing() -> None:
    assert offered(night([[0.9], [0.2]], capacity=[1], may_ask=[False, True])) == [None, 0]
    assert offered(night([[0.9]], may_ask=[False])) == [None]


def test_the_sum_counts_and_not_who_scores_highest() -> None:
    assert offered(night([[0.9, 0.85], [0.8, 0.1]], capacity=[1, 1])) == [1, 0]


def test_a_seat_worth_more_to_somebody_still_to_come_is_left_for_them() -> None:
    assert offered(night([[0.6, 0.5]]), prices=[0.3, 0.0]) == [1]
    assert offered(night([[0.6, None]]), prices=[0.7, 0.0]) == [None]


def test_whoever_waited_longer_comes_first_among_equals_but_only_so_far() -> None:
    equal = night([[0.5], [0.5]], capacity=[1], weeks_waiting=[0.0, 1.0])
    assert offered(equal) == [None, 0]
    better = night([[0.71], [0.5]], capacity=[1], weeks_waiting=[0.0, 500.0])
    assert offered(better) == [0, None]
    assert waiting_bonus(np.array([10.0, 11.0])).tolist() == [0.2, 0.2]


def test_of_two_as_good_the_organisation_seldom_visited_has_its_turn() -> None:
    alike = night([[0.60, 0.55]], visits=[2, 0])
    assert offered(alike) == [1]
    assert organisation_term(alike).tolist() == [-0.2, 0.0]
    assert organisation_term(replace(alike, visits=np.array([50, 1]))).tolist() == [-0.2, -0.1]


@pytest.mark.parametrize(
    "guard",
    [
        {"scores": [[0.60, 0.47]]},  # keeps less than 80 % of their best
        {"scores": [[0.60, 0.55]], "chance": [0.9, 0.84]},  # farther than 0.05 from their best chance
        {"scores": [[0.60, 0.55]], "doubt": [0.61, 0.5]},  # whoever we know too little of does not pay
        {"scores": [[0.60, 0.55]], "doubt": [0.5, 0.61]},
        {"scores": [[0.60, 0.55]], "chance": [0.84, 0.9]},
    ],
)
def test_nobody_is_sent_elsewhere_at_their_cost(guard: dict[str, object]) -> None:
    scores = guard.pop("scores")
    assert offered(night(scores, visits=[2, 0], **guard)) == [0]  # type: ignore[arg-type]


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_the_organisations_turn_never_costs_more_than_a_fifth(data: st.DataObject) -> None:
    number = data.draw(st.integers(1, 6))
    draw = lambda low, high: data.draw(st.lists(st.floats(low, high), min_size=number, max_size=number))  # noqa: E731
    scores = draw(0.05, 1.0)
    one = night(
        [list(scores)],
        chance=draw(0.6, 1.0),
        doubt=draw(0.3, 0.9),
        visits=data.draw(st.lists(st.integers(0, 4), min_size=number, max_size=number)),
        weeks_waiting=[20.0],
    )
    (chosen,) = offered(one)
    assert chosen is not None
    assert scores[chosen] >= 0.8 * max(scores) - 1e-6
    assert scores[chosen] >= max(scores) - 1e-6 or one.chance[chosen] >= max(one.chance) - 0.05 - 1e-6


def test_a_night_without_anybody_to_ask_is_no_error() -> None:
    nobody = Pairs.of([], [], [])
    none = np.zeros(0)
    quiet = Night(
        pairs=nobody,
        chance=none,
        doubt=none,
        interest=none,
        organisation=np.zeros(0, np.int64),
        visits=np.zeros(1, np.int64),
        wanted=np.ones(1, np.int64),
        may_ask=np.zeros(2, np.bool_),
        weeks_waiting=np.zeros(2),
        capacity=np.array([3]),
        held=np.zeros(1, np.int64),
    )
    assert allocate(quiet, np.zeros(1)).tolist() == [-1, -1]
