"""What a seat is worth to those still to come."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import linprog

from matcher.scoring.allocation import Cases, Pairs, descended, first_prices, shadow_prices, share_out

NOBODY_NOW = Pairs.of([], [], [])


def cases(worth: list[list[float]]) -> Cases:
    rows = [(c, j, w) for c, line in enumerate(worth) for j, w in enumerate(line) if w > 0]
    return Cases.of(Pairs.of(*zip(*rows, strict=True)), len(worth))


def test_the_price_is_the_dual_that_a_second_solver_gives() -> None:
    """Where the dual is unique: two want one seat, and the price is what the second would have had."""
    pairs, seats = Pairs.of([0, 1, 1, 2], [0, 0, 1, 1], [0.9, 0.7, 0.3, 0.5]), np.array([1, 1])
    limits = sparse.csr_array(
        (np.ones(8), (np.concatenate([pairs.person, 3 + pairs.session]), np.tile(np.arange(4), 2)))
    )
    solved = linprog(-pairs.worth, A_ub=limits, b_ub=np.ones(5), method="highs")
    found = share_out(pairs, seats, 3)
    assert -solved.fun == pytest.approx(1.4)
    assert pairs.worth[found.pair[found.pair >= 0]].sum() == pytest.approx(1.4)
    for price in (found.price, -solved.ineqlin.marginals[3:]):
        assert 0.7 - 1e-4 <= price[0] <= 0.9 + 1e-4  # any of these supports the same allocation
        assert 0.3 - 1e-4 <= price[1] <= 0.5 + 1e-4


def test_a_scarce_seat_that_others_will_want_is_dear_and_an_ample_one_costs_nothing() -> None:
    past = cases([[0.9, 0.5]] * 10)
    prices = shadow_prices(
        NOBODY_NOW, 0, np.array([2, 500]), past, 5.0, np.array([4.0, 4.0]), np.random.default_rng(1)
    )
    assert prices[0] == pytest.approx(0.4, abs=0.01)
    assert prices[1] == 0


def test_whoever_comes_after_a_session_does_not_compete_for_it() -> None:
    past, seats = cases([[0.9, 0.9]] * 10), np.array([6, 6])
    weeks_left = np.array([0.1, 8.0])
    soon, late = shadow_prices(NOBODY_NOW, 0, seats, past, 5.0, weeks_left, np.random.default_rng(1))
    assert soon == 0
    assert late > 0.8


def test_the_same_randomness_gives_the_same_prices() -> None:
    chance = np.random.default_rng(5)
    past = cases(chance.random((40, 6)).tolist())
    now, weeks = Pairs.of([0, 0, 1], [0, 1, 2], [0.5, 0.6, 0.7]), np.full(6, 3.0)
    first, again, other = (
        shadow_prices(now, 2, np.full(6, 2), past, 6.0, weeks, np.random.default_rng(seed))
        for seed in (9, 9, 10)
    )
    assert (first == again).all()
    assert (first != other).any()


def test_two_hundred_cases_are_enough_and_without_any_nothing_is_dear() -> None:
    assert not cases([[0.5]] * 199).enough
    assert cases([[0.5]] * 200).enough
    none = Cases.of(NOBODY_NOW, 0)
    prices = shadow_prices(NOBODY_NOW, 0, np.array([1]), none, 9.0, np.array([9.0]), np.random.default_rng(1))
    assert prices.tolist() == [0.0]


def test_descent_raises_what_goes_too_fast_lowers_what_goes_too_slowly_and_stays_within_a_score() -> None:
    prices, seats = first_prices(np.array([10, 10, 10])), np.array([10, 10, 10])
    after = descended(prices, np.array([3, 1, 0]), seats, nights_left=10.0)
    assert after[0] > after[1] == prices[1] > after[2] > 0
    for _night in range(500):
        after = descended(after, np.array([10, 10, 0]), seats, nights_left=10.0)
    assert after.max() == 1.0
    assert (after > 0).all()
