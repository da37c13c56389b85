"""Each rule of scoring once, as a plain function of numbers, so that one pair, the many and the simulation share it.

Only floats, ints, bools and sequences of floats go in and out: six numbers follow the order of `Aspect`; thirteen are
base, six stretches, six edges. Interaction is the position in `Interaction`, mode the position in `TravelMode`, a stay
step the position in `StayStep`. Constants are plain module numbers, which numba freezes into compiled code; it cannot
look inside a dataclass.
"""

from matcher.scoring.kernel.comfort import (
    ASPECTS,
    PARAMETERS,
    cautious,
    edge,
    learn_parameters,
    likely,
    logistic,
    lowered_rung,
    moments,
    raised_rung,
    stretch,
)
from matcher.scoring.kernel.distance import (
    WALK,
    distance_part,
    haversine_km,
    mode_minutes,
    reach_km,
    travel_minutes,
)
from matcher.scoring.kernel.limits import (
    age_outside,
    declined_lately,
    exceeds,
    group_too_large,
    inside_free_time,
    stay_too_soon,
)
from matcher.scoring.kernel.rungs import (
    NO_STAY,
    STAY_STAY,
    STAY_TRIAL_NIGHT,
    STAY_VISIT,
    commitment_rung,
    group_rung,
    group_size_part,
    others,
    travel_rung,
    unfamiliarity_rung,
)
from matcher.scoring.kernel.step import (
    NEVER,
    NO_STEP,
    ONE_SMALL_STRETCH,
    SMALL_STRETCH,
    WITHIN_COMFORT,
    beyond_lived,
    beyond_one_step,
    familiarity_part,
    interest_part,
    next_step,
    score,
)

__all__ = [
    "ASPECTS",
    "NEVER",
    "NO_STAY",
    "NO_STEP",
    "ONE_SMALL_STRETCH",
    "PARAMETERS",
    "SMALL_STRETCH",
    "STAY_STAY",
    "STAY_TRIAL_NIGHT",
    "STAY_VISIT",
    "WALK",
    "WITHIN_COMFORT",
    "age_outside",
    "beyond_lived",
    "beyond_one_step",
    "cautious",
    "commitment_rung",
    "declined_lately",
    "distance_part",
    "edge",
    "exceeds",
    "familiarity_part",
    "group_rung",
    "group_size_part",
    "group_too_large",
    "haversine_km",
    "inside_free_time",
    "interest_part",
    "learn_parameters",
    "likely",
    "logistic",
    "lowered_rung",
    "mode_minutes",
    "moments",
    "next_step",
    "others",
    "raised_rung",
    "reach_km",
    "score",
    "stay_too_soon",
    "stretch",
    "travel_minutes",
    "travel_rung",
    "unfamiliarity_rung",
]
