"""Bars keep out only whom the rules keep out: each bit says of everybody what a rule of the kernel says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.values import Aspect, Interaction
from matcher.scoring import kernel
from matcher.scoring.columns.encoding import ASKED_ALIKE, SIZES, bars_asked, bars_of_size, bars_of_steps

HALVES = st.integers(0, 8).map(lambda half: half / 2)
ANY_RUNG = HALVES | st.floats(0, 4)
RUNGS = st.lists(ANY_RUNG, min_size=6, max_size=6)
TEXT_ONLY = list(Interaction).index(Interaction.text_only)
SIDE_BY_SIDE = list(Interaction).index(Interaction.side_by_side)


def asks(aspect: Aspect, rung: float) -> list[float]:
    """Only one aspect, in the order of `ASKED_ALIKE`."""
    return [rung if one is aspect else 0.0 for one in ASKED_ALIKE]


@given(RUNGS, st.sampled_from(ASKED_ALIKE), HALVES, st.booleans(), st.booleans())
def test_half_rungs_are_barred_exactly_where_they_are_more_than_one_step(
    rungs: list[float], aspect: Aspect, rung: float, last_two_ok: bool, recovering: bool
) -> None:
    theirs = bars_of_steps(rungs, last_two_ok, recovering)
    asked = [rung if one is aspect else 0.0 for one in Aspect]
    barred = theirs & bars_asked(asks(aspect, rung), 1, False, SIDE_BY_SIDE) != 0
    assert barred == kernel.beyond_one_step(asked, rungs, last_two_ok, recovering)


@given(RUNGS, st.lists(ANY_RUNG, min_size=6, max_size=6), st.booleans(), st.booleans())
def test_whoever_is_barred_by_what_is_asked_could_not_take_that_step(
    rungs: list[float], asked: list[float], last_two_ok: bool, recovering: bool
) -> None:
    alike = [asked[list(Aspect).index(one)] for one in ASKED_ALIKE]
    theirs = bars_of_steps(rungs, last_two_ok, recovering)
    if theirs & bars_asked(alike, 1, False, SIDE_BY_SIDE):
        assert kernel.beyond_one_step(asked, rungs, last_two_ok, recovering)


@given(st.integers(1, 40), st.integers(1, 40), st.booleans(), st.sampled_from([TEXT_ONLY, SIDE_BY_SIDE]))
def test_groups_are_barred_where_they_are_too_large_and_can_be_told_apart(
    group_max: int, max_group_size: int, online: bool, interaction: int
) -> None:
    barred = bars_of_size(max_group_size) & bars_asked([0.0] * 4, group_max, online, interaction) != 0
    too_large = kernel.group_too_large(group_max, max_group_size, online, interaction)
    assert barred == too_large if max_group_size < SIZES[-1] else not barred


@given(st.lists(st.tuples(RUNGS, st.booleans(), st.booleans()), min_size=1, max_size=20))
def test_many_at_once_are_barred_as_each_alone(many: Sequence[tuple[list[float], bool, bool]]) -> None:
    rungs, last_two_ok, recovering = (np.array(one) for one in zip(*many, strict=True))
    at_once = bars_of_steps(rungs.T, last_two_ok, recovering).tolist()
    assert at_once == [bars_of_steps(*one) for one in many]
