"""People and opportunities from the edge cases of the rules, all in one place, and what the explained path says of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from random import Random

from matcher.api.forms.history import HistoryEntryForm, read_history
from matcher.api.score_cases import read_opportunity, read_person
from matcher.domain.opportunity import Opportunity
from matcher.domain.person import History, Person
from matcher.domain.values import GeoPoint
from matcher.scoring.columns.everybody import Everybody
from matcher.scoring.comfort import ComfortState, replay
from matcher.scoring.evaluation import Evaluation, evaluate
from tests.oracle.cases import random_case

NEVER = -1.0


@dataclass(frozen=True)
class Known:
    """One person with their past."""

    person: Person
    history: History
    comfort: ComfortState

    def judged(self, opportunity: Opportunity, at: datetime) -> Evaluation:
        """What the explained path says."""
        return evaluate(self.person, opportunity, self.history, at, comfort=self.comfort)


@cache
def case(seed: int) -> tuple[Known, Opportunity, datetime]:
    """One edge case, with what the forms of a file cannot say added now and then."""
    r, found = Random(seed), random_case(seed)
    history = read_history(found.get("history", []), HistoryEntryForm())
    history = replace(history, live_invitation=r.random() < 0.03)
    person = replace(read_person(found["person"]), id=f"person {seed:05}")
    opportunity = read_opportunity(found["opportunity"])
    opportunity = replace(
        opportunity,
        id=opportunity.id or f"opportunity {seed:05}",
        organisation_vetted=r.random() > 0.03,
        sessions=tuple(replace(one, seats_left=r.choice([None, 0, 1, 2])) for one in opportunity.sessions),
    )
    known = Known(person, history, replay(person.comfort, history.entries))
    return known, opportunity, datetime.fromisoformat(found["at"])


def everybody(known: Iterable[Known], opportunities: Iterable[Opportunity], at: datetime) -> Everybody:
    """All of them in memory, settled."""
    made = Everybody()
    for one in known:
        made.people.put(one.person, one.history, one.comfort, at)
    for opportunity in opportunities:
        made.listings.put(opportunity, at)
    made.people.settle()
    made.listings.settle()
    return made


def crowd(seeds: Iterable[int], around: GeoPoint) -> tuple[list[Known], list[Opportunity]]:
    """The people and opportunities of several cases, brought to one place, each with an id of its own."""
    people, opportunities = [], []
    for seed in seeds:
        r = Random(seed)
        known, opportunity, _at = case(seed)
        people.append(replace(known, person=replace(known.person, start_point=_near(r, around).snapped())))
        there = _near(r, around)
        place = opportunity.place and replace(
            opportunity.place, latitude=there.latitude, longitude=there.longitude
        )
        opportunities.append(replace(opportunity, id=f"opportunity {seed:05}", place=place))
    return people, opportunities


def _near(r: Random, around: GeoPoint) -> GeoPoint:
    latitude = min(90.0, around.latitude + r.gauss(0, 0.05))
    return GeoPoint(latitude, (around.longitude + r.gauss(0, 0.05) + 180) % 360 - 180)
