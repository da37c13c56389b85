"""Which step an opportunity would be, if any (SCORING §5), and how well it fits (§7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from matcher.scoring.kernel.comfort import ASPECTS, cautious, edge, likely, stretch
from matcher.scoring.kernel.limits import exceeds
from matcher.scoring.weights import WEIGHTS

NO_STEP: Final = 0
WITHIN_COMFORT: Final = 1
ONE_SMALL_STRETCH: Final = 2
NEVER: Final = -1.0  # below every rung: the highest rung of an `ok` visit when there was none
WITHIN_Z: Final = WEIGHTS.within_z
WITHIN_CHANCE: Final = WEIGHTS.within_chance
STRETCH_CHANCE: Final = WEIGHTS.stretch_chance
STRETCH_Z: Final = WEIGHTS.stretch_z
STRETCH_CAUTIOUS_CHANCE: Final = WEIGHTS.stretch_cautious_chance
SMALL_STRETCH: Final = WEIGHTS.small_stretch
INTEREST_SHARE: Final = WEIGHTS.interest_share
DISTANCE_SHARE: Final = WEIGHTS.distance_share
GROUP_SIZE_SHARE: Final = WEIGHTS.group_size_share
FAMILIARITY_SHARE: Final = WEIGHTS.familiarity_share
INTEREST_UNKNOWN: Final = WEIGHTS.interest_unknown
FAMILIARITY_HERE: Final = WEIGHTS.familiarity_here
FAMILIARITY_ORGANISATION: Final = WEIGHTS.familiarity_organisation


def beyond_lived(asks: float, comfortable: float, highest_ok: float) -> bool:
    """Whether an aspect is near its edge and higher than at any `ok` visit (what counts after a visit was too much)."""
    return exceeds(edge(asks, comfortable), 0.0) and exceeds(asks, highest_ok)


def stretched(asked: Sequence[float], rungs: Sequence[float]) -> int:
    """How many aspects are stretched; all of them where one is by more than a small stretch."""
    found = 0
    for aspect in range(ASPECTS):
        excess = stretch(asked[aspect], rungs[aspect])
        if exceeds(excess, SMALL_STRETCH[aspect]):
            return ASPECTS
        found += exceeds(excess, 0.0)
    return found


def beyond_one_step(
    asked: Sequence[float], rungs: Sequence[float], last_two_ok: bool, recovering: bool
) -> bool:
    """Whether more is stretched than anybody's next step may be, whatever the chance.

    What is beyond stays so where more is asked: a rung that is not known yet may stand as 0.

    >>> beyond_one_step((1, 0, 0, 0, 0, 0), (1, 0, 0, 0, 0, 0), False, False)
    False
    >>> beyond_one_step((1.5, 0, 0, 0, 0, 0), (1, 0, 0, 0, 0, 0), False, False)
    True
    """
    count = stretched(asked, rungs)
    return count > 1 or (count == 1 and (recovering or not last_two_ok))


def next_step(
    asked: Sequence[float],
    rungs: Sequence[float],
    highest_ok: Sequence[float],
    m: float,
    v: float,
    last_two_ok: bool,
    recovering: bool,
) -> int:
    """NO_STEP, WITHIN_COMFORT or ONE_SMALL_STRETCH.

    Parameters
    ----------
    asked, rungs : six rungs asked and six comfortable ones.
    highest_ok : six highest rungs of `ok` visits, NEVER where there was none.
    m, v : the `moments` of this pair.
    last_two_ok : the last two visits that took place were `ok`.
    recovering : a visit was too much and none was `ok` since.
    """
    if beyond_one_step(asked, rungs, last_two_ok, recovering):
        return NO_STEP
    for aspect in range(ASPECTS):
        if recovering and beyond_lived(asked[aspect], rungs[aspect], highest_ok[aspect]):
            return NO_STEP
    if stretched(asked, rungs) == 0:
        return NO_STEP if exceeds(WITHIN_CHANCE, cautious(m, v, WITHIN_Z)) else WITHIN_COMFORT
    if exceeds(STRETCH_CHANCE, likely(m, v)) or exceeds(STRETCH_CAUTIOUS_CHANCE, cautious(m, v, STRETCH_Z)):
        return NO_STEP
    return ONE_SMALL_STRETCH


def interest_part(shared: int, smaller: int) -> float:
    """Shared topics over the length of the shorter list; one half where either is empty.

    >>> interest_part(1, 2), interest_part(0, 0), interest_part(0, 3)
    (0.5, 0.5, 0.0)
    """
    return INTEREST_UNKNOWN if smaller == 0 else shared / smaller


def familiarity_part(ok_here: int, ok_with_organisation: bool) -> float:
    """1 after an `ok` visit here, 0.7 after one with the organisation, else 0."""
    if ok_here > 0:
        return FAMILIARITY_HERE
    return FAMILIARITY_ORGANISATION if ok_with_organisation else 0.0


def score(chance: float, interest: float, distance: float, group_size: float, familiarity: float) -> float:
    """Score in [0, 1]; multiplying by the chance keeps interest from buying back discomfort.

    >>> round(score(1.0, 1.0, 1.0, 1.0, 1.0), 9), score(0.0, 1.0, 1.0, 1.0, 1.0)
    (1.0, 0.0)
    """
    return chance * (
        INTEREST_SHARE * interest
        + DISTANCE_SHARE * distance
        + GROUP_SIZE_SHARE * group_size
        + FAMILIARITY_SHARE * familiarity
    )
