"""SCORING §6: communal living goes by steps, and only on a caseworker's own request."""

from __future__ import annotations

from typing import Any

import pytest

from matcher.domain.values import Kind, Purpose, StayStep
from tests.scoring.builders import a_stay, codes, consent, happened, judged, someone, something


def living_person() -> Any:
    return someone(
        kinds=(Kind.communal_living,),
        consents=(consent(Purpose.matching), consent(Purpose.communal_living)),
    )


@pytest.mark.parametrize(
    ("step", "requested", "past", "too_soon"),
    [
        ("visit", True, [], False),
        ("visit", False, [], True),
        ("trial_night", True, [], True),
        ("trial_night", True, [("ok", "place", "visit")], False),
        ("trial_night", True, [("ok", "place", None)], False),
        ("trial_night", True, [("ok", "another", "visit")], True),
        ("trial_night", True, [("left_early", "place", "visit")], True),
        ("trial_night", False, [("ok", "place", "visit")], True),
        ("stay", True, [], True),
        ("stay", True, [("ok", "place", "visit")], True),
        ("stay", True, [("ok", "place", "visit"), ("ok", "another", "trial_night")], True),
        ("stay", True, [("ok", "place", "visit"), ("left_early", "place", "trial_night")], True),
        ("stay", True, [("ok", "place", "visit"), ("ok", "place", "trial_night")], False),
        ("stay", True, [("ok", "place", "trial_night")], False),
        ("stay", False, [("ok", "place", "visit"), ("ok", "place", "trial_night")], True),
    ],
)
def test_communal_living_goes_by_steps(
    step: str, requested: bool, past: list[tuple[str, str, str | None]], too_soon: bool
) -> None:
    entries = [
        happened(outcome, place_id=place, stay_step=None if stay is None else StayStep(stay))
        for outcome, place, stay in past
    ]
    found = codes(judged(living_person(), a_stay(StayStep(step)), *entries, requested=requested))
    assert found == ["visit_first"] * too_soon


def test_other_kinds_need_no_visit_first() -> None:
    assert codes(judged(None, something(stay_step=StayStep.stay))) == []
