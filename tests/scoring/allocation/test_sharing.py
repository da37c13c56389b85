"""The best way to share out seats: held against trying everything, and against a second solver."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import linprog

from matcher.scoring.allocation import Pairs, share_out
from matcher.scoring.compiled import is_available


@st.composite
def instances(draw: st.DrawFn, most_people: int, most_sessions: int) -> tuple[Pairs, list[int], int]:
    """Pairs of few people and sessions, often with ties; seats, some none; and how many people."""
    people, sessions = draw(st.integers(1, most_people)), draw(st.integers(1, most_sessions))
    worth = st.sampled_from([-0.2, 0.0, 0.25, 0.5, 0.75, 1.0]) | st.integers(1, 1_200_000).map(
        lambda n: n / 1e6
    )
    table = draw(
        st.lists(
            st.lists(st.none() | worth, min_size=sessions, max_size=sessions),
            min_size=people,
            max_size=people,
        )
    )
    rows = [(i, j, w) for i, line in enumerate(table) for j, w in enumerate(line) if w is not None]
    seats = draw(st.lists(st.integers(0, 3), min_size=sessions, max_size=sessions))
    person, session, value = zip(*rows, strict=True) if rows else ((), (), ())
    return Pairs.of(person, session, value), seats, people


def total(pairs: Pairs, chosen: np.ndarray) -> float:
    return float(pairs.worth[chosen[chosen >= 0]].sum())


def by_trying_everything(pairs: Pairs, seats: list[int], people: int) -> float:
    options = [[None, *np.flatnonzero(pairs.person == i)] for i in range(people)]
    best = 0.0
    for each in product(*options):
        rows = [e for e in each if e is not None]
        if all(n <= seats[j] for j, n in enumerate(np.bincount(pairs.session[rows], minlength=len(seats)))):
            best = max(best, float(pairs.worth[rows].sum()))
    return best


def by_second_solver(pairs: Pairs, seats: np.ndarray, people: int) -> float:
    """HiGHS; its optimum is whole by itself, as in every assignment."""
    rows, sessions = len(pairs.person), len(seats)
    places = np.concatenate([pairs.person, people + pairs.session])
    limits = sparse.csr_array(
        (np.ones(2 * rows), (places, np.tile(np.arange(rows), 2))), shape=(people + sessions, rows)
    )
    bounds = np.concatenate([np.ones(people), seats])
    return -float(linprog(-pairs.worth, A_ub=limits, b_ub=bounds, method="highs").fun)


def assert_allowed(pairs: Pairs, seats: list[int], people: int, chosen: np.ndarray) -> None:
    assert len(chosen) == people
    taken = chosen[chosen >= 0]
    assert (pairs.person[taken] == np.flatnonzero(chosen >= 0)).all()  # their own pair, so one offer a person
    assert (np.bincount(pairs.session[taken], minlength=len(seats)) <= seats).all()


@given(instances(most_people=4, most_sessions=3))
@settings(max_examples=150, deadline=None)
def test_no_other_way_of_sharing_out_is_worth_more(instance: tuple[Pairs, list[int], int]) -> None:
    pairs, seats, people = instance
    found = share_out(pairs, seats, people)
    assert_allowed(pairs, seats, people, found.pair)
    assert total(pairs, found.pair) == pytest.approx(by_trying_everything(pairs, seats, people), abs=1e-6)


@given(instances(most_people=25, most_sessions=6))
@settings(max_examples=60, deadline=None)
def test_prices_prove_that_it_is_the_best(instance: tuple[Pairs, list[int], int]) -> None:
    """Weak duality: seats at these prices and what they leave to each person are worth no less than any allocation."""
    pairs, seats, people = instance
    found = share_out(pairs, seats, people)
    assert_allowed(pairs, seats, people, found.pair)
    assert (found.price >= 0).all()
    left = np.zeros(people)
    offered = np.asarray(seats)[pairs.session] > 0
    np.maximum.at(left, pairs.person[offered], (pairs.worth - found.price[pairs.session])[offered])
    proof = left.sum() + (found.price * seats).sum()
    assert total(pairs, found.pair) == pytest.approx(proof, abs=1e-4)


def test_a_second_solver_finds_the_same_optimum() -> None:
    chance = np.random.default_rng(7)
    for people, sessions, seats_each in ((300, 12, 20), (400, 60, 5)):
        person, session = np.nonzero(chance.random((people, sessions)) < 0.4)
        worth = np.clip(
            chance.uniform(0.2, 0.9, sessions)[session] + chance.normal(0, 0.15, len(person)), 0, 1
        )
        pairs, seats = Pairs.of(person, session, worth), np.full(sessions, seats_each)
        found = share_out(pairs, seats, people)
        best = by_second_solver(pairs, seats, people)
        assert total(pairs, found.pair) == pytest.approx(best, abs=people * 1e-6)
        assert (np.bincount(session[found.pair[found.pair >= 0]], minlength=sessions) == seats).any()


@pytest.mark.timeout(600)  # compiling takes a while of its own
def test_a_crowd_is_proved_best_by_its_prices(compiling: None) -> None:
    if not is_available():
        pytest.skip("a crowd is for the extra `scale`")
    chance, people, sessions, options = np.random.default_rng(3), 20_000, 2_000, 20
    person = np.repeat(np.arange(people), options)
    steps = chance.permuted(np.tile(np.arange(60), (people, 1)), axis=1)[:, :options]
    session = ((chance.integers(0, sessions, people)[:, None] + steps) % sessions).ravel()
    worth = np.clip(chance.normal(0.55, 0.15, len(person)), 0.01, 1)
    pairs, seats = Pairs.of(person, session, worth), np.full(sessions, 9)
    found = share_out(pairs, seats, people)
    assert_allowed(pairs, list(seats), people, found.pair)
    left = np.zeros(people)
    np.maximum.at(left, person, worth - found.price[session])
    proof = left.sum() + (found.price * seats).sum()
    assert total(pairs, found.pair) == pytest.approx(proof, abs=people * 1e-6)


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="needs a person, a session and a worth"):
        Pairs.of([0, 1], [0], [0.5])
