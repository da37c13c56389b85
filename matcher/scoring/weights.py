"""Every number the rules weigh with, each beside its source; the shapes that use them are in `kernel`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weights:
    """All weights. "Judgement, 2026-11" waits for review by clinicians and a refit on real outcomes.

    Tuples over aspects follow the order of `Aspect`, tuples over modes the order of `TravelMode`.
    """

    # Comparisons lean this far towards the person, so that rounding never decides. Judgement, 2026-11.
    tolerance: float = 1e-9

    # Distance (km). Mean radius of the sphere that geopy.distance.great_circle uses.
    earth_radius_km: float = 6371.009
    # walk, bicycle, transit, car: door-to-door speeds in a town, how much longer the way is than the straight
    # line, and minutes before one moves. Judgement, 2026-11.
    mode_speed_kmh: tuple[float, float, float, float] = (4.5, 12.0, 20.0, 25.0)
    mode_detour: tuple[float, float, float, float] = (1.3, 1.3, 1.4, 1.3)
    mode_wait_minutes: tuple[float, float, float, float] = (0.0, 2.0, 12.0, 5.0)
    # A stored reach may be a metre too long, never too short. Judgement, 2026-11.
    reach_margin_km: float = 0.001

    # Rungs. All judgement, 2026-11.
    side_by_side_relief: float = 1.0  # co-actors weigh less than an audience
    unfamiliarity_start: float = 4.0
    unfamiliarity_floor: float = 1.0  # help on arrival does not make a place known; visits do
    unfamiliarity_online: float = 0.5
    travel_rung_zero_minutes: float = 5.0
    commitment_rung_zero_minutes: float = 15.0
    commitment_bound: float = 1.0  # when one may not leave at any time
    commitment_regular: float = 1.0  # when one is expected every time
    commitment_trial_night: float = 2.0
    commitment_stay: float = 3.0

    # Group size: the part is one half at this many times the comfortable number. Judgement, 2026-11.
    group_half_at: float = 2.0

    # Comfort: prior means and standard deviations on the log-odds scale. Judgement, 2026-11.
    prior_base: float = 2.6
    prior_stretch: float = 0.8
    prior_edge: float = 0.35
    prior_base_sd: float = 0.7
    prior_stretch_sd: float = 0.4
    prior_edge_sd: float = 0.2
    drift_sd: float = 0.02  # people change: each lesson widens what we allow for. Judgement, 2026-11
    slope_floor: float = 0.02  # asking more is never believed to help. Judgement, 2026-11
    # y and weight of each lesson. Judgement, 2026-11.
    ok_y: float = 1.0
    ok_weight: float = 1.0
    left_early_y: float = 0.5
    left_early_weight: float = 0.5
    too_much_y: float = 0.0
    too_much_weight: float = 1.0
    answered_too_much_y: float = 0.0
    answered_too_much_weight: float = 0.5
    too_much_step_down: float = 0.5  # one half rung below what was too much. Judgement, 2026-11

    # Chance: the 80 % interval of a normal distribution.
    shown_z: float = 1.28

    # The step. Judgement, 2026-11.
    within_z: float = 1.28
    within_chance: float = 0.78
    stretch_chance: float = 0.80
    stretch_z: float = 1.0
    stretch_cautious_chance: float = 0.70
    small_stretch: tuple[float, float, float, float, float, float] = (0.5, 1.0, 1.0, 0.5, 0.5, 1.0)

    # Eligibility.
    declined_rest_days: float = 90.0  # judgement, 2026-11

    # Score. Judgement, 2026-11.
    interest_share: float = 0.35
    distance_share: float = 0.30
    group_size_share: float = 0.20
    familiarity_share: float = 0.15
    interest_unknown: float = 0.5
    familiarity_here: float = 1.0
    familiarity_organisation: float = 0.7
    menu_size: int = 3
    menu_organisations: int = 2

    # Allocation: who is offered which seat. Judgement, 2026-11, but for the futures (Ahani et al. 2021, who look back
    # over half a year) and the guards of the organisations' term (SmartSort: users who are unsure must not pay for it).
    waiting_per_week: float = 0.02
    waiting_most: float = 0.20
    organisation_per_visit: float = 0.10
    organisation_visits_most: float = 2.0
    organisation_chance_margin: float = 0.05
    organisation_doubt_most: float = 0.60  # the standard deviation √v of the log-odds
    organisation_keeps: float = 0.80  # of a person's own best score
    # The turn of those whom nobody visits. Judgement, 2026-11, by what the simulation showed (docs/scoring.md).
    turn_share: float = 0.10  # of those who are offered something that night
    turn_wanted: tuple[int, int] = (1, 2)  # people, in the first and the second half of the month
    turn_doubt_most: float = 0.75
    turn_keeps: float = 0.45  # of a person's own best score
    turn_interest_lost_most: float = 0.5
    turn_interest_weight: float = 1.0  # what lost interest counts beside a lost score
    turn_chance_weight: float = 5.0  # and a lost chance
    futures: int = 10
    past_weeks: int = 26
    past_cases_least: int = 200
    descent_rate: float = 0.1  # how far one night's use of seats moves a price before there are enough cases
    descent_first_price: float = 0.2


WEIGHTS = Weights()
