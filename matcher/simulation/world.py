"""An invented world: people as they truly are, what is offered and what it truly asks, and every chance drawn beforehand.

The chances are drawn once for a world, so that all policies meet the same weeks and differences are theirs alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from matcher.domain.values import Aspect
from matcher.scoring import kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

ASPECTS: Final = kernel.ASPECTS
GROUP, INTERACTION, UNFAMILIARITY, TRAVEL, _, STIMULATION = range(ASPECTS)
assert [Aspect.group, Aspect.interaction, Aspect.unfamiliarity, Aspect.travel] == list(Aspect)[:4]

# All numbers of the world: SCORING §10, else judgement, 2026-11.
SENSITIVITIES: Final = (0.8, 1.2, 1.6)
TOPICS: Final = 8
TOPICS_OF_PERSON: Final = 4
TOPICS_OF_OPPORTUNITY: Final = 2
LISTINGS_OF_ORGANISATION: Final = 3
OPEN_SHARE: Final = 0.35
WALKING_HALF_LIFE_MINUTES: Final = 20.0
MINUTES_AT_RUNG_ZERO: Final = 5.0
SLIP: Final = 0.7
EASY_SHARE: Final = 1 / 6
SETBACK_A_WEEK: Final = 0.02 * 12 / 52
SETBACK_WEEKS: Final = 8
SETBACK_RUNGS: Final = 1.0
UNDERSTATING_ORGANISATIONS: Final = 2
UNDERSTATED_RUNGS: Final = 1.0
MISENTERED_SHARE: Final = 0.05
NEVER_RIGHT_SHARE: Final = 0.05
NEVER_RIGHT_BASE: Final = -3.0
SERVABLE_CHANCE: Final = 0.85
# What each draw of a person's week decides.
ACCEPTS, ANSWERS, COMES, GOES_WELL, LEAVES, TALKS, SETBACK, DELAY, DRAWS = range(9)


@dataclass(frozen=True, slots=True)
class Size:
    """How large a world is. `seats` are those of each opportunity a week; 20 hardly ever run out (`allocating` is about few)."""

    people: int = 300
    opportunities: int = 90
    weeks: int = 52
    seats: int = 20


@dataclass(frozen=True, slots=True)
class World:
    """People are rows, opportunities columns.

    `asks` is what is stated and `truly` what is asked, both (opportunities, 6); `intake` the comfortable rungs said at
    intake and `thresholds` the true ones, both (people, 6). Who is asked says too much or too little by their `shift`,
    (people, 1), throughout, and by a slip of that week, `slips` (weeks, people, 6). `draws` are uniform, (weeks, people, DRAWS). `is_open` is (weeks, people, opportunities).
    """

    seed: int
    sensitivity_level: float
    size: Size
    intake: Floats
    thresholds: Floats
    sensitivity: Floats
    base: Floats
    never_right: Bools
    asks: Floats
    truly: Floats
    warmth: Floats
    organisation: Ints
    interest: Floats
    distance: Floats
    typical: Ints
    is_open: Bools
    draws: Floats
    shift: Floats
    slips: Floats

    def true_chance(self, person: Any, opportunity: Any, thresholds: Floats, asked: Floats) -> Any:
        """The true chance that it will be all right; `thresholds` and `asked` end in the six aspects."""
        strain = np.logaddexp(0, 3 * (asked - thresholds)) / 3
        felt = (self.sensitivity[person] * strain).sum(axis=-1)
        return 1 / (1 + np.exp(felt - self.base[person] - self.warmth[opportunity]))

    def asked_truly(self, unfamiliar: Floats) -> Floats:
        """What each opportunity truly asks of people, (people, opportunities, 6), where it is as unfamiliar as that now."""
        asked = np.repeat(self.truly[None], len(unfamiliar), axis=0)
        asked[:, :, UNFAMILIARITY] = np.minimum(asked[:, :, UNFAMILIARITY], unfamiliar)
        return asked

    def said(self, person: int, thresholds: Floats, slip: Floats) -> Floats:
        """What somebody says is comfortable when they are asked with a slip like that, six rungs in halves."""
        return in_halves(thresholds + slip + self.shift[person])

    @property
    def servable(self) -> Bools:
        """Of each person whether anything here would truly be all right for them today."""
        people = np.arange(self.size.people)[:, None]
        opportunities = np.arange(self.size.opportunities)[None]
        asked = self.asked_truly(np.tile(self.asks[:, UNFAMILIARITY], (self.size.people, 1)))
        chance = self.true_chance(people, opportunities, self.thresholds[:, None], asked)
        found: Bools = (chance >= SERVABLE_CHANCE).any(axis=1)
        return found


def make(seed: int, sensitivity_level: float, size: Size = Size(), *, rough: bool = True) -> World:
    """The world of a seed. `rough` ones also hold setbacks, understated and mis-entered listings, and people for whom no
    invitation is right this year.
    """
    chance = np.random.default_rng([seed, int(10 * sensitivity_level)])
    people, weeks = size.people, size.weeks
    severity = chance.beta(2, 2, (people, 1))
    thresholds = np.clip(3 * severity + chance.normal(0, 0.7, (people, ASPECTS)), 0, 4)
    slip, shift = chance.normal(0, SLIP, (people, ASPECTS)), chance.normal(0, 0.4, (people, 1))
    never_right = chance.random(people) < NEVER_RIGHT_SHARE
    base = chance.normal(2.8, 0.5, people)
    asks = _asks(chance, size.opportunities)
    organisation = np.arange(size.opportunities) // LISTINGS_OF_ORGANISATION
    truly = _truly(chance, asks, organisation)
    draws = chance.random((weeks, people, DRAWS))
    if not rough:
        never_right[:], truly = False, asks
        draws[:, :, SETBACK] = 1.0
    return World(
        seed=seed,
        sensitivity_level=sensitivity_level,
        size=size,
        intake=in_halves(thresholds + slip + shift),
        thresholds=thresholds,
        sensitivity=chance.lognormal(np.log(sensitivity_level), 0.35, (people, ASPECTS)),
        base=np.where(never_right, NEVER_RIGHT_BASE, base),
        never_right=never_right,
        asks=asks,
        truly=truly,
        warmth=chance.normal(0, 0.35, size.opportunities),
        organisation=organisation,
        interest=_interest(chance, size),
        distance=np.array([_distance_part(rung) for rung in asks[:, TRAVEL]]),
        typical=1 + np.maximum(1, np.round(2 ** asks[:, GROUP])).astype(np.int64),
        is_open=chance.random((weeks, people, size.opportunities)) < OPEN_SHARE,
        draws=draws,
        shift=shift,
        slips=chance.normal(0, SLIP, (weeks, people, ASPECTS)),
    )


def in_halves(rungs: Floats) -> Floats:
    """Rungs as they are written down."""
    found: Floats = np.clip(np.round(2 * rungs) / 2, 0, 4)
    return found


def _asks(chance: np.random.Generator, opportunities: int) -> Floats:
    """What is stated, in halves: most from a broad range, a sixth easy throughout."""
    difficulty = 4 * chance.beta(1.3, 1.6, (opportunities, 1))
    asks = np.clip(difficulty + chance.normal(0, 0.8, (opportunities, ASPECTS)), 0, 4)
    easy = np.arange(opportunities) < round(EASY_SHARE * opportunities)
    chance.shuffle(easy)
    asks[easy] = chance.choice([0, 0.5, 1], (int(easy.sum()), ASPECTS))
    asks[easy, INTERACTION] = asks[easy, TRAVEL] = 0
    rounded: Floats = np.round(2 * asks) / 2
    return rounded


def _truly(chance: np.random.Generator, asks: Floats, organisation: Ints) -> Floats:
    """What is truly asked: two organisations understate company, talk and noise; now and then a group was entered too small."""
    truly = asks.copy()
    liars = chance.choice(organisation.max() + 1, UNDERSTATING_ORGANISATIONS, replace=False)
    understated = np.isin(organisation, liars)
    for aspect in (GROUP, INTERACTION, STIMULATION):
        truly[understated, aspect] += UNDERSTATED_RUNGS
    misentered = chance.random(len(asks)) < MISENTERED_SHARE
    truly[misentered, GROUP] += UNDERSTATED_RUNGS
    return np.minimum(truly, 4)


def _interest(chance: np.random.Generator, size: Size) -> Floats:
    """The production rule over invented topics."""
    theirs = chance.random((size.people, TOPICS)).argsort(axis=1).argsort(axis=1) < TOPICS_OF_PERSON
    its = chance.random((size.opportunities, TOPICS)).argsort(axis=1).argsort(axis=1) < TOPICS_OF_OPPORTUNITY
    shared = theirs.astype(np.int64) @ its.T.astype(np.int64)
    parts = np.array(
        [kernel.interest_part(n, TOPICS_OF_OPPORTUNITY) for n in range(TOPICS_OF_OPPORTUNITY + 1)]
    )
    return parts[shared]


def _distance_part(rung: float) -> float:
    minutes = 0.0 if rung == 0 else MINUTES_AT_RUNG_ZERO * 2**rung
    return kernel.distance_part(minutes, WALKING_HALF_LIFE_MINUTES)
