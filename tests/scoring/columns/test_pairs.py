"""SCORING: judging from columns says what the explained path says, pair by pair and in the order of the best."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from matcher.domain.opportunity import Opportunity
from matcher.domain.values import GeoPoint, StayStep
from matcher.scoring.columns.everybody import Everybody
from matcher.scoring.columns.pair import judge
from matcher.scoring.columns.words import ALWAYS, micros
from matcher.scoring.evaluation import Evaluation
from matcher.scoring.ranking import menu, rank_key
from tests.scoring.builders import a_stay
from tests.scoring.columns.crowd import NEVER, Known, case, crowd, everybody

TOLERANCE = 1e-9
CASES = 1000
MANY = range(45)
AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
PLACES = [
    GeoPoint(35.635, 139.578),
    GeoPoint(-16.8, 179.99),  # across the 180th meridian
    GeoPoint(78.22, 15.65),
    GeoPoint(89.98, 0.0),
]


def judged(found: Everybody, known: Known, opportunity: Opportunity, at: datetime) -> tuple[float, int]:
    """What the columns say of one pair: score and start."""
    assert known.person.id is not None
    assert opportunity.id is not None
    i, j = found.people.table.row(known.person.id), found.listings.table.row(opportunity.id)
    assert i is not None
    assert j is not None
    return judge(found.people.view(), i, found.listings.view(), j, found.moment(at), NEVER)


def explained(evaluation: Evaluation) -> tuple[float, int]:
    """The same of the explained path."""
    if not evaluation.eligible or evaluation.score is None:
        return NEVER, 0
    starts_at = evaluation.session.starts_at
    return evaluation.score, ALWAYS if starts_at is None else micros(starts_at)


def alike(one: tuple[float, int], other: tuple[float, int]) -> bool:
    return abs(one[0] - other[0]) <= TOLERANCE and (one[0] < 0 or one[1] == other[1])


def test_every_edge_case_is_judged_as_the_explained_path_judges_it() -> None:
    outcomes, reasons = Counter[str](), Counter[str]()
    wrong = {}
    for seed in range(CASES):
        known, opportunity, at = case(seed)
        evaluation = known.judged(opportunity, at)
        got = judged(everybody([known], [opportunity], at), known, opportunity, at)
        outcomes["eligible" if evaluation.eligible else "not"] += 1
        if len(evaluation.reasons) == 1:
            reasons[evaluation.reasons[0].code] += 1
        if not alike(got, explained(evaluation)):
            wrong[seed] = got, explained(evaluation), [one.code for one in evaluation.reasons]
    assert wrong == {}
    assert outcomes["eligible"] > 100
    # Each of these stands alone in the way somewhere, so that no gate can be missing unseen.
    assert set(reasons) >= {
        "consent_missing", "person_not_open", "kind_not_wanted", "age_outside", "no_shared_language", "excluded",
        "too_far", "group_too_large", "red_line", "need_unmet", "no_shared_time", "full", "recently_declined",
        "live_invitation", "talk_first", "visit_first", "step_too_big", "organisation_not_vetted",
    }  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_the_best_are_the_best_of_all_pairs(place: GeoPoint) -> None:
    assert_the_best_are_found(*crowd(MANY, place))


@pytest.mark.timeout(600)  # compiling takes up to half a minute of its own
def test_compiled_the_best_are_the_best_of_all_pairs(compiling: None) -> None:
    assert_the_best_are_found(*crowd(range(200, 300), PLACES[0]))


def assert_the_best_are_found(people: list[Known], opportunities: list[Opportunity]) -> None:
    found = everybody(people, opportunities, AT)
    for opportunity in opportunities:
        assert opportunity.id is not None
        want = sorted(
            (evaluation for one in people if (evaluation := one.judged(opportunity, AT)).eligible),
            key=lambda one: (*rank_key(one), one.person.id),
        )
        got = found.best_people(opportunity.id, AT, 5)
        assert [one.id for one in got] == [one.person.id for one in want[:5]]
        assert [one.score for one in got] == pytest.approx([one.score for one in want[:5]], abs=TOLERANCE)
        assert [one.starts_at for one in got] == [one.session.starts_at for one in want[:5]]
    for known in people:
        assert known.person.id is not None
        want = sorted(
            (evaluation for one in opportunities if (evaluation := known.judged(one, AT)).eligible),
            key=rank_key,
        )
        got = found.best_listings(known.person.id, AT, 4)
        assert [one.id for one in got] == [one.opportunity.id for one in want[:4]]
    shown = dict(found.menus(AT))
    for known in people:
        want = menu(known.judged(one, AT) for one in opportunities)
        assert [one.id for one in shown[str(known.person.id)]] == [one.opportunity.id for one in want]


def test_communal_living_is_never_proposed_without_asking() -> None:
    """CARE 11."""
    known, _opportunity, _at = case(3)
    stay = a_stay(StayStep.visit)
    open_to_all = replace(known.person, kinds=(stay.kind,) if stay.kind else ())
    found = everybody([replace(known, person=open_to_all)], [stay], AT)
    assert judged(found, known, stay, AT)[0] == NEVER


def test_consent_is_read_at_the_moment_asked_about() -> None:
    people, opportunities = crowd(MANY, PLACES[0])
    found = everybody(people, opportunities, AT)
    later = AT + timedelta(hours=30)  # sessions have begun by then, consents have been withdrawn
    for known in people:
        for opportunity in opportunities:
            got = judged(found, known, opportunity, later)
            assert alike(got, explained(known.judged(opportunity, later)))
