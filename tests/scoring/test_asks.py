"""SCORING §1: what an opportunity asks of this person."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.opportunity import GroupSize, Host, Opportunity, Place
from matcher.domain.values import Interaction, StayStep, Stimulation
from matcher.scoring import kernel
from tests.scoring.builders import (
    a_stay,
    asks,
    happened,
    judged,
    session,
    someone,
    something,
    something_online,
)

STRANGE = {"host": Host("Aoki", "gardener", False), "watch_first": False, "companion_welcome": False}


def asked(opportunity: Opportunity, aspect: str, *entries: Any, **person: Any) -> float | None:
    return asks(judged(someone(**person), opportunity, *entries))[aspect]


@pytest.mark.parametrize(
    ("typical", "interaction", "rung"),
    [
        (1, "conversation", 0),
        (2, "conversation", 0),
        (3, "conversation", 1),
        (4, "conversation", 2),  # log2(3) = 1.58 goes up to 2
        (5, "conversation", 2),
        (6, "conversation", 2.5),
        (9, "speaking_to_group", 3),
        (17, "conversation", 4),
        (200, "conversation", 4),
        (2, "side_by_side", 0),
        (5, "side_by_side", 1),
        (17, "side_by_side", 3),
        (33, "side_by_side", 4),
        (60, "side_by_side", 4),  # lowered before clipping
        (5, "text_only", 1),  # in person, writing is still among others
    ],
)
def test_group_counts_the_others_and_weighs_co_actors_less(
    typical: int, interaction: str, rung: float
) -> None:
    opportunity = something(group_size=GroupSize(typical, 300), interaction=Interaction(interaction))
    assert asked(opportunity, "group") == rung


def test_online_text_only_asks_no_group() -> None:
    opportunity = something_online(group_size=GroupSize(100, 300), interaction=Interaction.text_only)
    assert asked(opportunity, "group") == 0
    assert (
        asked(something_online(group_size=GroupSize(9, 9), interaction=Interaction.listening_online), "group")
        == 2
    )


@pytest.mark.parametrize("position", range(5))
def test_interaction_and_stimulation_are_their_positions(position: int) -> None:
    opportunity = something_online(
        interaction=list(Interaction)[position], stimulation=list(Stimulation)[position]
    )
    assert asked(opportunity, "interaction") == position
    assert asked(opportunity, "stimulation") == position


@pytest.mark.parametrize(
    ("facts", "person", "rung"),
    [
        ({}, {}, 4),
        ({"host": Host("Aoki", "gardener", True)}, {}, 3),
        ({"watch_first": True}, {}, 3),
        ({"companion_welcome": True}, {"companion": True}, 3),
        ({"companion_welcome": True}, {}, 4),
        ({}, {"companion": True}, 4),
        ({}, {"introduced_to": ("organisation",)}, 3),
        ({}, {"introduced_to": ("another",)}, 4),
        ({"host": Host("A", "g", True), "watch_first": True}, {"introduced_to": ("organisation",)}, 1),
        (
            {"host": Host("A", "g", True), "watch_first": True, "companion_welcome": True},
            {"introduced_to": ("organisation",), "companion": True},
            1,
        ),
    ],
)
def test_each_welcome_takes_one_off_the_unfamiliarity_but_never_below_one(
    facts: dict[str, Any], person: dict[str, Any], rung: float
) -> None:
    assert asked(something(**STRANGE | facts), "unfamiliarity", **person) == rung
    online = something_online(**STRANGE | facts)
    assert asked(online, "unfamiliarity", **person) == rung / 2
    assert asked(something_online(**STRANGE | facts, interaction=Interaction.text_only), "unfamiliarity") == 0


def test_ok_visits_make_a_place_known() -> None:
    elsewhere = happened("ok", organisation_id="organisation", place_id="another")
    here = happened("ok", organisation_id="another", place_id="place")
    strange = something(**STRANGE)
    assert asked(strange, "unfamiliarity", elsewhere) == 3
    assert asked(strange, "unfamiliarity", here) == 1
    assert asked(strange, "unfamiliarity", here, here) == 0
    assert asked(strange, "unfamiliarity", happened("left_early", place_id="place")) == 4


def test_online_here_is_the_opportunity() -> None:
    there = happened("ok", opportunity_id="opportunity", place_id="place")
    strange = something_online(**STRANGE)
    assert asked(strange, "unfamiliarity", there) == 0.5
    assert asked(strange, "unfamiliarity", there, there) == 0
    assert (
        asked(something(**STRANGE, place=Place(latitude=35.6, longitude=139.6)), "unfamiliarity", there) == 4
    )


def test_ids_that_are_not_stated_never_match() -> None:
    nowhere = happened("ok")
    opportunity = something(
        **STRANGE, organisation_id=None, id=None, place=Place(latitude=35.635, longitude=139.578)
    )
    assert asked(opportunity, "unfamiliarity", nowhere) == 4
    assert judged(None, opportunity, nowhere).parts.familiarity == 0


@pytest.mark.parametrize(
    ("minutes", "rung"), [(0, 0), (4, 0), (5, 0), (5.1, 0.5), (10, 1), (20, 2), (79, 4), (900, 4)]
)
def test_travel_doubles_from_five_minutes(minutes: float, rung: float) -> None:
    assert kernel.travel_rung(minutes) == rung


def test_online_asks_no_travel() -> None:
    assert asked(something_online(), "travel") == 0


@pytest.mark.parametrize(
    ("minutes", "leave", "regular", "rung"),
    [
        (15, True, False, 0),
        (30, True, False, 1),
        (60, True, False, 2),
        (60, False, False, 3),
        (60, True, True, 3),
        (60, False, True, 4),
        (90, True, False, 3),  # log2(6) = 2.58 goes up to 3
        (5, True, False, 0),
        (5, False, True, 0.5),  # -1.58 + 2 = 0.42: only the sum is clipped
        (600, True, False, 4),
    ],
)
def test_commitment_grows_with_length_bond_and_regularity(
    minutes: float, leave: bool, regular: bool, rung: float
) -> None:
    facts = {"leave_any_time": leave, "regular_attendance": regular}
    assert (
        asked(something(sessions=(session(minutes=minutes),), duration_minutes=240, **facts), "commitment")
        == rung
    )
    assert asked(something(sessions=(), duration_minutes=minutes, **facts), "commitment") == rung


def test_writing_at_any_time_asks_no_commitment() -> None:
    facts = {"interaction": Interaction.text_only, "leave_any_time": False, "regular_attendance": True}
    assert asked(something_online(sessions=(), **facts), "commitment") == 0
    assert asked(something_online(**facts), "commitment") == 3


def test_communal_living_asks_by_its_step() -> None:
    hour = (session(minutes=60),)
    assert asked(a_stay(StayStep.visit, sessions=hour), "commitment") == 2
    assert asked(a_stay(StayStep.trial_night, sessions=hour), "commitment") == 2
    assert asked(a_stay(StayStep.stay, sessions=hour), "commitment") == 3
    assert asked(a_stay(StayStep.visit, sessions=(session(minutes=120),)), "commitment") == 3


@pytest.mark.parametrize(
    ("fact", "aspect"),
    [
        ({"group_size": GroupSize(None, 4)}, "group"),
        ({"interaction": None}, "interaction"),
        ({"host": Host("Aoki")}, "unfamiliarity"),
        ({"watch_first": None}, "unfamiliarity"),
        ({"place": Place("Somewhere")}, "travel"),
        ({"leave_any_time": None}, "commitment"),
        ({"regular_attendance": None}, "commitment"),
        ({"stimulation": None}, "stimulation"),
    ],
)
def test_a_missing_fact_is_never_guessed(fact: dict[str, Any], aspect: str) -> None:
    evaluation = judged(None, something(**fact))
    assert asks(evaluation)[aspect] is None
    assert evaluation.chance is None
    assert evaluation.score is None
    assert evaluation.step is None
    assert "not_published" in [reason.code.value for reason in evaluation.reasons]


@given(st.integers(0, 500), st.integers(0, 4), st.booleans())
def test_group_rungs_are_halves_within_bounds(typical: int, interaction: int, online: bool) -> None:
    rung = kernel.group_rung(typical, interaction, online)
    assert 0 <= rung <= 4
    assert rung * 2 == int(rung * 2)
    assert rung <= kernel.group_rung(typical + 1, interaction, online)


@given(st.floats(0.01, 5000), st.booleans(), st.booleans())
def test_a_bond_never_asks_less(minutes: float, leave: bool, regular: bool) -> None:
    rung = kernel.commitment_rung(minutes, leave, regular, False, kernel.NO_STAY)
    assert 0 <= rung <= 4
    assert rung >= kernel.commitment_rung(minutes, True, False, False, kernel.NO_STAY)
