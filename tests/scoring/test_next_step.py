"""SCORING §5: within comfort, one small stretch, or not offered."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.person import HistoryEntry
from matcher.domain.values import HistoryOutcome, Rungs, StayStep
from matcher.scoring.comfort import ComfortState, initial
from matcher.scoring.experience import footing
from matcher.scoring.next_step import Step, TooBig, hindrance, next_stay_step, next_step
from tests.scoring.builders import CALM, happened
from tests.scoring.test_comfort import rungs

MIDDLE = Rungs(2, 2, 2, 2, 2, 2)
SURE = ComfortState(MIDDLE, (6.0, *[0.1] * 12), (0.01,) * 13)
TWO_OK = (happened("ok"), happened("ok"))


def step(asked: Rungs, comfort: ComfortState = SURE, *entries: Any) -> Step | None:
    return next_step(asked.as_tuple(), comfort, footing(entries))


def blamed(asked: Rungs, comfort: ComfortState = SURE, *entries: Any) -> tuple[TooBig, tuple[str, ...]]:
    found = hindrance(asked.as_tuple(), comfort, footing(entries))
    return found.why, tuple(aspect.value for aspect in found.aspects)


def test_for_someone_new_at_most_one_aspect_is_at_its_edge() -> None:
    new = initial(MIDDLE)
    assert step(Rungs(1, 1, 1, 1, 1, 1), new) is Step.within_comfort
    assert step(Rungs(2, 1, 1, 1, 1, 1), new) is Step.within_comfort
    assert step(Rungs(2, 2, 1, 1, 1, 1), new) is None
    assert blamed(Rungs(2, 2, 1, 1, 1, 1), new) == (TooBig.unsure, ("group", "interaction"))


def test_someone_new_is_never_offered_a_stretch() -> None:
    assert step(Rungs(2.5, 0, 0, 0, 0, 0), initial(MIDDLE)) is None
    assert step(Rungs(2.5, 0, 0, 0, 0, 0), SURE, happened("ok")) is None
    assert blamed(Rungs(2.5, 0, 0, 0, 0, 0), SURE, happened("ok")) == (TooBig.early, ("group",))


@pytest.mark.parametrize("aspect", range(6))
def test_a_stretch_is_small_by_aspect(aspect: int) -> None:
    most = (0.5, 1, 1, 0.5, 0.5, 1)[aspect]
    for beyond, offered in ((most, True), (most + 0.5, False)):
        asked = [0.0] * 6
        asked[aspect] = 2 + beyond
        found = step(Rungs(*asked), SURE, *TWO_OK)
        assert found is (Step.one_small_stretch if offered else None)
    assert blamed(Rungs(*asked), SURE, *TWO_OK)[0] is TooBig.far


def test_only_one_aspect_is_stretched_at_a_time() -> None:
    assert step(Rungs(2.5, 3, 0, 0, 0, 0), SURE, *TWO_OK) is None
    assert blamed(Rungs(2.5, 3, 0, 0, 0, 0), SURE, *TWO_OK) == (TooBig.several, ("group", "interaction"))


@pytest.mark.parametrize(
    ("past", "offered"),
    [
        (["ok", "ok"], True),
        (["too_much", "talked", "ok", "ok"], True),
        (["ok", "ok", "did_not_come", "answered_not_now", "no_answer", "answered_too_much"], True),
        (["ok"], False),
        ([], False),
        (["ok", "left_early"], False),
        (["ok", "left_early", "ok"], False),
        (["ok", "ok", "too_much"], False),
        (["ok", "ok", "left_early"], False),
    ],
)
def test_a_stretch_needs_the_last_two_visits_that_took_place_to_be_ok(past: list[str], offered: bool) -> None:
    history = [happened(outcome) for outcome in past]
    expected = Step.one_small_stretch if offered else None
    assert step(Rungs(2.5, 0, 0, 0, 0, 0), SURE, *history) is expected


def belief(m: float, s: float) -> ComfortState:
    """Only the base is uncertain; a stretch or an edge takes nothing off."""
    return ComfortState(MIDDLE, (m, *[0.0] * 12), (s * s, *[0.0] * 12))


@pytest.mark.parametrize(("m", "offered"), [(1.26567 + 1.28 * 0.7, True), (1.2656 + 1.28 * 0.7, False)])
def test_within_comfort_needs_a_careful_chance_of_78_in_100(m: float, offered: bool) -> None:
    assert step(CALM, belief(m, 0.7)) is (Step.within_comfort if offered else None)


def test_a_chance_within_rounding_of_the_threshold_counts_as_reached() -> None:
    at_threshold = 1.2656663733312759  # log(0.78 / 0.22)
    assert step(CALM, belief(at_threshold - 1e-9, 0)) is Step.within_comfort
    assert step(CALM, belief(at_threshold - 1e-7, 0)) is None


@pytest.mark.parametrize(
    ("m", "s", "offered"),
    [
        (1.3863, 0, True),  # P just above 0.80
        (1.3862, 0, False),
        (0.84730 + 1.5, 1.5, True),  # L(1) just above 0.70; P is 0.85
        (0.84729 + 1.5, 1.5, False),
    ],
)
def test_a_stretch_needs_80_in_100_and_carefully_70(m: float, s: float, offered: bool) -> None:
    asked = Rungs(0, 3, 0, 0, 0, 0)
    assert step(asked, belief(m, s), *TWO_OK) is (Step.one_small_stretch if offered else None)


class TestAfterAVisitThatWasTooMuch:
    """Until the next `ok` visit only what is well inside, or has been all right before."""

    past = (happened("ok", Rungs(1.5, 2, 0, 0, 0, 0)), happened("too_much", CALM), happened("talked", None))

    def test_a_full_rung_inside_is_offered(self) -> None:
        assert step(Rungs(1, 1, 1, 1, 1, 1), SURE, *self.past) is Step.within_comfort

    def test_what_was_all_right_before_is_offered(self) -> None:
        assert step(Rungs(1.5, 2, 1, 1, 1, 1), SURE, *self.past) is Step.within_comfort

    def test_nearer_the_edge_than_ever_before_is_not(self) -> None:
        assert step(Rungs(2, 2, 1, 1.5, 1, 1), SURE, *self.past) is None
        assert blamed(Rungs(2, 2, 1, 1.5, 1, 1), SURE, *self.past) == (
            TooBig.beyond_lived,
            ("group", "travel"),
        )

    def test_highest_is_taken_aspect_by_aspect_over_all_ok_visits(self) -> None:
        earlier = happened("ok", Rungs(0, 0, 0, 2, 0, 0))
        assert step(Rungs(1.5, 2, 1, 2, 1, 1), SURE, earlier, *self.past) is Step.within_comfort

    def test_the_next_ok_visit_ends_it(self) -> None:
        asked = Rungs(2, 2, 1, 1, 1, 1)
        assert step(asked, SURE, *self.past, happened("left_early")) is None
        assert step(asked, SURE, *self.past, happened("ok")) is Step.within_comfort

    def test_a_talk_alone_does_not_end_it(self) -> None:
        assert step(Rungs(2, 0, 0, 0, 0, 0), SURE, happened("too_much"), happened("talked", None)) is None


@given(
    rungs,
    rungs,
    st.lists(st.builds(happened, st.sampled_from(["ok", "too_much", "left_early"]), rungs), max_size=5),
)
def test_a_smaller_ask_is_never_a_bigger_step(comfortable: Rungs, asked: Rungs, past: list) -> None:
    """A step offered within comfort stays so when any one aspect asks less."""
    state = initial(comfortable)
    if step(asked, state, *past) is Step.within_comfort:
        for aspect in range(6):
            less = list(asked.as_tuple())
            less[aspect] = max(0, less[aspect] - 0.5)
            assert step(Rungs(*less), state, *past) is Step.within_comfort


@given(
    rungs,
    rungs,
    st.lists(st.builds(happened, st.sampled_from(["ok", "too_much", "left_early"]), rungs), max_size=5),
)
def test_no_offer_ever_stretches_two_aspects(comfortable: Rungs, asked: Rungs, past: list) -> None:
    state = ComfortState(comfortable, SURE.mu, SURE.variance)
    stretched = sum(x > c for x, c in zip(asked.as_tuple(), comfortable.as_tuple(), strict=True))
    found = step(asked, state, *past)
    assert found is None or stretched == (found is Step.one_small_stretch)


@pytest.mark.parametrize(
    ("lived", "opens"),
    [
        ([], StayStep.visit),
        ([("ok", None)], StayStep.trial_night),  # any good visit there, whatever it was for
        ([("left_early", StayStep.visit)], StayStep.visit),
        ([("ok", StayStep.visit), ("too_much", StayStep.trial_night)], StayStep.trial_night),
        ([("ok", StayStep.trial_night)], StayStep.stay),
    ],
)
def test_care_11_the_next_step_of_living_together_is_what_eligibility_lets_pass(
    lived: list[tuple[str, StayStep | None]], opens: StayStep
) -> None:
    past = [
        HistoryEntry(
            datetime(2026, 11, day, tzinfo=UTC), HistoryOutcome(outcome), place_id="here", stay_step=step
        )
        for day, (outcome, step) in enumerate(lived, start=1)
    ]
    elsewhere = HistoryEntry(datetime(2026, 11, 20, tzinfo=UTC), HistoryOutcome.ok, place_id="there")
    assert next_stay_step([*past, elsewhere], "here") is opens
