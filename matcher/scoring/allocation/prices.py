"""What a seat is worth to those still to come: shadow prices over sampled futures, and descent while little is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from matcher.scoring.allocation.pairs import Floats, Ints, Pairs, share_out
from matcher.scoring.weights import WEIGHTS

PRICE_UNIT: Final = 1e-4  # a price need not be finer than the doubt about who comes; judgement, 2026-11


@dataclass(frozen=True, slots=True)
class Cases:
    """What somebody to come may look like, by those who came in the last 26 weeks.

    Row `first[c]` to `first[c + 1]` of `options` are the sessions on offer now that would have suited case c, with the
    worth they would have had. Whoever brings them says which session of today stands for one of then.
    """

    first: Ints
    options: Pairs

    @classmethod
    def of(cls, options: Pairs, cases: int) -> Cases:
        """From options whose `person` is the number of a case, in any order."""
        order = np.argsort(options.person, kind="stable")
        counts = np.bincount(options.person, minlength=cases)
        first = np.concatenate([[0], np.cumsum(counts)])
        return cls(first, Pairs(options.person[order], options.session[order], options.worth[order]))

    def __len__(self) -> int:
        return len(self.first) - 1

    @property
    def enough(self) -> bool:
        """Whether there are enough of them to sample futures from."""
        return len(self) >= WEIGHTS.past_cases_least

    def drawn(self, drawn: Ints) -> Pairs:
        """The options of these cases, one after the other, each drawn as a person of its own."""
        lengths = self.first[drawn + 1] - self.first[drawn]
        ends = np.cumsum(lengths)
        rows = np.repeat(self.first[drawn] - (ends - lengths), lengths) + np.arange(lengths.sum())
        person = np.repeat(np.arange(len(drawn)), lengths)
        return Pairs(person, self.options.session[rows], self.options.worth[rows])


def shadow_prices(
    now: Pairs,
    people: int,
    seats: Ints,
    cases: Cases,
    cases_a_week: float,
    weeks_left: Floats,
    chance: np.random.Generator,
    futures: int = WEIGHTS.futures,
) -> Floats:
    """The dual price of a seat in each session, averaged over sampled futures (Ahani et al. 2021).

    Parameters
    ----------
    now : the pairs of tonight, with their worth in the order; `people` is how many they are.
    seats : free seats by session.
    cases_a_week : how many come in a week.
    weeks_left : of each session how long a seat can still be offered: whoever comes later does not compete for it.
    chance : where the futures are drawn from; the same generator gives the same prices.
    """
    ahead = float(weeks_left.max(initial=0.0))
    total = np.zeros(len(seats))
    for _future in range(futures):
        comes = (
            chance.uniform(0.0, ahead, chance.poisson(cases_a_week * ahead)) if len(cases) else np.empty(0)
        )
        later = cases.drawn(chance.integers(0, max(1, len(cases)), len(comes)))
        later = later.where(comes[later.person] <= weeks_left[later.session])
        everybody = Pairs(
            np.concatenate([now.person, people + later.person]),
            np.concatenate([now.session, later.session]),
            np.concatenate([now.worth, later.worth]),
        )
        total += share_out(everybody, seats, people + len(comes), PRICE_UNIT).price
    return total / futures


def first_prices(seats: Ints) -> Floats:
    """Where descent begins: one small price for every seat."""
    return np.full(len(seats), WEIGHTS.descent_first_price)


def descended(prices: Floats, used: Ints, seats: Ints, nights_left: float | Floats) -> Floats:
    """The next night's prices while there are too few cases to sample from (dual mirror descent, Balseiro et al. 2023).

    A seat becomes dearer where more went tonight than the nights left allow, and cheaper where fewer did.

    Parameters
    ----------
    used : seats given tonight by session; `seats` were free before.
    nights_left : of all sessions, or of each, tonight included.

    >>> descended(np.array([0.1, 0.1]), np.array([2, 0]), np.array([10, 10]), 10.0).round(4).tolist()
    [0.1105, 0.0905]
    """
    fair = seats / np.maximum(1.0, nights_left)
    pull = (used - fair) / np.maximum(1.0, fair)
    return np.minimum(1.0, prices * np.exp(WEIGHTS.descent_rate * pull))
