"""Means over seeds, paired differences with their intervals, and whether what was promised was kept."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
from scipy.stats import t as student

from matcher.simulation.measures import NAMES
from matcher.simulation.running import COMPARED, IN_TURN, KEEPS_STEPS, SETBACKS_TOO, Plan, Results, World

CONFIDENCE: Final = 0.95
PERCENT: Final = "%"
POINTS: Final = "points"
# What has to be reached, by sensitivity, besides doing no more harm than `safest` does.
OVERLOAD_MOST: Final = {0.8: 8.2, 1.2: 9.0, 1.6: 10.5}
TWICE_MOST: Final = {0.8: 25.0, 1.2: 25.0, 1.6: 29.0}
SERVED_LEAST: Final = 95.0
NEW_LEVEL_LEAST: Final = 1.6
SEATS_LEAST: Final = {
    "600x20, capacity 1.1": 98.5,
    "1500x20, capacity 1.1": 99.0,
    "600x30, capacity 0.5": 95.0,
}
ORGANISATION_MONTHS_MORE: Final = 30.0
BELOW_BEST_MOST: Final = 15.0
ERROR_MOST: Final = 0.03
SKILL_LEAST: Final = 85.0


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and its 95 % interval over seeds (Student's t); both ends are the mean where there is one seed."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Interval:
        """Of one value a seed."""
        mean = float(np.mean(values))
        if len(values) < 2:
            return cls(mean, mean, mean)
        error = float(np.std(values, ddof=1)) / math.sqrt(len(values))
        reach = error * float(student.ppf((1 + CONFIDENCE) / 2, len(values) - 1))
        return cls(mean, mean - reach, mean + reach)


@dataclass(frozen=True, slots=True)
class Limit:
    """Something promised: at most or at least so much, and what it came to."""

    name: str
    value: float
    unit: str
    limit: float
    ok: bool


Row = dict[str, float | str | bool]


def table(plan: Plan, results: Results) -> list[Row]:
    """One row a kind of world and policy: the mean of each measure, and its paired difference to `safest`."""
    return [
        _row(results, sensitivity, policy, rough=rough)
        for rough in (False, True)
        for sensitivity in plan.sensitivities
        for policy in (SETBACKS_TOO if rough else COMPARED)
    ]


def _row(results: Results, sensitivity: float, policy: str, *, rough: bool) -> Row:
    row: Row = {"world": "rough" if rough else "plain", "sensitivity": sensitivity, "policy": policy}
    for name in NAMES:
        found = Interval.of(_over_seeds(results, sensitivity, policy, name, rough=rough))
        row |= {name: found.mean, f"{name}_low": found.low, f"{name}_high": found.high}
        paired = Interval.of(_differences(results, sensitivity, policy, name, rough=rough))
        row |= {
            f"{name}_vs_safest": paired.mean,
            f"{name}_vs_safest_low": paired.low,
            f"{name}_vs_safest_high": paired.high,
        }
    return row


def _over_seeds(results: Results, sensitivity: float, policy: str, name: str, *, rough: bool) -> list[float]:
    return [
        float(getattr(measured, name))
        for (world, its), measured in sorted(results.years.items(), key=_by_seed)
        if its == policy and world.sensitivity == sensitivity and world.rough == rough
    ]


def _by_seed(item: tuple[tuple[World, str], object]) -> int:
    return item[0][0].seed


def _by_number(item: tuple[tuple[object, int], object]) -> int:
    return item[0][1]


def _differences(results: Results, sensitivity: float, policy: str, name: str, *, rough: bool) -> list[float]:
    mine = _over_seeds(results, sensitivity, policy, name, rough=rough)
    safest = _over_seeds(results, sensitivity, "safest", name, rough=rough)
    return [one - other for one, other in zip(mine, safest, strict=True)]


def limits(plan: Plan, results: Results) -> list[Limit]:
    """Everything promised, and whether it was kept."""
    made = list(_seats(plan, results))
    for sensitivity in plan.sensitivities:
        made += _people(plan, results, sensitivity)
        made += _organisations(plan, results, sensitivity) if plan.strict else ()
        made += _calibration(plan, results, sensitivity)
    events = results.events
    made.append(
        Limit("rules broken", float(results.broken.total()), f"in {events} events", 0.0, not results.broken)
    )
    if plan.events_wanted:
        enough = events >= plan.events_wanted
        made.append(Limit("events looked at, at least", float(events), "", float(plan.events_wanted), enough))
    return made


def _seats(plan: Plan, results: Results) -> Iterator[Limit]:
    for setting in plan.settings:
        values = [
            100 * one.shadow
            for (its, _seed), one in sorted(results.seats.items(), key=_by_number)
            if its == setting
        ]
        name = f"allocation of hindsight, at least: {setting.name}"
        yield _at_least(plan, name, values, SEATS_LEAST[setting.name])


def _people(plan: Plan, results: Results, sensitivity: float) -> Iterator[Limit]:
    def of(name: str, policy: str = KEEPS_STEPS) -> list[float]:
        return _over_seeds(results, sensitivity, policy, name, rough=False)

    where = f"sensitivity {sensitivity}"
    overload, twice = [100 * one for one in of("overload")], [100 * one for one in of("twice")]
    yield _at_most(plan, f"overload of visits, at most: {where}", overload, OVERLOAD_MOST[sensitivity])
    yield _at_most(plan, f"people with two or more, at most: {where}", twice, TWICE_MOST[sensitivity])
    yield _at_least(
        plan,
        f"served among the servable, at least: {where}",
        [100 * one for one in of("served")],
        SERVED_LEAST,
    )
    for name, said in (("overload", "overload beside safest"), ("twice", "two or more beside safest")):
        more = [100 * one for one in _differences(results, sensitivity, KEEPS_STEPS, name, rough=False)]
        yield _at_most(plan, f"{said}, at most: {where}", more, 0.0, POINTS)
    safest = max(1e-9, float(np.mean(of("new_level", "safest"))))
    new = [one / safest for one in of("new_level")]
    yield _at_least(plan, f"visits at a new level, at least: {where}", new, NEW_LEVEL_LEAST, "times safest")


def _organisations(plan: Plan, results: Results, sensitivity: float) -> Iterator[Limit]:
    """What the organisations' turn reaches, beside the same steps without it, and what people pay for it."""

    def more(name: str) -> list[float]:
        pairs = zip(
            _over_seeds(results, sensitivity, KEEPS_STEPS, name, rough=False),
            _over_seeds(results, sensitivity, IN_TURN, name, rough=False),
            strict=True,
        )
        return [100 * (one / max(1e-9, other) - 1) for one, other in pairs]

    where = f"sensitivity {sensitivity}"
    below = [100 * one for one in _over_seeds(results, sensitivity, KEEPS_STEPS, "below_best", rough=False)]
    months = more("organisation_months")
    yield _at_least(
        plan, f"organisation-months more than in turn, at least: {where}", months, ORGANISATION_MONTHS_MORE
    )
    yield _at_least(
        plan, f"visits that were all right beside in turn, at least: {where}", more("ok_visits"), -1.0
    )
    yield _at_most(plan, f"people below 80 % of their own best, at most: {where}", below, BELOW_BEST_MOST)


def _calibration(plan: Plan, results: Results, sensitivity: float) -> Iterator[Limit]:
    in_order = sorted(results.calibrations.items(), key=lambda item: item[0].seed)  # whichever was done first
    found = [one for world, one in in_order if world.sensitivity == sensitivity]
    where = f"sensitivity {sensitivity}"
    yield _at_most(plan, f"calibration error, at most: {where}", [one.error for one in found], ERROR_MOST, "")
    skill = [100 * one.skill for one in found]
    yield _at_least(plan, f"skill of what is known, at least: {where}", skill, SKILL_LEAST)


def _at_most(plan: Plan, name: str, values: Sequence[float], limit: float, unit: str = PERCENT) -> Limit:
    return _limit(plan, name, values, limit, unit, lambda found: found.low, lambda value: value <= limit)


def _at_least(plan: Plan, name: str, values: Sequence[float], limit: float, unit: str = PERCENT) -> Limit:
    return _limit(plan, name, values, limit, unit, lambda found: found.high, lambda value: value >= limit)


def _limit(
    plan: Plan,
    name: str,
    values: Sequence[float],
    limit: float,
    unit: str,
    kindest: Callable[[Interval], float],
    keeps: Callable[[float], bool],
) -> Limit:
    found = Interval.of(values)
    ok = keeps(found.mean) if plan.strict else keeps(found.mean) or keeps(kindest(found))
    return Limit(name, found.mean, unit, limit, ok)


def as_json(plan: Plan, results: Results, machine: Mapping[str, str | int]) -> dict[str, object]:
    """The result for machines: limits, rows, machine."""
    rows: list[Row] = [*table(plan, results)]
    for setting in plan.settings:
        shares = [
            one for (its, _seed), one in sorted(results.seats.items(), key=_by_number) if its == setting
        ]
        for way in ("shadow", "descent", "greedy"):
            found = Interval.of([getattr(one, way) for one in shares])
            rows.append({"allocation": setting.name, "policy": way, **asdict(found)})
    return {
        "limits": [asdict(one) for one in limits(plan, results)],
        "rows": rows,
        "machine": dict(machine),
        "broken": dict(results.broken),
    }
