"""SCORING §7 and §9: the score, its parts, and the reference output."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.opportunity import OpportunityState, Place, Session
from matcher.domain.person import Travel
from matcher.domain.values import Language, Rungs, TravelMode
from matcher.scoring import kernel
from matcher.scoring.evaluation import shared_topics
from matcher.scoring.reference import as_reference_json
from tests.scoring.builders import happened, judged, someone, something, something_online

unit = st.floats(0, 1)


@pytest.mark.parametrize(
    ("theirs", "its", "interest"),
    [
        ((), ("gardening",), 0.5),
        (("gardening",), (), 0.5),
        ((), (), 0.5),
        (("cats",), ("gardening",), 0),
        (("cats", "gardening"), ("gardening",), 1),
        (("gardening",), ("gardening", "tea", "cats"), 1),
        (("cats", "gardening", "books"), ("tea", "gardening"), 0.5),
        (("Gardening",), ("GARDENING",), 1),
        (("ｇａｒｄｅｎ",), ("Garden",), 1),  # full width
        (("ﾈｺ",), ("ネコ",), 1),  # half-width kana
        (("straße",), ("STRASSE",), 1),
        (("cats", "CATS", "tea"), ("cats",), 1),  # the same word twice counts once
        (("cats", "tea"), ("cats", "Cats", "CATS"), 1),
    ],
)
def test_interest_is_what_is_shared_of_the_shorter_list(theirs: tuple, its: tuple, interest: float) -> None:
    assert judged(someone(topics=theirs), something(topics=its)).parts.interest == interest


def test_shared_topics_are_spelled_as_in_the_posting_and_said_once() -> None:
    person = someone(topics=("tea", "cats"))
    assert shared_topics(person, something(topics=("Cats", "books", "CATS", "Tea"))) == ("Cats", "Tea")


@pytest.mark.parametrize(
    ("entry", "familiarity"),
    [
        (happened("ok", place_id="place"), 1),
        (happened("ok", organisation_id="organisation"), 0.7),
        (happened("ok", place_id="place", organisation_id="organisation"), 1),
        (happened("ok", opportunity_id="opportunity"), 0),  # in person the place counts
        (happened("left_early", place_id="place", organisation_id="organisation"), 0),
        (happened("answered_not_now", place_id="place", organisation_id="organisation"), 0),
    ],
)
def test_familiarity(entry, familiarity: float) -> None:
    assert judged(None, None, entry).parts.familiarity == familiarity


def test_online_familiarity_is_with_the_opportunity() -> None:
    assert (
        judged(None, something_online(), happened("ok", opportunity_id="opportunity")).parts.familiarity == 1
    )
    assert (
        judged(None, something_online(), happened("ok", organisation_id="organisation")).parts.familiarity
        == 0.7
    )


def test_the_score_is_the_chance_times_the_weighted_parts() -> None:
    entry = happened("ok", organisation_id="organisation")
    evaluation = judged(someone(topics=("gardening", "cats")), something(topics=("gardening", "tea")), entry)
    parts, chance = evaluation.parts, evaluation.chance
    assert (parts.interest, parts.familiarity) == (0.5, 0.7)
    expected = 0.35 * 0.5 + 0.30 * parts.distance + 0.20 * parts.group_size + 0.15 * 0.7
    assert evaluation.score == pytest.approx(chance.likely * expected, abs=1e-15)


def test_a_pair_worked_by_hand() -> None:
    """Haru at her own corner: bicycle 30 min, half-life 20; three people side by side, half an hour."""
    evaluation = judged(
        someone(topics=("gardening",), travel=Travel(TravelMode.walk, 30, 20)),
        something(place=Place(latitude=35.63, longitude=139.58, id="place")),
    )
    assert evaluation.distance_km == 0
    assert [each.asks for each in evaluation.aspects] == [0, 2, 2, 0, 1, 0]
    assert [each.stretch for each in evaluation.aspects] == [0] * 6
    # m = 2.6, v = 0.49: 2.6 / sqrt(1 + 0.49 pi / 8) = 2.380874
    assert evaluation.chance.likely == pytest.approx(0.9153655, abs=1e-6)
    assert evaluation.chance.low == pytest.approx(0.8460564, abs=1e-6)  # sigma(2.6 - 1.28 * 0.7)
    # comfortable with 2^3 = 8 others, so n50 = 16; two others: 1 / (1 + 1/64)
    assert evaluation.parts.group_size == pytest.approx(64 / 65, abs=1e-12)
    assert evaluation.score == pytest.approx(0.9153655 * (0.35 + 0.30 + 0.20 * 64 / 65), abs=1e-6)


def test_the_moved_rungs_count_and_not_those_of_the_intake() -> None:
    person = someone(comfort=Rungs(0, 4, 4, 4, 4, 4))
    wide = happened("ok", Rungs(2, 0, 0, 0, 0, 0))
    assert judged(person).parts.group_size == 0.5
    assert judged(person, None, wide, wide).parts.group_size == pytest.approx(1 / (1 + (2 / 8) ** 2))


@given(unit, st.tuples(unit, unit, unit, unit))
def test_a_score_is_a_share_of_the_chance(chance: float, parts: tuple[float, float, float, float]) -> None:
    assert 0 <= kernel.score(chance, *parts) <= chance + 1e-12


def test_the_reference_output_has_the_shape_of_the_contract() -> None:
    evaluation = judged(someone(topics=("gardening",)))
    told = json.loads(json.dumps(as_reference_json(evaluation, "en")))
    assert list(told) == [
        "eligible", "reasons", "step", "score", "parts", "chance", "distance_km", "travel_minutes", "aspects",
        "session", "why",
    ]  # fmt: skip
    assert told["eligible"] is True
    assert told["reasons"] == []
    assert told["step"] == "within_comfort"
    assert told["score"] == evaluation.score
    assert told["parts"] == asdict(evaluation.parts)
    assert told["chance"] == asdict(evaluation.chance)
    assert told["aspects"][0] == {"aspect": "group", "asks": 0.0, "comfortable_with": 3.0, "stretch": 0.0}
    assert told["session"] == {"starts_at": "2026-12-01T04:00:00Z"}
    assert told["why"]


def test_the_reference_output_of_a_draft_has_nulls_and_reasons_in_words() -> None:
    opportunity = something(state=OpportunityState.draft, place=Place("Somewhere"), sessions=(Session(),))
    told = json.loads(json.dumps(as_reference_json(judged(None, opportunity), Language.ja)))
    assert told["eligible"] is False
    assert [reason["code"] for reason in told["reasons"]] == ["not_published"]
    assert all(reason["detail"].endswith("。") for reason in told["reasons"])
    assert (told["step"], told["score"], told["parts"], told["chance"]) == (None,) * 4
    assert (told["distance_km"], told["travel_minutes"]) == (None, None)
    assert told["session"] == {"starts_at": None}
