"""What a year meant for people, as numbers that can be compared between policies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from matcher.domain.values import Outcome
from matcher.scoring.kernel.step import ONE_SMALL_STRETCH
from matcher.simulation.world import Bools, Ints, World
from matcher.simulation.year import MONTH_WEEKS, Offer, Year

TOOK_PLACE: Final = (Outcome.ok, Outcome.too_much)
FIFTH: Final = 5
KEEPS: Final = 0.8


@dataclass(frozen=True, slots=True)
class Measures:
    """One year of one world under one policy; shares in [0, 1].

    `overload` of visits; `twice`, `left` of all people; `fifth_ok_week` the median week (the year's end + 1 where there was
    none); `served` of those truly servable, with one `ok` visit; `new_level` is `ok` visits a person one small stretch
    beyond what was comfortable then, `beyond_intake` those that asked more in some aspect than the intake and every `ok`
    visit before; `ok_visits` and `messages` a person; `organisation_months` with a visit; `below_best` the share of people offered less than 80 % of their own best on
    average; the last three speak of people for whom nothing was right.
    """

    overload: float
    twice: float
    left: float
    fifth_ok_week: float
    served: float
    new_level: float
    beyond_intake: float
    ok_visits: float
    messages: float
    organisation_months: float
    below_best: float
    never_right_messages: float
    never_right_overloads: float
    never_right_left: float


NAMES: Final = tuple(one.name for one in fields(Measures))


def measure(year: Year) -> Measures:
    """Everything about one year that has been run."""
    world, people = year.world, year.world.size.people
    visits = [one for one in year.offers if one.outcome in TOOK_PLACE]
    overloads = _per_person([one for one in visits if one.outcome is Outcome.too_much], people)
    ok = _per_person([one for one in visits if one.outcome is Outcome.ok], people)
    messages = _per_person(year.offers, people)
    left = np.array([not one.is_open for one in year.crowd.people])
    never, servable = world.never_right, world.servable
    return Measures(
        overload=float(overloads.sum()) / max(1, len(visits)),
        twice=float((overloads >= 2).mean()),
        left=float(left.mean()),
        fifth_ok_week=float(np.median(_weeks_of_fifth(visits, world))),
        served=_mean((ok > 0)[servable]),
        new_level=sum(one.outcome is Outcome.ok and one.step == ONE_SMALL_STRETCH for one in visits) / people,
        beyond_intake=sum(_beyond_intake(visits, world)) / people,
        ok_visits=float(ok.mean()),
        messages=float(messages.mean()),
        organisation_months=_organisation_months(year),
        below_best=_below_best(year.offers, people),
        never_right_messages=_mean(messages[never]),
        never_right_overloads=_mean(overloads[never]),
        never_right_left=_mean(left[never]),
    )


def _per_person(offers: Sequence[Offer], people: int) -> Ints:
    return np.bincount([one.person for one in offers], minlength=people)


def _mean(values: Ints | Bools) -> float:
    return float(values.mean()) if len(values) else 0.0


def _weeks_of_fifth(visits: Sequence[Offer], world: World) -> Ints:
    weeks, count = np.full(world.size.people, world.size.weeks + 1), np.zeros(world.size.people, np.int64)
    for one in visits:
        if one.outcome is Outcome.ok:
            count[one.person] += 1
            if count[one.person] == FIFTH:
                weeks[one.person] = one.week + 1
    return weeks


def _beyond_intake(visits: Sequence[Offer], world: World) -> list[bool]:
    """Of each `ok` visit whether it asked more in some aspect than anything that was all right before or said to be."""
    highest = world.intake.copy()
    found = []
    for one in visits:
        if one.outcome is Outcome.ok:
            found.append(bool((np.array(one.asked) > highest[one.person]).any()))
            highest[one.person] = np.maximum(highest[one.person], one.asked)
    return found


def _organisation_months(year: Year) -> float:
    starts = range(0, year.world.size.weeks, MONTH_WEEKS)
    return float(sum((year.visits[start : start + MONTH_WEEKS].sum(axis=0) > 0).sum() for start in starts))


def _below_best(offers: Sequence[Offer], people: int) -> float:
    total = np.zeros(people)
    np.add.at(total, [one.person for one in offers], [min(1.0, one.share_of_best) for one in offers])
    count = _per_person(offers, people)
    return _mean((total / np.maximum(1, count) < KEEPS)[count > 0])
