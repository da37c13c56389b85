"""What an opportunity asks, as rungs (SCORING §1), and the size of its group (§3)."""

from __future__ import annotations

import math
from typing import Final

from matcher.domain.values import as_rung
from matcher.scoring.weights import WEIGHTS

TEXT_ONLY: Final = 0
SIDE_BY_SIDE: Final = 2
NO_STAY: Final = -1
STAY_VISIT: Final = 0
STAY_TRIAL_NIGHT: Final = 1
STAY_STAY: Final = 2
SIDE_BY_SIDE_RELIEF: Final = WEIGHTS.side_by_side_relief
UNFAMILIARITY_START: Final = WEIGHTS.unfamiliarity_start
UNFAMILIARITY_FLOOR: Final = WEIGHTS.unfamiliarity_floor
UNFAMILIARITY_ONLINE: Final = WEIGHTS.unfamiliarity_online
TRAVEL_RUNG_ZERO_MINUTES: Final = WEIGHTS.travel_rung_zero_minutes
COMMITMENT_RUNG_ZERO_MINUTES: Final = WEIGHTS.commitment_rung_zero_minutes
COMMITMENT_BOUND: Final = WEIGHTS.commitment_bound
COMMITMENT_REGULAR: Final = WEIGHTS.commitment_regular
COMMITMENT_TRIAL_NIGHT: Final = WEIGHTS.commitment_trial_night
COMMITMENT_STAY: Final = WEIGHTS.commitment_stay
GROUP_HALF_AT: Final = WEIGHTS.group_half_at


def others(typical: int) -> int:
    """How many others one meets: sizes count everybody, host and guest included."""
    return max(0, typical - 1)


def group_rung(typical: int, interaction: int, online: bool) -> float:
    """Rung of `group`, 0 to 4, from the usual number of people.

    >>> group_rung(3, 3, False), group_rung(3, 2, False), group_rung(9, 3, False), group_rung(9, 0, True)
    (1.0, 0.0, 3.0, 0.0)
    """
    if online and interaction == TEXT_ONLY:
        return 0.0
    company = others(typical)
    if company <= 1:
        return 0.0
    relief = SIDE_BY_SIDE_RELIEF if interaction <= SIDE_BY_SIDE else 0.0
    return as_rung(math.log2(company) - relief)


def unfamiliarity_rung(welcomes: int, ok_here: int, online: bool, interaction: int) -> float:
    """Rung of `unfamiliarity`, 0 to 4.

    Parameters
    ----------
    welcomes : how many hold of: greeted at the door, may watch first, a companion comes, introduced to the
        organisation, an `ok` visit with the organisation.
    ok_here : number of `ok` visits at this place, or at this opportunity when online.

    >>> [unfamiliarity_rung(n, 0, False, 2) for n in range(6)]
    [4.0, 3.0, 2.0, 1.0, 1.0, 1.0]
    >>> unfamiliarity_rung(0, 1, False, 2), unfamiliarity_rung(0, 2, False, 2), unfamiliarity_rung(1, 0, True, 3)
    (1.0, 0.0, 1.5)
    """
    if online and interaction == TEXT_ONLY:
        return 0.0
    if ok_here >= 2:
        strange = 0.0
    elif ok_here == 1:
        strange = UNFAMILIARITY_FLOOR
    else:
        strange = max(UNFAMILIARITY_FLOOR, UNFAMILIARITY_START - welcomes)
    return as_rung(strange * UNFAMILIARITY_ONLINE if online else strange)


def travel_rung(minutes: float) -> float:
    """Rung of `travel`, 0 to 4, from the minutes one way (0 when online).

    >>> travel_rung(0.0), travel_rung(5.0), travel_rung(10.0), travel_rung(11.0), travel_rung(500.0)
    (0.0, 0.0, 1.0, 1.5, 4.0)
    """
    if minutes <= TRAVEL_RUNG_ZERO_MINUTES:
        return 0.0
    return as_rung(math.log2(minutes / TRAVEL_RUNG_ZERO_MINUTES))


def commitment_rung(
    duration_minutes: float,
    leave_any_time: bool,
    regular_attendance: bool,
    undated_text_only: bool,
    stay_step: int,
) -> float:
    """Rung of `commitment`, 0 to 4; `duration_minutes` > 0 unless one of the last two decides alone.

    >>> commitment_rung(15.0, True, False, False, NO_STAY), commitment_rung(60.0, False, True, False, NO_STAY)
    (0.0, 4.0)
    >>> commitment_rung(60.0, True, False, False, STAY_VISIT), commitment_rung(0.0, True, False, False, STAY_STAY)
    (2.0, 3.0)
    """
    if stay_step == STAY_TRIAL_NIGHT:
        return COMMITMENT_TRIAL_NIGHT
    if stay_step == STAY_STAY:
        return COMMITMENT_STAY
    if undated_text_only:
        return 0.0
    bound = 0.0 if leave_any_time else COMMITMENT_BOUND
    regular = COMMITMENT_REGULAR if regular_attendance else 0.0
    return as_rung(math.log2(duration_minutes / COMMITMENT_RUNG_ZERO_MINUTES) + bound + regular)


def group_size_part(typical: int, comfortable_group: float, online: bool, interaction: int) -> float:
    """Part of the score in [0, 1] from the number of others and the comfortable rung of `group`.

    >>> round(group_size_part(3, 1.0, False, 2), 9), group_size_part(5, 1.0, False, 2)
    (0.8, 0.5)
    """
    if online and interaction == TEXT_ONLY:
        return 1.0
    half_at = GROUP_HALF_AT * max(1.0, 2.0**comfortable_group)
    return float(1 / (1 + (others(typical) / half_at) ** 2))
