"""A night's seats: the exact allocation beside OR-Tools' min-cost flow where it is installed, and beside each in turn."""

from __future__ import annotations

import time
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.crowd import SEED
from benchmarks.report import Report, Row
from matcher.scoring.allocation import Pairs, share_out
from matcher.scoring.compiled import is_available

FULL: Final = 100_000, 10_000
QUICK: Final = 10_000, 1_000
OPTIONS: Final = 20
SEATS_SHARE: Final = 0.5  # seats for half of the people: most sessions are wanted by more than they hold
UNIT: Final = 1e-6  # what a score is rounded to, for both solvers alike
SECONDS: Final = 5


def measure(report: Report, *, quick: bool) -> None:
    """Everybody has twenty options; the same total has to come out of both solvers."""
    quick = quick or not is_available()  # uncompiled the full size would take minutes
    people, sessions = QUICK if quick else FULL
    pairs, seats = instance(people, sessions)
    size = f"{people:,} people × {sessions:,} sessions × {OPTIONS} options"
    share_out(*instance(50, 10), 50)  # whatever is compiled at the first question does not count
    begun = time.perf_counter()
    found = share_out(pairs, seats, people, UNIT).pair
    seconds = time.perf_counter() - begun
    total = float(pairs.worth[found[found >= 0]].sum())
    report.add(Row("a night's seats, exactly", "Matcher", size, seconds, "s", f"worth {total:,.1f}"))
    if not quick:
        report.at_most("a night's seats, exactly", seconds, "s", SECONDS)
    greedy = each_in_turn(pairs, seats, people)
    report.add(
        Row("a night's seats, each in turn", "the best left", size, 100 * greedy / total, "%", "of the best")
    )
    if find_spec("ortools") is None:
        report.absent.append("OR-Tools")
        return
    begun = time.perf_counter()
    theirs = by_flow(pairs, seats, people)
    report.add(
        Row("a night's seats, exactly", "OR-Tools' min-cost flow", size, time.perf_counter() - begun, "s",
            f"worth {theirs:,.1f}")
    )  # fmt: skip
    apart = abs(theirs - total)
    report.at_most("a night's worth, apart from OR-Tools'", apart, "in all", UNIT)


def instance(people: int, sessions: int) -> tuple[Pairs, NDArray[np.int64]]:
    """So many people, each with options of their own, and the seats of each session."""
    r = np.random.default_rng(SEED + people)
    options = min(OPTIONS, sessions)
    session = np.concatenate([r.permutation(sessions)[:options] for _ in range(people)])
    person = np.repeat(np.arange(people), options)
    gives, gains = r.uniform(0.2, 1, sessions), r.uniform(0.2, 1, people)
    worth = np.clip(gains[person] * gives[session] + r.normal(0, 0.05, len(person)), 0.01, 1)
    seats = r.multinomial(round(people * SEATS_SHARE), np.full(sessions, 1 / sessions))
    return Pairs(person, session, np.round(worth / UNIT) * UNIT), seats


def each_in_turn(pairs: Pairs, seats: NDArray[np.int64], people: int) -> float:
    """What it comes to where everybody, in order, takes the best that is left."""
    left, total = seats.copy(), 0.0
    order = np.lexsort((-pairs.worth, pairs.person))
    has = np.zeros(people, np.bool_)
    for pair in order.tolist():
        i, j = pairs.person[pair], pairs.session[pair]
        if not has[i] and left[j] > 0:
            has[i], left[j], total = True, left[j] - 1, total + pairs.worth[pair]
    return total


def by_flow(pairs: Pairs, seats: NDArray[np.int64], people: int) -> float:
    """The same by OR-Tools: one unit from each person through at most one option to a seat, or past them all."""
    module: Any = import_module("ortools.graph.python.min_cost_flow")
    flow, sessions = module.SimpleMinCostFlow(), len(seats)
    sink = people + sessions
    cost = -np.round(pairs.worth / UNIT).astype(np.int64)
    everybody, each = np.arange(people), people + np.arange(sessions)
    options = flow.add_arcs_with_capacity_and_unit_cost(
        pairs.person, people + pairs.session, np.ones(len(cost), np.int64), cost
    )
    flow.add_arcs_with_capacity_and_unit_cost(
        each, np.full(sessions, sink), seats, np.zeros(sessions, np.int64)
    )
    flow.add_arcs_with_capacity_and_unit_cost(
        everybody, np.full(people, sink), np.ones(people, np.int64), np.zeros(people, np.int64)
    )
    supplies = np.concatenate([np.ones(people, np.int64), np.zeros(sessions, np.int64), [-people]])
    flow.set_nodes_supplies(np.arange(sink + 1), supplies)
    if flow.solve() != flow.OPTIMAL:
        raise RuntimeError("OR-Tools found no flow.")
    return float(pairs.worth[flow.flows(options) > 0].sum())
