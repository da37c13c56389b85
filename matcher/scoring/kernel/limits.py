"""Comparing with a limit, and the gates of eligibility that are numbers (SCORING §6)."""

from __future__ import annotations

from typing import Final

from matcher.domain.person import ADULT_AGE_YEARS
from matcher.scoring.kernel.rungs import STAY_STAY, STAY_TRIAL_NIGHT, TEXT_ONLY
from matcher.scoring.weights import WEIGHTS

TOLERANCE: Final = WEIGHTS.tolerance
DECLINED_REST_DAYS: Final = WEIGHTS.declined_rest_days


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


def declined_lately(days_since: float) -> bool:
    """Whether somebody's own no to an opportunity still counts.

    >>> declined_lately(89.9), declined_lately(90.0)
    (True, False)
    """
    return exceeds(DECLINED_REST_DAYS, days_since)


def inside_free_time(
    weekday: int, start_minute: float, end_minute: float, free_weekday: int, opens: float, closes: float
) -> bool:
    """Whether a session lies wholly inside one free span, all in minutes of the local day on which it starts.

    >>> inside_free_time(1, 780.0, 810.0, 1, 780, 810), inside_free_time(1, 780.0, 811.0, 1, 780, 810)
    (True, False)
    """
    return weekday == free_weekday and not exceeds(opens, start_minute) and not exceeds(end_minute, closes)
