"""Whether the chance that Matcher states is true, also of what nobody would have been sent to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np

from matcher.domain.person import HistoryEntry
from matcher.domain.values import HistoryOutcome, Outcome, Rungs
from matcher.simulation.crowd import Crowd
from matcher.simulation.world import DRAWS, UNFAMILIARITY, WARMTH, Floats, Ints, World
from matcher.simulation.year import BEGIN, reaction

VISITS: Final = 20
ASKED_MOST: Final = 400  # times; the least willing come one time in seven
BINS: Final = 10
WARMTHS, WEIGHTS_OF_WARMTHS = np.polynomial.hermite_e.hermegauss(9)


@dataclass(frozen=True, slots=True)
class Calibration:
    """`error` is the expected calibration error in ten bins; `skill` which share of the log-loss that could be saved
    against one number for everybody is saved. 1 would be to know everything about everybody but the warmth of places,
    which nothing that is observed tells; of `everything` holds it against knowing that, too.
    """

    error: float
    skill: float
    everything: float


def calibrate(world: World, visits: int = VISITS) -> Calibration:
    """Everybody is asked to places drawn at random until they had so many visits, and answers as in any year; then what is
    believed of all places is held against the truth.

    Nobody changes and nobody leaves meanwhile: this is about what is known, not about care.
    """
    crowd = Crowd(world)
    people, opportunities = world.size.people, world.size.opportunities
    chance, been = np.random.default_rng([world.seed, visits]), np.zeros(people, np.int64)
    for turn in range(ASKED_MOST):
        where, draws = chance.integers(0, opportunities, people), chance.random((people, DRAWS))
        truth = _truth_at(world, crowd, where)
        for i in np.flatnonzero(been < visits).tolist():
            j = int(where[i])
            answer, outcome = reaction(draws[i], float(truth[i]), float(world.interest[i, j]))
            what = answer or HistoryOutcome(outcome or Outcome.did_not_come)
            been[i] += outcome in (Outcome.ok, Outcome.too_much)
            entry = HistoryEntry(BEGIN + timedelta(days=turn), what, Rungs(*crowd.asked(i, j)))
            crowd.remember(i, entry, j, float(turn))
    everybody, long_after = np.arange(people), 1e6
    believed = crowd.judged(everybody, np.ones((people, opportunities), np.bool_), long_after).likely
    truth = np.stack([_truth_at(world, crowd, np.full(people, j)) for j in range(opportunities)], axis=1)
    return _held_against(believed.ravel(), truth.ravel(), np.tile(world.warmth, people))


def _truth_at(world: World, crowd: Crowd, where: Ints) -> Floats:
    """The true chance of each person at their place of `where`, (people,)."""
    people = np.arange(world.size.people)
    asked = world.truly[where]
    asked[:, UNFAMILIARITY] = np.minimum(asked[:, UNFAMILIARITY], crowd.unfamiliar(people)[people, where])
    truth: Floats = world.true_chance(people, where, world.thresholds, asked)
    return truth


def _held_against(believed: Floats, truth: Floats, warmth: Floats) -> Calibration:
    bins = np.minimum((believed * BINS).astype(np.int64), BINS - 1)
    gap = np.bincount(bins, believed - truth, minlength=BINS)
    nobody_knows, all_known = _log_loss(np.full_like(truth, truth.mean()), truth), _log_loss(truth, truth)
    saved = nobody_knows - _log_loss(believed, truth)
    return Calibration(
        error=float(np.abs(gap).sum() / len(truth)),
        skill=saved / (nobody_knows - _log_loss(_whatever_the_warmth(truth, warmth), truth)),
        everything=saved / (nobody_knows - all_known),
    )


def _whatever_the_warmth(truth: Floats, warmth: Floats) -> Floats:
    """The true chance to whoever knows all but how warm a place is: the mean over what it might be."""
    without = np.log(truth / (1 - truth)) - warmth
    chances = 1 / (1 + np.exp(-(without[:, None] + WARMTH * WARMTHS)))
    found: Floats = chances @ WEIGHTS_OF_WARMTHS / WEIGHTS_OF_WARMTHS.sum()
    return found


def _log_loss(said: Floats, truth: Floats) -> float:
    said = np.clip(said, 1e-9, 1 - 1e-9)
    return float(-(truth * np.log(said) + (1 - truth) * np.log(1 - said)).mean())
