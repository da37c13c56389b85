"""A year is lived by the production rules, and the same seed lives it again."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import product

import numpy as np
import pytest

from matcher.domain.contact_policy import Rest, TalkReason
from matcher.domain.opportunity import GroupSize
from matcher.domain.values import HistoryOutcome, Interaction, Rungs, Stimulation, TravelMode
from matcher.scoring.kernel.step import NO_STEP, ONE_SMALL_STRETCH, WITHIN_COMFORT
from matcher.scoring.next_step import Step
from matcher.simulation.auditing import audit
from matcher.simulation.crowd import Crowd
from matcher.simulation.measures import measure
from matcher.simulation.policies import POLICIES
from matcher.simulation.world import Size, World, make
from matcher.simulation.year import BEGIN, Year
from tests.scoring.builders import AT, TUESDAY, happened, judged, session, someone, something

SMALL = Size(people=25, opportunities=30, weeks=30)
STEPS = {None: NO_STEP, Step.within_comfort: WITHIN_COMFORT, Step.one_small_stretch: ONE_SMALL_STRETCH}


def lived(policy: str = "matcher", world: World | None = None) -> Year:
    year = Year(world or make(4, 1.2, SMALL), policy)
    year.run()
    return year


def test_the_same_seed_lives_the_same_year_and_another_seed_another() -> None:
    assert lived().offers == lived().offers
    assert lived().offers != lived(world=make(5, 1.2, SMALL)).offers


@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_every_policy_keeps_the_contact_rules(policy: str) -> None:
    year = lived(policy)
    found = audit(year, steps=policy.startswith("matcher"))
    assert len(year.offers) > 100
    assert found.events > 2 * len(year.offers)
    assert not found.broken


def test_a_talk_ends_the_silences_in_a_row() -> None:
    year = lived()
    somebody = year.crowd.people[0]
    somebody.unanswered, somebody.rest = 3, Rest(talk=TalkReason.silence)
    year.world.draws[:] = 0.0
    year._talk(0, BEGIN)
    assert (somebody.unanswered, somebody.rest) == (0, Rest())


def test_where_an_opportunity_has_one_seat_a_week_nobody_is_offered_it_beside_somebody_else() -> None:
    scarce = lived(world=make(4, 1.2, replace(SMALL, people=60, opportunities=12, seats=1)))
    taken = Counter((one.week, one.opportunity) for one in scarce.offers)
    assert max(taken.values()) == 1
    assert not audit(scarce).broken
    plenty = lived(world=make(4, 1.2, replace(SMALL, people=60, opportunities=12)))
    plenty.world = scarce.world
    assert audit(plenty).broken["seat sold twice"]


def test_what_the_many_were_told_is_what_the_explained_path_says_of_one() -> None:
    """Companies, noises, lengths, ways and pasts that real facts can state: step, chance and score to 1e-9."""
    asked_of, offered = [], []
    for size, noise, minutes, rung in product((2, 3, 5), (0, 2), (15.0, 30.0), (0.5, 1.0)):
        km = 5 * 2**rung * 4.5 / (60 * 1.3)
        place = replace(
            something().place,
            latitude=35.63 + math.degrees(km / 6371.009),
            longitude=139.58,
            id=f"{len(offered)}",
        )
        opportunity = something(
            id=f"{len(offered)}", organisation_id=f"{len(offered)}", place=place, group_size=GroupSize(size, 5),
            interaction=Interaction.conversation, stimulation=list(Stimulation)[noise], topics=(),
            sessions=(session(TUESDAY, minutes),), host=replace(something().host, greets_at_door=True),
            watch_first=False,
        )  # fmt: skip
        offered.append(opportunity)
        asked_of.append([math.log2(max(1, size - 1)), 3, 3, rung, math.log2(minutes / 15), noise])
    pasts = [
        (),
        ("ok",),
        ("ok", "ok"),
        ("ok", "too_much", "talked"),
        ("left_early", "ok", "ok"),
        ("answered_too_much",),
    ]
    rungs = [Rungs(1, 3, 3, 1, 1, 1), Rungs(2, 3.5, 4, 2, 1, 2.5), Rungs(0.5, 2, 2, 0.5, 0, 0)]
    steps = set()
    for past, comfort in product(pasts, rungs):
        crowd = _crowd(asked_of, comfort)
        person = someone(comfort=comfort, topics=(), travel=replace(someone().travel, mode=TravelMode.walk))
        where, entries = 7, []
        for place, outcome in enumerate(past):
            asked = Rungs(*crowd.asked(0, where))
            entry = happened(
                outcome, asked, 200 - place, opportunity_id="7", place_id="7", organisation_id="7"
            )
            entries.append(entry)
            crowd.remember(0, entry, where, -200.0 + place)
        found = crowd.judged(np.array([0]), np.ones((1, len(offered)), np.bool_), 0.0)
        for j, opportunity in enumerate(offered):
            one = judged(person, opportunity, *entries)
            assert one.score is not None
            assert one.chance is not None
            assert crowd.asked(0, j) == tuple(each.asks for each in one.aspects)
            assert found.step[0, j] == STEPS[one.step]
            assert found.likely[0, j] == pytest.approx(one.chance.likely, abs=1e-9)
            assert found.score[0, j] == pytest.approx(one.score, abs=1e-9)
            steps.add(one.step)
    assert steps == {None, Step.within_comfort, Step.one_small_stretch}


def _crowd(asks: list[list[float]], comfort: Rungs) -> Crowd:
    opportunities = len(asks)
    world = make(1, 1.2, Size(people=1, opportunities=opportunities, weeks=1))
    return Crowd(
        replace(
            world,
            intake=np.array([comfort.as_tuple()], float),
            asks=np.array(asks, float),
            interest=np.full((1, opportunities), 0.5),
            distance=np.array([2 ** (-5 * 2 ** row[3] / 20) for row in asks]),
            typical=1 + np.maximum(1, np.round(2 ** np.array(asks)[:, 0])).astype(np.int64),
            organisation=np.arange(opportunities),
        )
    )


def test_each_rule_that_is_broken_is_found() -> None:
    """The audit looks at the log alone: each tampering is named."""
    year = lived()
    by_person = {
        one.person: [each for each in year.offers if each.person == one.person] for one in year.offers
    }
    first, second = max(by_person.values(), key=len)[:2]
    tampered = {
        "outside contact hours": replace(second, sent_at=second.sent_at + timedelta(hours=8)),
        "too soon after the last": replace(second, sent_at=first.sent_at + timedelta(days=6)),
        "too late to ask gently": replace(second, starts_at=second.sent_at + timedelta(hours=23)),
        "answered after it ended": replace(second, ended_at=second.expires_at + timedelta(seconds=1)),
        "step too big": replace(second, asked=(4.0,) * 6),
        "the many were told another chance than the one": replace(second, likely=second.likely + 1e-6),
    }
    for rule, changed in tampered.items():
        year.offers = [
            changed if one is second else one for one in lived().offers if one.person == first.person
        ]
        year.offers = [first, changed]
        assert audit(year).broken[rule] == 1, rule
    year.offers = [replace(first, left=True), second]
    assert audit(year).broken["asked after leaving"] == 1
    year.offers = [replace(first, ended_at=second.sent_at + timedelta(days=1), outcome=None), second]
    assert audit(year).broken["two live invitations"] == 1
    year.offers = [first] * 21
    assert audit(year).broken["seat sold twice"] == 1


def test_care_03_rests_talks_and_refusals_are_looked_for_in_the_history() -> None:
    year = lived()
    offer = year.offers[0]
    history = year.crowd.people[offer.person].history
    cases = {
        "asked while resting": happened("answered_not_now", None),
        "asked before a talk": happened("too_much", Rungs(*offer.asked)),
        "asked again for what was declined": happened(
            "answered_not_for_me", None, opportunity_id=str(offer.opportunity)
        ),
    }
    for rule, entry in cases.items():
        history[:] = [replace(entry, at=offer.sent_at - timedelta(days=1))]
        year.offers = [offer]
        assert audit(year, steps=False).broken[rule] == 1, rule
    history[:] = [happened("no_answer", None)] * 3
    history[:] = [replace(one, at=offer.sent_at - timedelta(days=60)) for one in history]
    assert audit(year, steps=False).broken["asked before a talk"] == 1
    history[2:] = [replace(history[0], outcome=HistoryOutcome.talked), history[0]]
    assert not audit(year, steps=False).broken  # after a talk they are counted anew
    assert offer.sent_at < AT  # the builders' own moments lie after the year


def test_a_rough_world_holds_what_a_plain_one_does_not() -> None:
    size = Size(people=200, opportunities=60, weeks=20)
    plain, rough = make(2, 1.2, size, rough=False), make(2, 1.2, size)
    assert not plain.never_right.any()
    assert (plain.truly == plain.asks).all()
    assert rough.never_right.any()
    understated = (rough.truly > rough.asks).any(axis=1)
    assert 6 <= understated.sum() < 30
    assert (rough.intake == plain.intake).all()  # otherwise the same people
    harm = [measure(lived(world=one)).overload for one in (rough, plain)]
    assert harm[0] > harm[1]


def test_every_policy_is_measured_by_the_same_steps() -> None:
    """Whoever chooses without looking at steps still takes some, well or not."""
    assert {NO_STEP, WITHIN_COMFORT} <= {one.step for one in lived("interest").offers}


def test_measures_count_what_was_lived() -> None:
    year = lived()
    found = measure(year)
    visits = [one for one in year.offers if one.outcome in ("ok", "too_much")]
    assert found.overload == pytest.approx(np.mean([one.outcome == "too_much" for one in visits]))
    assert found.messages == pytest.approx(len(year.offers) / 25)
    outcomes = [entry.outcome for person in year.crowd.people for entry in person.history]
    assert found.ok_visits == pytest.approx(outcomes.count(HistoryOutcome.ok) / 25)
