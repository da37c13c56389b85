"""`matcher simulate`: invented people, the production rules, and a table of what came of it."""

from __future__ import annotations

import json
import os
import platform
import signal
import sys
from dataclasses import replace
from pathlib import Path
from types import FrameType

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from matcher.cli.result_file import ResultFile
from matcher.scoring.compiled import is_available
from matcher.simulation.comparing import Limit, as_json, limits, table
from matcher.simulation.report import COLUMNS, html
from matcher.simulation.running import QUICK, Plan, Results, run
from matcher.simulation.world import SENSITIVITIES

INTERVALS = ("overload", "served", "new_level")


@click.command()
@click.option("--quick", is_flag=True, help="A short run: few people and seeds, under a minute.")
@click.option("--seeds", type=click.IntRange(1, 1000), help="How many seeds a world (20; quick 6).")
@click.option(
    "--sensitivity",
    "sensitivities",
    type=click.Choice([str(one) for one in SENSITIVITIES]),
    multiple=True,
    help="Only worlds in which people are so sensitive (all three).",
)
@click.option(
    "--seats",
    type=click.IntRange(1, 1000),
    help="How many seats an opportunity has a week (20: hardly ever too few).",
)
@click.option("--json", "json_file", type=ResultFile(), help="Write the result here.")
@click.option("--html", "html_file", type=ResultFile(), help="Write a page here.")
@click.option("--processes", type=click.IntRange(min=1), help="How many processes (as many as processors).")
def simulate(
    quick: bool,
    seeds: int | None,
    sensitivities: tuple[str, ...],
    seats: int | None,
    json_file: Path | None,
    html_file: Path | None,
    processes: int | None,
) -> None:
    """Try the production rules on invented people, beside other ways of choosing. Ends with 1 when a limit is missed."""
    plan = QUICK if quick else Plan()
    if seeds is not None:
        plan = replace(plan, seeds=seeds, seat_seeds=seeds, calibration_seeds=seeds, events_wanted=0)
    if sensitivities:
        plan = replace(plan, sensitivities=tuple(map(float, sensitivities)), events_wanted=0)
    if seats is not None:
        plan = replace(plan, size=replace(plan.size, seats=seats))
    results = _watched(plan, processes)
    machine: dict[str, str | int] = {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count() or 1,
        "compiled": "yes" if is_available() else "no",
    }
    if json_file is not None:
        json_file.write_text(json.dumps(as_json(plan, results, machine), indent=1) + "\n", "utf-8")
    if html_file is not None:
        html_file.write_text(html(plan, results, machine), "utf-8")
    console, found = Console(width=None if sys.stdout.isatty() else 150), limits(plan, results)
    console.print(_figures(plan, results))
    console.print(_promises(found))
    for rule, count in results.broken.items():
        click.echo(f"Broken: {rule}, {count} times.", err=True)
    if not all(one.ok for one in found):
        sys.exit(1)


def _watched(plan: Plan, processes: int | None) -> Results:
    """Run with a progress bar on standard error, which keeps the tables clean."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    signal.signal(signal.SIGTERM, _end)
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("Living through invented years", total=len(plan.tasks()))
        return run(plan, lambda done: progress.update(bar, completed=done), processes)


def _end(_number: int, _frame: FrameType | None) -> None:
    """As Ctrl-C does: the processes that work for this one are not left behind."""
    raise SystemExit(128 + signal.SIGTERM)


def _figures(plan: Plan, results: Results) -> Table:
    made = Table(title="Means over seeds; ± is half the 95 % interval of the paired difference to `safest`")
    made.add_column("world, sensitivity, policy", no_wrap=True, min_width=len("plain, 1.2, greedy_score"))
    for name, _factor in COLUMNS:
        made.add_column(name.replace("_", " "), justify="right")
    for row in table(plan, results):
        cells = [f"{row['world']}, {row['sensitivity']}, {row['policy']}"]
        for name, factor in COLUMNS:
            cell = f"{factor * float(row[name]):.3g}"
            if name in INTERVALS:
                high, low = (factor * float(row[f"{name}_vs_safest_{end}"]) for end in ("high", "low"))
                cell += f" ±{(high - low) / 2:.2g}"
            cells.append(cell)
        made.add_row(*cells)
    return made


def _promises(found: list[Limit]) -> Table:
    made = Table(title="What was promised")
    for name in ("what", "came to", "limit", ""):
        made.add_column(name, justify="left" if name == "what" else "right")
    for one in found:
        made.add_row(
            one.name, f"{one.value:.4g} {one.unit}", f"{one.limit:g}", "kept" if one.ok else "missed"
        )
    return made
