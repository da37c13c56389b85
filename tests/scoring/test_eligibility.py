"""SCORING §6: every rule by itself, passing and failing, and all of them together in order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from matcher.domain.opportunity import AgeRange, GroupSize, Host, OpportunityState, Place, Session
from matcher.domain.person import PersonState, Travel
from matcher.domain.values import (
    Availability,
    DayWindow,
    Interaction,
    Kind,
    Purpose,
    Requirement,
    StayStep,
    TravelMode,
)
from matcher.scoring.eligibility import GATES, ReasonCode
from tests.scoring.builders import (
    AT,
    CALM,
    a_stay,
    codes,
    consent,
    happened,
    judged,
    session,
    someone,
    something,
    something_online,
)


def test_what_fits_has_no_reasons() -> None:
    evaluation = judged()
    assert codes(evaluation) == []
    assert evaluation.eligible


def test_the_gates_stand_in_the_order_of_the_codes() -> None:
    assert list(GATES) == list(ReasonCode)


@pytest.mark.parametrize(
    ("consents", "kind_is_living", "missing"),
    [
        ([], False, True),
        ([{}], False, False),
        ([{"given_at": AT + timedelta(seconds=1)}], False, True),
        ([{"withdrawn_at": AT - timedelta(seconds=1)}], False, True),
        ([{"withdrawn_at": AT + timedelta(seconds=1)}], False, False),
        ([{"withdrawn_at": AT - timedelta(days=1)}, {}], False, False),
        ([{"purpose": Purpose.standing_approval}], False, True),
        ([{}], True, True),
        ([{"purpose": Purpose.communal_living}], True, True),
        ([{}, {"purpose": Purpose.communal_living}], True, False),
    ],
)
def test_consent(consents: list[dict[str, Any]], kind_is_living: bool, missing: bool) -> None:
    person = someone(
        consents=tuple(consent(**{"purpose": Purpose.matching} | each) for each in consents),
        kinds=(Kind.volunteering, Kind.communal_living),
    )
    opportunity = a_stay(StayStep.visit) if kind_is_living else something()
    assert codes(judged(person, opportunity, requested=True)) == ["consent_missing"] * missing


@pytest.mark.parametrize("state", [PersonState.paused, PersonState.frozen, PersonState.closed])
def test_a_person_who_is_not_open_is_not_proposed(state: PersonState) -> None:
    assert codes(judged(someone(state=state))) == ["person_not_open"]


def test_only_vetted_organisations_and_published_postings() -> None:
    assert codes(judged(None, something(organisation_vetted=False))) == ["organisation_not_vetted"]
    for state in (OpportunityState.draft, OpportunityState.withdrawn, OpportunityState.finished):
        assert codes(judged(None, something(state=state))) == ["not_published"]


@pytest.mark.parametrize(
    "fact",
    [
        {"kind": None},
        {"group_size": GroupSize(3, None)},
        {"group_size": GroupSize(None, 4)},
        {"stimulation": None},
        {"online": None},
    ],
)
def test_a_posting_that_lacks_a_fact_is_never_offered(fact: dict[str, Any]) -> None:
    assert "not_published" in codes(judged(None, something(**fact)))


def test_kinds() -> None:
    assert codes(judged(someone(kinds=(Kind.hobby,)))) == ["kind_not_wanted"]
    assert codes(judged(someone(kinds=(Kind.hobby, Kind.volunteering)))) == []
    for kind in set(Kind) - {Kind.communal_living}:
        assert codes(judged(someone(kinds=()), something(kind=kind))) == []


@pytest.mark.parametrize(
    ("birth_year", "limits", "outside"),
    [
        (2008, AgeRange(), False),
        (2009, AgeRange(), True),
        (2009, AgeRange(15, 30), True),
        (2009, None, True),
        (1996, AgeRange(30, 30), False),
        (1996, AgeRange(31), True),
        (1996, AgeRange(None, 29), True),
        (1996, AgeRange(18, None), False),
        (1996, None, False),
    ],
)
def test_age_in_years_of_the_calendar(birth_year: int, limits: AgeRange | None, outside: bool) -> None:
    assert codes(judged(someone(birth_year=birth_year), something(age=limits))) == ["age_outside"] * outside


def test_language() -> None:
    assert codes(judged(None, something(languages=("en", "fr")))) == ["no_shared_language"]
    assert codes(judged(None, something(languages=("en", "ja")))) == []
    assert codes(judged(None, something(languages=()))) == []


def test_exclusion() -> None:
    assert codes(judged(someone(excluded_organisation_ids=("organisation",)))) == ["excluded"]
    assert codes(judged(someone(excluded_organisation_ids=("another",)))) == []
    assert (
        codes(judged(someone(excluded_organisation_ids=("another",)), something(organisation_id=None))) == []
    )


def test_too_far_with_rounding_in_their_favour() -> None:
    minutes = judged().travel_minutes
    assert minutes is not None
    for most, far in [
        (minutes, False),
        (minutes - 5e-10, False),
        (minutes - 1e-8, True),
        (minutes + 1, False),
    ]:
        person = someone(travel=Travel(TravelMode.bicycle, most, 20))
        assert codes(judged(person)) == ["too_far"] * far


def test_group_too_large() -> None:
    person = someone(max_group_size=4)
    assert codes(judged(person, something(group_size=GroupSize(3, 4)))) == []
    assert codes(judged(person, something(group_size=GroupSize(3, 5)))) == ["group_too_large"]
    crowd = {"group_size": GroupSize(3, 50)}
    assert codes(judged(person, something_online(**crowd))) == ["group_too_large"]
    assert codes(judged(person, something_online(**crowd, interaction=Interaction.text_only))) == []
    assert codes(judged(person, something(**crowd, interaction=Interaction.text_only))) == ["group_too_large"]


def test_red_lines() -> None:
    person = someone(red_lines=frozenset({Requirement.camera, Requirement.phone_call}))
    assert codes(judged(person, something(requires=(Requirement.payment, Requirement.camera)))) == [
        "red_line"
    ]
    assert codes(judged(person, something(requires=(Requirement.payment,)))) == []


@pytest.mark.parametrize(
    ("need", "missing"),
    [
        ("staffed", {"staffed": False}),
        ("leave_any_time", {"leave_any_time": False}),
        ("watch_first", {"watch_first": False}),
        ("companion_welcome", {"companion_welcome": False}),
        ("host_greets", {"host": Host("Aoki", "gardener", False)}),
        ("step_free", {"provides": ("quiet_room",)}),
    ],
)
def test_each_need(need: str, missing: dict[str, Any]) -> None:
    person = someone(needs=(need,))
    assert codes(judged(person)) == []
    assert "need_unmet" in codes(judged(person, something(**missing)))


def test_a_need_may_be_met_by_what_is_provided() -> None:
    person = someone(needs=("watch_first", "quiet_room"))
    assert codes(judged(person, something(watch_first=False, provides=("watch_first", "quiet_room")))) == []


def test_in_person_somebody_of_the_staff_is_there() -> None:
    assert codes(judged(None, something(staffed=False))) == ["unstaffed"]
    assert codes(judged(None, something_online(staffed=False))) == []


def test_full() -> None:
    assert codes(judged(None, something(sessions=(session(seats_left=0),)))) == ["full"]
    assert codes(judged(None, something(sessions=(session(seats_left=1),)))) == []
    assert codes(judged(None, something(sessions=(Session(seats_left=0),), duration_minutes=30))) == ["full"]


@pytest.mark.parametrize(
    ("outcome", "days_ago", "opportunity_id", "declined"),
    [
        ("answered_too_much", 10, "opportunity", True),
        ("answered_not_for_me", 10, "opportunity", True),
        ("answered_not_now", 10, "opportunity", False),
        ("no_answer", 10, "opportunity", False),
        ("did_not_come", 10, "opportunity", False),
        ("left_early", 10, "opportunity", False),
        ("answered_not_for_me", 10, "another", False),
        ("answered_not_for_me", 10, None, False),
        ("answered_not_for_me", 89.99, "opportunity", True),
        ("answered_not_for_me", 90, "opportunity", False),
        ("answered_not_for_me", 91, "opportunity", False),
    ],
)
def test_recently_declined(outcome: str, days_ago: float, opportunity_id: str | None, declined: bool) -> None:
    entry = happened(outcome, days_ago=days_ago, opportunity_id=opportunity_id)
    assert codes(judged(None, None, entry)) == ["recently_declined"] * declined


def test_one_live_invitation() -> None:
    assert codes(judged(live_invitation=True)) == ["live_invitation"]


@pytest.mark.parametrize(
    ("past", "due"),
    [
        (["too_much"], True),
        (["too_much", "talked"], False),
        (["talked", "too_much"], True),
        (["too_much", "talked", "too_much"], True),
        (["too_much", "ok"], True),
        (["answered_too_much"], False),
        (["left_early"], False),
    ],
)
def test_a_talk_comes_first_after_a_visit_that_was_too_much(past: list[str], due: bool) -> None:
    assert ("talk_first" in codes(judged(None, None, *map(happened, past)))) is due


def test_every_failing_reason_is_reported_in_order() -> None:
    person = someone(
        state=PersonState.paused,
        consents=(),
        kinds=(Kind.hobby,),
        birth_year=2015,
        language="fr",
        excluded_organisation_ids=("organisation",),
        travel=Travel(TravelMode.walk, 1, 20),
        max_group_size=2,
        red_lines=frozenset({Requirement.camera}),
        needs=("quiet_room",),
        availability=(Availability(6, DayWindow(0, 60)),),
        comfort=CALM,
    )
    opportunity = a_stay(
        StayStep.stay,
        organisation_vetted=False,
        state=OpportunityState.draft,
        requires=(Requirement.camera,),
        staffed=False,
        sessions=(session(seats_left=0),),
    )
    past = [happened("too_much"), happened("answered_not_for_me", opportunity_id="opportunity")]
    evaluation = judged(person, opportunity, *past, live_invitation=True)
    assert codes(evaluation) == [code.value for code in ReasonCode]
    assert evaluation.score is not None  # still computed
    assert evaluation.step is None


def test_reasons_do_not_hide_what_can_be_computed() -> None:
    evaluation = judged(None, something(state=OpportunityState.draft, place=Place("Somewhere")))
    assert codes(evaluation) == ["not_published"]
    assert (evaluation.score, evaluation.parts, evaluation.chance, evaluation.distance_km) == (None,) * 4
    assert evaluation.aspects[0].asks == 0
    no_interest = judged(None, something(state=OpportunityState.draft, topics=None))
    assert no_interest.parts.interest == 0.5


def test_the_age_is_that_of_the_year_named() -> None:
    person = someone(birth_year=2008)
    assert "age_outside" in codes(
        judged(person, at=datetime(2025, 12, 31, 23, tzinfo=UTC), opportunity=something())
    )
