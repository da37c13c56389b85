"""SCORING §4: the chance that it will be all right, and what is learned."""

from __future__ import annotations

import json
from math import exp, pi, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.errors import InvalidInput
from matcher.domain.person import HistoryEntry
from matcher.domain.values import Aspect, HistoryOutcome, Rungs
from matcher.scoring import kernel
from matcher.scoring.comfort import (
    LESSONS,
    ComfortState,
    Lesson,
    initial,
    learn,
    learned_anew,
    replay,
    talked_over,
    with_rungs,
)
from tests.scoring.builders import CALM, happened

rung = st.integers(0, 8).map(lambda halves: halves / 2)
rungs = st.builds(Rungs, rung, rung, rung, rung, rung, rung)
outcomes = st.sampled_from(HistoryOutcome)
entry = st.builds(happened, outcomes, rungs)
entries = st.lists(entry, max_size=12)

MIDDLE = Rungs(2, 2, 2, 2, 2, 2)


def sigma(x: float) -> float:
    return 1 / (1 + exp(-x))


def test_the_prior() -> None:
    state = initial(MIDDLE)
    assert state.mu == (2.6, *[0.8] * 6, *[0.35] * 6)
    assert state.variance == pytest.approx((0.49, *[0.16] * 6, *[0.04] * 6), abs=1e-15)
    assert state.kept == (0,) * 6


@pytest.mark.parametrize(
    ("asked", "m", "v"),
    [
        (Rungs(0, 0, 0, 0, 0, 0), 2.6, 0.49),
        (Rungs(1, 1, 1, 1, 1, 1), 2.6, 0.49),  # a full rung inside
        (Rungs(2, 0, 0, 0, 0, 0), 2.25, 0.53),  # at the edge
        (Rungs(1.5, 0, 0, 0, 0, 0), 2.425, 0.50),  # half a rung inside
        (Rungs(2.5, 0, 0, 0, 0, 0), 1.85, 0.57),  # half a rung beyond: stretch 0.5 and edge 1
        (Rungs(3, 2, 0, 0, 0, 4), 2.6 - 0.8 * 3 - 0.35 * 3, 0.49 + 0.16 * (1 + 4) + 0.04 * 3),
    ],
)
def test_stretches_and_edges_lower_the_chance(asked: Rungs, m: float, v: float) -> None:
    state = initial(MIDDLE)
    assert state.moments(asked.as_tuple()) == pytest.approx((m, v), abs=1e-12)
    chance = state.chance(asked.as_tuple())
    assert chance.likely == pytest.approx(sigma(m / sqrt(1 + pi * v / 8)), abs=1e-12)
    assert chance.low == pytest.approx(sigma(m - 1.28 * sqrt(v)), abs=1e-12)
    assert chance.high == pytest.approx(sigma(m + 1.28 * sqrt(v)), abs=1e-12)


def test_asking_nothing_is_no_edge_even_where_nothing_is_comfortable() -> None:
    assert initial(CALM).moments(CALM.as_tuple()) == pytest.approx((2.6, 0.49), abs=1e-12)


@pytest.mark.parametrize(
    ("outcome", "y", "weight"),
    [("ok", 1, 1), ("left_early", 0.5, 0.5), ("too_much", 0, 1), ("answered_too_much", 0, 0.5)],
)
def test_what_is_learned_of_the_base(outcome: str, y: float, weight: float) -> None:
    learned = learn(initial(MIDDLE), happened(outcome, CALM))
    q, s = sigma(2.6), 0.7**2 + 0.02**2
    h = weight * q * (1 - q)
    assert learned.mu[0] == pytest.approx(2.6 + s * weight * (y - q) / (1 + h * s), abs=1e-12)
    assert learned.variance[0] == pytest.approx(s - h * s * s / (1 + h * s), abs=1e-12)
    assert learned.mu[1:] == initial(MIDDLE).mu[1:]
    assert learned.variance[1:] == pytest.approx([0.1604] * 6 + [0.0404] * 6, abs=1e-12)


@given(rungs, rungs, st.sampled_from(sorted(LESSONS)))
def test_the_update_is_that_of_the_formula_in_vectors(comfortable: Rungs, asked: Rungs, outcome: str) -> None:
    x, c = np.array(asked.as_tuple()), np.array(comfortable.as_tuple())
    edge = np.where(x == 0, 0, np.clip(1 - (c - x), 0, 1))
    phi = np.concatenate([[1], -np.maximum(0, x - c), -edge])
    mu, s = np.repeat([2.6, 0.8, 0.35], [1, 6, 6]), np.repeat([0.49, 0.16, 0.04], [1, 6, 6]) + 0.0004
    y, weight = LESSONS[HistoryOutcome(outcome)]
    v, q = phi**2 @ s, sigma(phi @ mu)
    h, k = weight * q * (1 - q), s * phi
    mu = mu + k * weight * (y - q) / (1 + h * v)
    mu[1:] = np.maximum(mu[1:], 0.02)
    learned = learn(initial(comfortable), happened(outcome, asked))
    assert learned.mu == pytest.approx(mu, abs=1e-12)
    assert learned.variance == pytest.approx(s - h * k**2 / (1 + h * v), abs=1e-12)


@pytest.mark.parametrize(
    "outcome", ["did_not_come", "answered_not_now", "answered_not_for_me", "no_answer", "talked"]
)
def test_nothing_is_learned_from_the_rest(outcome: str) -> None:
    state = initial(MIDDLE)
    assert learn(state, happened(outcome, Rungs(4, 4, 4, 4, 4, 4))) is state
    assert learn(state, happened(outcome, None)) is state


def test_parameters_learn_with_the_rungs_as_they_stood_before() -> None:
    state = replay(MIDDLE, [happened("ok", Rungs(3, 0, 0, 0, 0, 0))])
    again = learn(state, happened("ok", Rungs(3, 0, 0, 0, 0, 0)))
    assert again.rungs.group == 3
    stood, moved = list(state.mu), list(state.mu)
    kernel.learn_parameters((3, 0, 0, 0, 0, 0), (2,) * 6, stood, list(state.variance), 1, 1)
    kernel.learn_parameters((3, 0, 0, 0, 0, 0), (3,) * 6, moved, list(state.variance), 1, 1)
    assert list(again.mu) == stood != moved


def test_two_ok_visits_above_raise_a_rung_to_the_second_highest() -> None:
    state = replay(MIDDLE, [happened("ok", Rungs(4, 0, 0, 0, 0, 0))])
    assert (state.rungs.group, state.kept[0]) == (2, 4)
    state = learn(state, happened("ok", Rungs(2.5, 2, 0, 0, 0, 0)))
    assert (state.rungs.group, state.kept[0]) == (2.5, 4)
    assert state.rungs.interaction == 2
    state = learn(state, happened("ok", Rungs(2.5, 0, 0, 0, 0, 0)))
    assert (state.rungs.group, state.kept[0]) == (2.5, 4)  # no longer above
    state = learn(state, happened("ok", Rungs(4, 0, 0, 0, 0, 0)))
    assert (state.rungs.group, state.kept[0]) == (4, 0)


def test_too_much_lowers_what_it_asked_at_or_above_the_rung_and_forgets_what_was_kept() -> None:
    state = replay(MIDDLE, [happened("ok", Rungs(3, 3, 3, 3, 3, 3))])
    state = learn(state, happened("too_much", Rungs(2, 4, 1.5, 0, 2.5, 0)))
    assert state.rungs == Rungs(1.5, 2, 2, 2, 2, 2)
    assert state.kept == (0, 0, 3, 3, 0, 3)


def test_a_rung_never_falls_below_zero_nor_for_what_was_not_asked() -> None:
    state = learn(initial(CALM), happened("too_much", Rungs(0.5, 0, 0, 0, 0, 0)))
    assert state.rungs == CALM


def test_rungs_set_by_hand_drop_what_is_no_longer_above() -> None:
    state = replay(MIDDLE, [happened("ok", Rungs(3, 3, 3, 3, 3, 3))])
    by_hand = with_rungs(state, Rungs(3, 2.5, 4, 1, 2, 2))
    assert by_hand.rungs == Rungs(3, 2.5, 4, 1, 2, 2)
    assert by_hand.kept == (0, 3, 0, 3, 3, 3)
    assert (by_hand.mu, by_hand.variance) == (state.mu, state.variance)


def test_what_is_said_in_a_talk_goes_half_the_way_and_drops_what_is_no_longer_above() -> None:
    state = replay(MIDDLE, [happened("ok", Rungs(3, 3, 3, 3, 3, 3))])
    talked = talked_over(
        state, {Aspect.group: 4, Aspect.interaction: 3, Aspect.travel: 0.5, Aspect.commitment: 2}
    )
    assert talked.rungs == Rungs(3, 2.5, 2, 1.5, 2, 2)
    assert talked.kept == (0, 3, 3, 3, 3, 3)
    assert (talked.mu, talked.variance) == (state.mu, state.variance)


def test_whatever_is_said_counts_for_half_a_rung_at_least() -> None:
    """Up and down alike, whole rung or half: who says half a rung less is heard."""
    state = initial(Rungs(1, 2, 1.5, 2.5, 0.5, 3))
    less = talked_over(
        state, {aspect: rung - 0.5 for aspect, rung in zip(Aspect, state.rungs.as_tuple(), strict=True)}
    )
    assert less.rungs == Rungs(0.5, 1.5, 1, 2, 0, 2.5)
    assert talked_over(less, dict(zip(Aspect, state.rungs.as_tuple(), strict=True))).rungs == state.rungs


@given(rungs, entries, st.dictionaries(st.sampled_from(Aspect), rung))
def test_a_talk_leads_never_beyond_what_stands_and_what_was_said_and_only_where_it_was_of(
    comfortable: Rungs, past: list, said: dict[Aspect, float]
) -> None:
    state = replay(comfortable, past)
    talked = talked_over(state, said)
    stood = zip(state.rungs.as_tuple(), state.kept, strict=True)
    stands = zip(talked.rungs.as_tuple(), talked.kept, strict=True)
    for aspect, before, after in zip(Aspect, stood, stands, strict=True):
        if aspect in said:
            low, high = sorted((before[0], said[aspect]))
            assert low <= after[0] <= high
            assert (
                abs(2 * after[0] - before[0] - said[aspect]) <= 0.5
            )  # as near to half the way as halves allow
            assert (2 * after[0]).is_integer()
            assert after[1] in (0, before[1])
        else:
            assert after == before


def test_a_lesson_without_asked_rungs_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput) as refused:
        learn(initial(MIDDLE), happened("ok", None))
    assert refused.value.problems[0].pointer == "/aspects"


@given(rungs, entries)
def test_a_state_survives_storing(comfortable: Rungs, past: list) -> None:
    state = replay(comfortable, past)
    assert ComfortState.from_stored(json.loads(json.dumps(state.to_stored()))) == state


@given(rungs, entries)
def test_what_is_believed_stays_sensible(comfortable: Rungs, past: list) -> None:
    state = replay(comfortable, past)
    assert all(variance > 0 for variance in state.variance)
    assert all(slope >= 0.02 for slope in state.mu[1:])
    assert all(0 <= each <= 4 for each in state.rungs.as_tuple())
    assert all(
        kept == 0 or kept > each for kept, each in zip(state.kept, state.rungs.as_tuple(), strict=True)
    )


@given(rungs, st.lists(st.tuples(entry, st.none() | rungs), min_size=1, max_size=6), entry)
def test_a_corrected_lesson_leaves_what_the_right_word_and_all_since_would_have_taught(
    comfortable: Rungs, past: list[tuple[HistoryEntry, Rungs | None]], corrected: HistoryEntry
) -> None:
    lessons, before_the_next, wrong, right = [], [], initial(comfortable), initial(comfortable)
    for number, (one, by_hand) in enumerate(past):
        lessons.append(Lesson(wrong, one))
        wrong, right = learn(wrong, one), learn(right, one if number else corrected)
        if by_hand is not None:
            changed = [
                mine if was == said else said
                for mine, was, said in zip(
                    right.rungs.as_tuple(), wrong.rungs.as_tuple(), by_hand.as_tuple(), strict=True
                )
            ]
            wrong, right = with_rungs(wrong, by_hand), with_rungs(right, Rungs(*changed))
        before_the_next.append(right)
    assert learned_anew(lessons, corrected, wrong) == before_the_next


@given(rungs, entries, rungs)
def test_only_too_much_at_a_visit_lowers_and_only_ok_raises(
    comfortable: Rungs, past: list, asked: Rungs
) -> None:
    state = replay(comfortable, past)
    for outcome in HistoryOutcome:
        moved = learn(state, happened(outcome, asked)).rungs.as_tuple()
        pairs = list(zip(moved, state.rungs.as_tuple(), strict=True))
        assert outcome == "ok" or all(new <= old for new, old in pairs)
        assert outcome == "too_much" or all(new >= old for new, old in pairs)


@given(rungs, entries, rungs, st.integers(0, 5))
def test_chances_are_ordered_and_asking_more_never_raises_them(
    comfortable: Rungs, past: list, asked: Rungs, aspect: int
) -> None:
    state = replay(comfortable, past)
    chance = state.chance(asked.as_tuple())
    assert 0 <= chance.low <= chance.high <= 1
    assert 0 <= chance.likely <= 1
    more = list(asked.as_tuple())
    more[aspect] = min(4, more[aspect] + 0.5)
    assert state.moments(more)[0] <= state.moments(asked.as_tuple())[0] + 1e-12


@given(st.floats(-800, 800))
def test_the_logistic_is_safe_and_symmetric(x: float) -> None:
    assert 0 <= kernel.logistic(x) <= 1
    assert kernel.logistic(x) + kernel.logistic(-x) == pytest.approx(1)


def test_asking_more_is_never_believed_to_help() -> None:
    hardly = ComfortState(MIDDLE, (0.0, *[0.03] * 12), (0.49, *[0.16] * 6, *[0.04] * 6))
    learned = learn(hardly, happened("ok", Rungs(4, 0, 0, 0, 0, 0)))
    assert (learned.mu[1], learned.mu[7]) == (0.02, 0.02)
    assert learned.mu[2:7] == hardly.mu[2:7]
