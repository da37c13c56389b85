"""Seats given week by week without knowing who is still to come, against perfect hindsight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from matcher.scoring.allocation import (
    Cases,
    Night,
    Pairs,
    allocate,
    descended,
    first_prices,
    shadow_prices,
    share_out,
)
from matcher.scoring.weights import WEIGHTS
from matcher.simulation.world import Floats, Ints

WEEKS: Final = 52
FUTURES: Final = 6  # fewer than a real night takes, so that many years can be tried; judgement, 2026-11
# What suits: how much somebody gains by going anywhere, times how much a place gives, and a taste of one's own. Judgement,
# 2026-11: such that giving each in turn their best reaches about four fifths of hindsight, as on published instances.
GAINS: Final = (0.1, 1.0)
GIVES: Final = (0.0, 1.0)
OWN_TASTE: Final = 0.05


@dataclass(frozen=True, slots=True)
class Setting:
    """How many people a year, how many sessions, and seats for which share of the people."""

    people: int
    sessions: int
    capacity: float

    @property
    def name(self) -> str:
        """As the report calls it."""
        return f"{self.people}x{self.sessions}, capacity {self.capacity}"


SETTINGS: Final = (Setting(600, 20, 1.1), Setting(1500, 20, 1.1), Setting(600, 30, 0.5))


@dataclass(frozen=True, slots=True)
class Shares:
    """What a year came to, as shares of hindsight: by shadow prices, by descent from nothing known, each in turn."""

    shadow: float
    descent: float
    greedy: float


class Stream:
    """One year of a setting as it is not known beforehand: who comes in which week, and what would suit them."""

    def __init__(self, setting: Setting, seed: int) -> None:
        self.chance = np.random.default_rng([seed, setting.people, setting.sessions])
        self.gives = self.chance.uniform(*GIVES, setting.sessions)
        self.worth = self._worth(setting.people)
        self.past = self._worth(round(setting.people * WEIGHTS.past_weeks / WEEKS))
        share = self.chance.dirichlet(np.full(setting.sessions, 10.0))
        self.seats: Ints = self.chance.multinomial(round(setting.people * setting.capacity), share)
        self.comes = np.sort(self.chance.integers(0, WEEKS, setting.people))

    def _worth(self, people: int) -> Floats:
        gains = self.chance.uniform(*GAINS, (people, 1))
        taste = self.chance.normal(0, OWN_TASTE, (people, len(self.gives)))
        found: Floats = np.clip(gains * self.gives + taste, 0.01, 1.0)
        return found

    def hindsight(self) -> float:
        """The most that all of them could have had together."""
        everybody = _pairs(self.worth)
        pair = share_out(everybody, self.seats, len(self.worth)).pair
        return float(everybody.worth[pair[pair >= 0]].sum())

    def greedy(self) -> float:
        """Each in turn the best that is left."""
        left, total = self.seats.copy(), 0.0
        for worth in self.worth:
            best = int(np.where(left > 0, worth, -np.inf).argmax())
            if left[best] > 0:
                total += float(worth[best])
                left[best] -= 1
        return total

    def by_shadow_prices(self) -> float:
        """Week by week with prices over futures sampled from half a year before and everybody since."""

        def prices(week: int, now: Pairs, people: int, left: Ints, _before: Floats) -> Floats:
            known = np.concatenate([self.past, self.worth[self.comes < week]])
            weeks_left = np.full(len(left), float(WEEKS - 1 - week))
            cases = Cases.of(_pairs(known), len(known))
            rate = len(known) / (WEIGHTS.past_weeks + week)
            return shadow_prices(now, people, left, cases, rate, weeks_left, self.chance, FUTURES)

        return self._by_prices(prices, np.zeros(len(self.seats)))

    def by_descent(self) -> float:
        """Week by week with nothing known beforehand: prices move by what each week used."""
        state = {"left": self.seats}

        def prices(week: int, _now: Pairs, _people: int, left: Ints, before: Floats) -> Floats:
            used, state["left"] = state["left"] - left, left
            return before if week == 0 else descended(before, used, left + used, float(WEEKS - week + 1))

        return self._by_prices(prices, first_prices(self.seats))

    def _by_prices(self, price: Callable[[int, Pairs, int, Ints, Floats], Floats], prices: Floats) -> float:
        left, total = self.seats.copy(), 0.0
        for week in range(WEEKS):
            worth = self.worth[self.comes == week]
            now = _pairs(worth)
            prices = price(week, now, len(worth), left, prices)
            night = _night(now, len(worth), left)
            pair = allocate(night, prices)
            pair = pair[pair >= 0]
            total += float(now.worth[pair].sum())
            left = left - np.bincount(now.session[pair], minlength=len(left))
        assert (left >= 0).all()
        return total


def try_year(setting: Setting, seed: int) -> Shares:
    """One year of a setting. Seats do not come back; whoever comes is offered something that week or not at all."""
    stream = Stream(setting, seed)
    best = stream.hindsight()
    return Shares(
        shadow=stream.by_shadow_prices() / best,
        descent=stream.by_descent() / best,
        greedy=stream.greedy() / best,
    )


def _pairs(worth: Floats) -> Pairs:
    people, sessions = worth.shape
    return Pairs.of(
        np.repeat(np.arange(people), sessions), np.tile(np.arange(sessions), people), worth.ravel()
    )


def _night(now: Pairs, people: int, left: Ints) -> Night:
    """Only seats and worth count here: nobody waited, no organisation was visited."""
    zero = np.zeros(len(now.worth))
    return Night(
        pairs=now,
        chance=zero,
        doubt=zero,
        interest=zero,
        organisation=now.session,
        visits=np.zeros_like(left),
        wanted=np.zeros_like(left),
        may_ask=np.ones(people, np.bool_),
        weeks_waiting=np.zeros(people),
        capacity=left,
        held=np.zeros_like(left),
    )
