"""Ways of choosing whom to offer what. All keep the contact rules and the gates; only what they look for differs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from matcher.scoring.allocation import Night, Pairs, allocate, people_wanted
from matcher.scoring.kernel.step import NO_STEP
from matcher.simulation.crowd import Judged
from matcher.simulation.world import TRAVEL, Bools, Floats, Ints, World

NOTHING: Final = -1
ASKED_ONCE: Final = "matcher_asked_once"  # the same where nobody is asked again how much is comfortable
GOOD_ENOUGH: Final = 0.9  # the true chance below which whoever knows it offers nothing; judgement, 2026-11


@dataclass(frozen=True, slots=True)
class Week:
    """What is decided about: `who` may be asked, and what is open to each of them, (len(who), opportunities).

    `true_chance` is for whoever would know everything. `visits` are each organisation's this month, of which the share `month_gone` is over.
    """

    world: World
    number: int
    who: Ints
    available: Bools
    judged: Judged
    true_chance: Floats
    visits: Ints
    month_gone: float
    weeks_waiting: Floats
    seats: Ints


Policy = Callable[[Week], Ints]


def _first_come(preference: Callable[[Week], Floats]) -> Policy:
    """Each in turn takes what they prefer of what is left; what is not preferred at all is -inf."""

    def choose(week: Week) -> Ints:
        wish = np.where(week.available, preference(week), -np.inf)
        left, chosen = week.seats.copy(), np.full(len(week.who), NOTHING)
        for line, best in enumerate(wish.argmax(axis=1) if len(wish) else ()):
            if left[best] == 0:
                best = int(np.where(left > 0, wish[line], -np.inf).argmax())  # noqa: PLW2901 - the next best
            if np.isfinite(wish[line, best]):
                chosen[line] = best
                left[best] -= 1
        return chosen

    return choose


def _random(week: Week) -> Floats:
    return np.random.default_rng([week.world.seed, week.number]).random(week.available.shape)


def _nearest(week: Week) -> Floats:
    return np.broadcast_to(-week.world.asks[:, TRAVEL], week.available.shape)


def _interest(week: Week) -> Floats:
    return week.world.interest[week.who]


def _omniscient(week: Week) -> Floats:
    fit = week.judged.score / np.maximum(week.judged.likely, 1e-9)
    return np.where(week.true_chance >= GOOD_ENOUGH, week.true_chance * fit, -np.inf)


def _within_steps(week: Week) -> Bools:
    allowed: Bools = week.available & (week.judged.step != NO_STEP)
    return allowed


def _by_steps(week: Week) -> Floats:
    return np.where(_within_steps(week), week.judged.score, -np.inf)


def _matcher(week: Week) -> Ints:
    """The production allocation over what the production steps allow."""
    line, opportunity = np.nonzero(_within_steps(week))
    night = Night(
        pairs=Pairs.of(line, opportunity, week.judged.score[line, opportunity]),
        chance=week.judged.likely[line, opportunity],
        doubt=week.judged.doubt[line, opportunity],
        interest=week.world.interest[week.who[line], opportunity],
        organisation=week.world.organisation[opportunity],
        visits=week.visits,
        wanted=people_wanted(week.visits, np.zeros_like(week.visits), week.month_gone),
        may_ask=np.ones(len(week.who), np.bool_),
        weeks_waiting=week.weeks_waiting,
        capacity=week.seats,
        held=np.zeros_like(week.seats),
    )
    pair = allocate(night, np.zeros(len(week.seats)))
    return np.where(pair == NOTHING, NOTHING, opportunity[pair]) if len(line) else pair


def asks_again(policy: str) -> bool:
    """Whether caseworkers ask those again for whom nothing has come up for long."""
    return policy != ASKED_ONCE


POLICIES: Final[dict[str, Policy]] = {
    "random": _first_come(_random),
    "nearest": _first_come(_nearest),
    "interest": _first_come(_interest),
    "greedy_score": _first_come(lambda week: week.judged.score),
    "safest": _first_come(lambda week: week.judged.likely),
    "matcher": _matcher,
    "omniscient": _first_come(_omniscient),
    "matcher_greedy": _first_come(_by_steps),
    ASKED_ONCE: _matcher,
}
