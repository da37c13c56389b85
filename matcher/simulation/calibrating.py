"""Whether the chance that Matcher states is true, also of what nobody would have been sent to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np

from matcher.domain.person import HistoryEntry
from matcher.domain.values import HistoryOutcome, Rungs
from matcher.simulation.crowd import Crowd
from matcher.simulation.world import SLIP, Floats, World
from matcher.simulation.year import BEGIN

VISITS: Final = 20
BINS: Final = 10


@dataclass(frozen=True, slots=True)
class Calibration:
    """`error` is the expected calibration error in ten bins; `skill` which share of the log-loss that could be saved
    against one number for everybody is saved (1 would be to know the truth).
    """

    error: float
    skill: float


def calibrate(world: World, visits: int = VISITS) -> Calibration:
    """Everybody goes to so many places drawn at random, and what is believed then of all places is held against the truth.

    Nobody changes and nobody leaves meanwhile: this is about what is known, not about care. After what was too much there
    is a talk, without which nothing more would be proposed (SCORING §5).
    """
    crowd = Crowd(world)
    chance = np.random.default_rng([world.seed, visits])
    people, opportunities = world.size.people, world.size.opportunities
    slips = np.random.default_rng([world.seed, visits, 1]).normal(0, SLIP, (visits, *world.intake.shape))
    for turn in range(visits):
        truth = _truth(world, crowd)
        where, luck = chance.integers(0, opportunities, people), chance.random(people)
        at = BEGIN + timedelta(days=turn)
        for i in range(people):
            j = int(where[i])
            outcome = HistoryOutcome.ok if luck[i] < truth[i, j] else HistoryOutcome.too_much
            crowd.remember(i, HistoryEntry(at, outcome, Rungs(*crowd.asked(i, j))), j, float(turn))
            if outcome is HistoryOutcome.too_much:
                crowd.talk(i, world.said(i, world.thresholds[i], slips[turn, i]), at)
    everybody = np.arange(people)
    believed = crowd.judged(everybody, np.ones((people, opportunities), np.bool_), float(visits)).likely
    return _held_against(believed.ravel(), _truth(world, crowd).ravel())


def _truth(world: World, crowd: Crowd) -> Floats:
    people, opportunities = np.arange(world.size.people), np.arange(world.size.opportunities)
    asked = world.asked_truly(crowd.unfamiliar(people))
    truth: Floats = world.true_chance(people[:, None], opportunities[None], world.thresholds[:, None], asked)
    return truth


def _held_against(believed: Floats, truth: Floats) -> Calibration:
    bins = np.minimum((believed * BINS).astype(np.int64), BINS - 1)
    gap = np.bincount(bins, believed - truth, minlength=BINS)
    nobody_knows, all_known = _log_loss(np.full_like(truth, truth.mean()), truth), _log_loss(truth, truth)
    return Calibration(
        error=float(np.abs(gap).sum() / len(truth)),
        skill=float((nobody_knows - _log_loss(believed, truth)) / (nobody_knows - all_known)),
    )


def _log_loss(said: Floats, truth: Floats) -> float:
    said = np.clip(said, 1e-9, 1 - 1e-9)
    return float(-(truth * np.log(said) + (1 - truth) * np.log(1 - said)).mean())
