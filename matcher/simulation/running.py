"""Which worlds are lived through, on how many processors, and what comes back from each."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Final

from matcher.simulation.allocating import SETTINGS, Setting, Shares, try_year
from matcher.simulation.auditing import audit
from matcher.simulation.calibrating import Calibration, calibrate
from matcher.simulation.measures import Measures, measure
from matcher.simulation.policies import ASKED_ONCE
from matcher.simulation.world import SENSITIVITIES, Size, make
from matcher.simulation.year import Year

COMPARED: Final = (
    "random", "nearest", "interest", "greedy_score", "safest", "matcher", "omniscient", "matcher_greedy",
    ASKED_ONCE,
)  # fmt: skip
SETBACKS_TOO: Final = ("greedy_score", "safest", "matcher")
KEEPS_STEPS: Final = "matcher"
IN_TURN: Final = "matcher_greedy"  # the same steps, each in turn the best that is left


@dataclass(frozen=True, slots=True)
class World:
    """Which world: a seed, how sensitive people are, and whether things go wrong in it beyond that."""

    seed: int
    sensitivity: float
    rough: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What is tried. `strict`: a mean beyond a limit misses it; else only what is missed beyond chance does."""

    seeds: int = 20
    size: Size = field(default_factory=Size)
    sensitivities: tuple[float, ...] = SENSITIVITIES
    settings: tuple[Setting, ...] = SETTINGS
    seat_seeds: int = 20
    calibration_seeds: int = 20
    strict: bool = True
    events_wanted: int = 1_000_000

    def worlds(self) -> Iterator[World]:
        """Every world, plain ones first."""
        for rough in (False, True):
            for sensitivity in self.sensitivities:
                yield from (World(seed, sensitivity, rough) for seed in range(1, self.seeds + 1))

    def tasks(self) -> list[Task]:
        """Everything to do, each by itself."""
        made: list[Task] = [
            Task("year", world, policy=policy)
            for world in self.worlds()
            for policy in (SETBACKS_TOO if world.rough else COMPARED)
        ]
        made += [
            Task("seats", World(seed, 0.0, rough=False), setting=setting)
            for setting in self.settings
            for seed in range(1, self.seat_seeds + 1)
        ]
        made += [
            Task("calibration", World(seed, sensitivity, rough=False))
            for sensitivity in self.sensitivities
            for seed in range(1, self.calibration_seeds + 1)
        ]
        return made


QUICK: Final = Plan(
    seeds=6,
    size=Size(people=80),
    settings=SETTINGS[:1],
    seat_seeds=6,
    calibration_seeds=6,
    strict=False,
    events_wanted=0,
)


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to try."""

    kind: str
    world: World
    policy: str = ""
    setting: Setting | None = None


@dataclass(slots=True)
class Results:
    """Everything that came back."""

    years: dict[tuple[World, str], Measures] = field(default_factory=dict)
    seats: dict[tuple[Setting, int], Shares] = field(default_factory=dict)
    calibrations: dict[World, Calibration] = field(default_factory=dict)
    events: int = 0
    broken: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Found:
    """What one task gave."""

    year: Measures | None = None
    seats: Shares | None = None
    calibration: Calibration | None = None
    events: int = 0
    broken: Counter[str] = field(default_factory=Counter)


def try_one(task: Task, size: Size) -> Found:
    """Do one thing; the same task gives the same result."""
    if task.setting is not None:
        return Found(seats=try_year(task.setting, task.world.seed))
    world = make(task.world.seed, task.world.sensitivity, size, rough=task.world.rough)
    if task.kind == "calibration":
        return Found(calibration=calibrate(world))
    year = Year(world, task.policy)
    year.run()
    checked = audit(year, steps=task.policy == KEEPS_STEPS)
    return Found(year=measure(year), events=checked.events, broken=checked.broken)


def run(
    plan: Plan, on_done: Callable[[int], None] = lambda _done: None, processes: int | None = None
) -> Results:
    """Do everything, on as many processes as there are processors; `on_done` hears how many tasks are done."""
    results, tasks = Results(), plan.tasks()
    count = processes or os.cpu_count() or 1
    with closing(_one_by_one(plan, tasks) if count == 1 else _side_by_side(plan, tasks, count)) as found:
        for done, (task, one) in enumerate(found, start=1):
            _keep(results, task, one)
            on_done(done)
    return results


def _one_by_one(plan: Plan, tasks: list[Task]) -> Generator[tuple[Task, Found]]:
    for task in tasks:
        yield task, try_one(task, plan.size)


def _side_by_side(plan: Plan, tasks: list[Task], processes: int) -> Generator[tuple[Task, Found]]:
    for kind in {task.kind: task for task in tasks}.values():
        try_one(replace(kind, setting=kind.setting and Setting(60, 3, 1.1)), Size(3, 6, 4))
    # What was compiled just now is there in every process that is forked off; where none can be, each compiles anew.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else None)
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_end_when_told) as pool:
        try:
            waiting = {pool.submit(try_one, task, plan.size): task for task in tasks}
            for future in as_completed(waiting):
                yield waiting[future], future.result()
        except BaseException:
            # Whoever is told to end ends now, with what works for it: what is left would take up to an hour.
            pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.terminate()
            raise


def _end_when_told() -> None:
    """In a process of its own: forked off, it would deal with SIGTERM as the whole run does."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _keep(results: Results, task: Task, found: Found) -> None:
    if found.year is not None:
        results.years[task.world, task.policy] = found.year
    if found.seats is not None and task.setting is not None:
        results.seats[task.setting, task.world.seed] = found.seats
    if found.calibration is not None:
        results.calibrations[task.world] = found.calibration
    if task.policy == KEEPS_STEPS:
        results.events += found.events
        results.broken += found.broken
