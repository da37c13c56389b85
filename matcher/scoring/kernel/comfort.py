"""The chance that it will be all right, and what is learned from how it was (SCORING §4)."""

from __future__ import annotations

import math
from collections.abc import MutableSequence, Sequence
from typing import Final

from matcher.scoring.weights import WEIGHTS

ASPECTS: Final = 6
PARAMETERS: Final = 1 + 2 * ASPECTS
DRIFT_VARIANCE: Final = WEIGHTS.drift_sd**2
SLOPE_FLOOR: Final = WEIGHTS.slope_floor
TOO_MUCH_STEP_DOWN: Final = WEIGHTS.too_much_step_down
HALF_A_RUNG: Final = 0.5  # rungs go in halves


def stretch(asks: float, comfortable: float) -> float:
    """How many rungs beyond the comfortable one."""
    return max(0.0, asks - comfortable)


def edge(asks: float, comfortable: float) -> float:
    """1 at or above what was called comfortable, 0 a full rung inside it or where nothing is asked.

    >>> edge(0.0, 0.0), edge(2.0, 2.0), edge(1.5, 2.0), edge(1.0, 2.0), edge(3.0, 2.0)
    (0.0, 1.0, 0.5, 0.0, 1.0)
    """
    if asks == 0:
        return 0.0
    return min(1.0, max(0.0, 1 - (comfortable - asks)))


def feature(position: int, asked: Sequence[float], rungs: Sequence[float]) -> float:
    """One of the thirteen numbers φ: 1, then minus each stretch, then minus each edge."""
    if position == 0:
        return 1.0
    if position <= ASPECTS:
        return -stretch(asked[position - 1], rungs[position - 1])
    aspect = position - 1 - ASPECTS
    return -edge(asked[aspect], rungs[aspect])


def moments(
    asked: Sequence[float], rungs: Sequence[float], mu: Sequence[float], variance: Sequence[float]
) -> tuple[float, float]:
    """Mean and variance of the log-odds that it will be all right.

    Shapes: asked, rungs 6; mu, variance 13.
    """
    m = 0.0
    v = 0.0
    for position in range(PARAMETERS):
        phi = feature(position, asked, rungs)
        m += phi * mu[position]
        v += phi * phi * variance[position]
    return m, v


def logistic(x: float) -> float:
    """1 / (1 + e^-x), safe at both ends.

    >>> logistic(0.0), logistic(-1000.0), logistic(1000.0)
    (0.5, 0.0, 1.0)
    """
    if x >= 0:
        return 1 / (1 + math.exp(-x))
    grown = math.exp(x)
    return grown / (1 + grown)


def likely(m: float, v: float) -> float:
    """The chance with our uncertainty averaged in (probit approximation, MacKay 1992).

    >>> round(likely(2.6, 0.49), 6)
    0.915366
    """
    return logistic(m / math.sqrt(1 + math.pi * v / 8))


def cautious(m: float, v: float, z: float) -> float:
    """The chance z standard deviations on the careful side (negative z: on the hopeful side)."""
    return logistic(m - z * math.sqrt(v))


def learn_parameters(
    asked: Sequence[float],
    rungs: Sequence[float],
    mu: MutableSequence[float],
    variance: MutableSequence[float],
    y: float,
    weight: float,
) -> None:
    """Move `mu` and `variance` (13 each) in place after an outcome y in [0, 1] (one step of the logistic Kalman filter)."""
    for position in range(PARAMETERS):
        variance[position] += DRIFT_VARIANCE
    m, v = moments(asked, rungs, mu, variance)
    q = logistic(m)
    h = weight * q * (1 - q)
    for position in range(PARAMETERS):
        gain = variance[position] * feature(position, asked, rungs)
        mu[position] += gain * weight * (y - q) / (1 + h * v)
        variance[position] -= h * gain * gain / (1 + h * v)
        if position > 0:
            mu[position] = max(SLOPE_FLOOR, mu[position])


def raised_rung(comfortable: float, kept: float, asks: float) -> tuple[float, float]:
    """The rung and what is kept after an `ok` visit that asked `asks`; kept 0 is nothing.

    Two visits above the rung raise it to the second highest of them, so at most one is ever kept.

    >>> raised_rung(1.0, 0.0, 2.0), raised_rung(1.0, 2.0, 1.5), raised_rung(1.0, 2.0, 2.0), raised_rung(1.0, 2.0, 1.0)
    ((1.0, 2.0), (1.5, 2.0), (2.0, 0.0), (1.0, 2.0))
    """
    if asks <= comfortable:
        return comfortable, kept
    if kept == 0:
        return comfortable, asks
    second, highest = min(kept, asks), max(kept, asks)
    return second, highest if highest > second else 0.0


def set_rung(kept: float, rung: float) -> tuple[float, float]:
    """The rung and what is kept once somebody has said themselves that `rung` is comfortable.

    >>> set_rung(2.0, 1.0), set_rung(2.0, 2.0)
    ((1.0, 2.0), (2.0, 0.0))
    """
    return rung, kept if kept > rung else 0.0


def half_way_rung(stands: float, said: float) -> float:
    """Half the way from the rung that stands to what somebody says in a talk, in halves rounded down; half a rung at least.

    What visits have shown and what is said on one day are both a little wrong, and not in the same way; but whatever is
    said counts for something.

    >>> half_way_rung(1.0, 2.0), half_way_rung(2.0, 1.5), half_way_rung(3.0, 1.5), half_way_rung(3.0, 3.0)
    (1.5, 1.5, 2.5, 3.0)
    """
    if said == stands:
        return stands
    way = max(HALF_A_RUNG, math.floor(abs(said - stands)) * HALF_A_RUNG)
    return stands + way if said > stands else stands - way


def lowered_rung(comfortable: float, kept: float, asks: float) -> tuple[float, float]:
    """The rung and what is kept after a visit that was too much and asked `asks`.

    >>> lowered_rung(2.0, 3.0, 2.0), lowered_rung(2.0, 3.0, 4.0), lowered_rung(2.0, 3.0, 1.5), lowered_rung(0.0, 0.5, 0.0)
    ((1.5, 0.0), (2.0, 0.0), (2.0, 3.0), (0.0, 0.5))
    """
    if asks < comfortable or asks <= 0:
        return comfortable, kept
    return max(0.0, min(comfortable, asks - TOO_MUCH_STEP_DOWN)), 0.0
