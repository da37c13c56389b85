"""SCORING §7: the menu and the gaps."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.opportunity import GroupSize
from matcher.domain.person import Travel
from matcher.domain.values import TravelMode
from matcher.scoring.eligibility import Reason, ReasonCode
from matcher.scoring.evaluation import Evaluation
from matcher.scoring.ranking import gaps, menu, ranked
from tests.scoring.builders import TUESDAY, judged, session, someone, something

FITTING = judged()


def option(score: float, organisation: str, name: str, *reasons: ReasonCode, later: int = 0) -> Evaluation:
    """An evaluation with a given score; the rest is that of a real pair."""
    opportunity = replace(FITTING.opportunity, id=name, organisation_id=organisation)
    moved = session(TUESDAY + timedelta(days=later))
    failing = tuple(Reason(code) for code in reasons)
    return replace(FITTING, score=score, opportunity=opportunity, session=moved, reasons=failing)


def names(evaluations: list[Evaluation]) -> list[str | None]:
    return [each.opportunity.id for each in evaluations]


def test_the_three_best_make_the_menu() -> None:
    options = [option(0.1, "a", "1"), option(0.4, "a", "2"), option(0.3, "b", "3"), option(0.2, "c", "4")]
    assert names(menu(options)) == ["2", "3", "4"]


def test_the_third_gives_way_to_the_best_of_another_organisation() -> None:
    options = [option(0.9 - n / 10, "a", str(n)) for n in range(5)]
    assert names(menu([*options, option(0.1, "b", "x"), option(0.2, "c", "y")])) == ["0", "1", "y"]
    assert names(menu(options)) == ["0", "1", "2"]


def test_what_may_not_be_offered_is_on_no_menu() -> None:
    assert menu([option(0.9, "a", "1", ReasonCode.full)]) == []


def test_ties_go_to_the_earlier_session_then_to_the_smaller_id() -> None:
    options = [
        option(0.5, "a", "2"),
        option(0.5, "b", "1"),
        option(0.5, "c", "0", later=1),
        option(0.6, "d", "9", later=2),
    ]
    undated = judged(None, something(id="00", sessions=(), duration_minutes=30))
    assert names(ranked([*options, replace(undated, score=0.5)])) == ["9", "1", "2", "0", "00"]


scored = st.lists(
    st.builds(
        option,
        st.floats(0, 1),
        st.sampled_from("abc"),
        st.sampled_from("0123456789"),
        later=st.integers(0, 3),
    ),
    max_size=12,
)


@given(scored)
def test_a_menu_keeps_the_best_and_names_nothing_twice(options: list[Evaluation]) -> None:
    found = menu(options)
    assert len(found) == min(3, len({each.opportunity.id for each in options}))
    assert len(set(names(found))) == len(found)
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    if options:
        assert found[0].score == max(each.score for each in options)
    here = {each.opportunity.organisation_id for each in ranked(options)}
    if len(found) == 3:
        assert len({each.opportunity.organisation_id for each in found}) >= min(2, len(here))


@given(scored, st.randoms(use_true_random=False))
def test_the_order_in_which_options_come_does_not_matter(options: list[Evaluation], random) -> None:
    distinct = list({each.opportunity.id: each for each in options}.values())
    shuffled = list(distinct)
    random.shuffle(shuffled)
    assert names(menu(shuffled)) == names(menu(distinct))


def test_gaps_with_one_reason_come_first_then_by_how_many() -> None:
    far, full, large = ReasonCode.too_far, ReasonCode.full, ReasonCode.group_too_large
    found = gaps(
        [
            option(0.5, "a", "1", far),
            option(0.5, "a", "2", full),
            option(0.5, "a", "3", full),
            option(0.5, "a", "4", far, large),
            option(0.5, "a", "5", far, large, full),
            option(0.5, "a", "6"),
        ]
    )
    assert [(gap.reason, gap.opportunities, gap.alone) for gap in found] == [
        (full, 2, True),
        (far, 1, True),
        (large, 2, False),
    ]


def test_the_example_of_a_gap_is_the_one_nearest_to_fitting() -> None:
    person = someone(travel=Travel(TravelMode.walk, 10, 20), max_group_size=2)
    near = something(id="near", group_size=GroupSize(2, 2))
    farther = replace(near, id="farther", place=replace(near.place, latitude=35.65))
    nearest = replace(near, id="nearest", group_size=GroupSize(2, 3))
    found = gaps(judged(person, each) for each in (farther, near, nearest))
    assert (found[0].reason, found[0].opportunities, found[0].example.opportunity.id) == (
        ReasonCode.too_far,
        2,
        "near",
    )
    assert found[0].fact.facts["excess"] == pytest.approx(judged(person, near).travel_minutes - 10)


def test_nothing_held_back_leaves_no_gap() -> None:
    assert gaps([FITTING]) == []
