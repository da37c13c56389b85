"""The rules of CARE that scoring enforces, each by its number."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.opportunity import Place
from matcher.domain.person import History, HistoryEntry, Person, PersonState
from matcher.domain.values import GeoPoint, HistoryOutcome, Kind, Purpose, Rungs, StayStep
from matcher.scoring.comfort import ComfortState, initial, learn
from matcher.scoring.eligibility import ReasonCode
from tests.scoring.builders import AT, CALM, a_stay, codes, consent, happened, judged, someone, something
from tests.scoring.test_comfort import rungs

KIND = ["no_answer", "answered_not_now", "left_early", "did_not_come"]


def test_care_2_one_live_invitation_at_a_time() -> None:
    assert codes(judged(live_invitation=True)) == ["live_invitation"]


@pytest.mark.parametrize("outcome", KIND)
@given(comfortable=rungs, asked=rungs)
def test_care_3_silence_not_now_leaving_early_and_not_coming_lower_no_rung(
    outcome: str, comfortable: Rungs, asked: Rungs
) -> None:
    before = initial(comfortable)
    after = learn(before, happened(outcome, asked))
    assert after.rungs == before.rungs
    assert after.kept == before.kept
    if outcome != "left_early":
        assert after == before


@pytest.mark.parametrize("outcome", KIND)
def test_care_3_none_of_them_closes_a_door(outcome: str) -> None:
    entry = happened(
        outcome, CALM, opportunity_id="opportunity", place_id="place", organisation_id="organisation"
    )
    assert codes(judged(None, None, *[entry] * 3)) == []


def test_care_11_the_machine_never_proposes_communal_living_by_itself() -> None:
    person = someone(
        kinds=(Kind.communal_living,), consents=(consent(Purpose.matching), consent(Purpose.communal_living))
    )
    been = [happened("ok", place_id="place", stay_step=step) for step in StayStep]
    for step in StayStep:
        assert codes(judged(person, a_stay(step), *been)) == ["visit_first"]
        assert codes(judged(person, a_stay(step), *been, requested=True)) == []


def test_care_11_communal_living_needs_its_own_consent() -> None:
    person = someone(kinds=(Kind.communal_living,))
    assert codes(judged(person, a_stay(StayStep.visit), requested=True)) == ["consent_missing"]


def test_care_11_each_step_waits_for_the_one_before_to_be_all_right() -> None:
    person = someone(
        kinds=(Kind.communal_living,), consents=(consent(Purpose.matching), consent(Purpose.communal_living))
    )
    been: list[HistoryEntry] = []
    for step in StayStep:
        later = list(StayStep)[list(StayStep).index(step) + 1 :]
        assert codes(judged(person, a_stay(step), *been, requested=True)) == []
        for skipping in later:
            assert codes(judged(person, a_stay(skipping), *been, requested=True)) == ["visit_first"]
        been.append(happened("ok", place_id="place", stay_step=step))


def test_care_11_wanting_every_kind_does_not_mean_living_together() -> None:
    person = someone(kinds=(), consents=(consent(Purpose.matching), consent(Purpose.communal_living)))
    assert codes(judged(person, a_stay(StayStep.visit), requested=True)) == ["kind_not_wanted"]


def test_care_12_a_frozen_person_is_never_matched() -> None:
    assert codes(judged(someone(state=PersonState.frozen))) == ["person_not_open"]


def test_care_13_minors_are_never_matched() -> None:
    assert codes(judged(someone(birth_year=2009), something(age=None))) == ["age_outside"]


def test_care_14_no_questionnaire_diagnosis_or_length_of_withdrawal_can_be_scored() -> None:
    """Nothing that scoring reads of a person has such a field, so none can gate."""
    read = {field.name for kind in (Person, History, HistoryEntry, ComfortState) for field in fields(kind)}
    telling = (
        "diagnos",
        "questionnaire",
        "score",
        "severity",
        "withdrawal",
        "withdrawn",
        "months",
        "years",
        "illness",
    )
    assert not [name for name in read for word in telling if word in name]
    assert not [code for code in ReasonCode for word in telling if word in code.value]


def test_care_15_only_vetted_organisations() -> None:
    assert codes(judged(None, something(organisation_vetted=False))) == ["organisation_not_vetted"]


def test_care_18_exclusions_are_checked_when_matching() -> None:
    assert codes(judged(someone(excluded_organisation_ids=("organisation",)))) == ["excluded"]


@given(st.floats(-0.0024, 0.0024), st.floats(-0.0024, 0.0024))
def test_care_20_nothing_finer_than_the_grid_is_scored(north: float, east: float) -> None:
    place = Place(latitude=35.7, longitude=139.6, id="place")
    corner, beside = GeoPoint(35.63, 139.58), GeoPoint(35.63 + north, 139.58 + east)
    distances = {
        judged(someone(start_point=point), something(place=place)).distance_km for point in (corner, beside)
    }
    assert len(distances) == 1


def test_care_21_a_withdrawn_consent_stops_matching() -> None:
    withdrawn = consent(Purpose.matching, withdrawn_at=AT)
    assert codes(judged(someone(consents=(withdrawn,)))) == ["consent_missing"]


def test_only_lived_experience_moves_rungs() -> None:
    moving = {
        outcome
        for outcome in HistoryOutcome
        if learn(initial(Rungs(2, 2, 2, 2, 2, 2)), happened(outcome, Rungs(2, 2, 2, 2, 2, 2))).rungs
        != Rungs(2, 2, 2, 2, 2, 2)
    }
    assert moving == {HistoryOutcome.too_much}
