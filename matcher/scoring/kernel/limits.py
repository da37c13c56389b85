"""Comparing with a limit, and the gates of eligibility that are numbers (SCORING §6)."""

from __future__ import annotations

from typing import Final

from matcher.domain.person import ADULT_AGE_YEARS
from matcher.scoring.kernel.rungs import STAY_STAY, STAY_TRIAL_NIGHT, TEXT_ONLY
from matcher.scoring.weights import WEIGHTS

TOLERANCE: Final = WEIGHTS.tolerance


def exceeds(value: float, limit: float) -> bool:
    """Whether a value is beyond a limit by more than rounding (SCORING §6: 1e-9 in the person's favour).

    >>> exceeds(30.0, 30.0), exceeds(30.0 + 1e-10, 30.0), exceeds(30.1, 30.0)
    (False, False, True)
    """
    return value > limit + TOLERANCE


def age_outside(age: int, minimum: int, maximum: int) -> bool:
    """Whether somebody is under age or outside both limits (years, ends included)."""
    return age < ADULT_AGE_YEARS or age < minimum or age > maximum


def group_too_large(group_max: int, max_group_size: int, online: bool, interaction: int) -> bool:
    """Whether there may be more people than somebody wants; writing online has no crowd."""
    return group_max > max_group_size and not (online and interaction == TEXT_ONLY)


def stay_too_soon(stay_step: int, ok_here: int, ok_trial_nights_here: int) -> bool:
    """Whether a step of communal living comes before the one that leads to it (CARE 11)."""
    if stay_step == STAY_STAY:
        return ok_here == 0 or ok_trial_nights_here == 0
    return stay_step == STAY_TRIAL_NIGHT and ok_here == 0
