"""`make drills`: plays each fault on a whole Matcher, checks, and prints a table; exit status 1 when a limit is missed.

What measures how fast Matcher is, or needs the whole machine, is played alone. The others mostly wait, so two lanes of them
run beside one another, each on servers of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Collection
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from matcher.cli.result_file import why_not
from tests.drills.drill import DRILLS
from tests.drills.lane import Lane, play_lane
from tests.drills.stage import RECOVERS_WITHIN_SECONDS

QUICK = (1,)
ALONE = (16, 15)
BESIDE = ((1, 3, 5, 2, 10, 14), (4, 11, 13, 9, 17, 7, 8, 6, 12))
COUNTED = ("lost", "double", "overbooked", "after_stop")
COLUMNS = ("drill", "name", "faults", "commands", *COUNTED, "recovery_seconds", "seconds", "ok")


def play(
    numbers: Collection[int], *, seed: int, quick: bool, calm_first: bool = True, one_by_one: bool = False
) -> dict[str, Any]:
    """Play drills by number, after a calm while to compare with; give back limits, rows and machine."""
    before, began = machine(), time.monotonic()
    unplanned = tuple(one for one in numbers if one not in ALONE + sum(BESIDE, ()))
    assert not unplanned, f"no lane plays {unplanned}"
    alone = Lane(tuple(one for one in ALONE if one in numbers), seed, quick, calm_first)
    lanes = [Lane(tuple(one for one in lane if one in numbers), seed, quick) for lane in BESIDE]
    found = [play_lane(alone)] if alone.numbers or calm_first else []
    found += _beside([one for one in lanes if one.numbers], 1 if one_by_one else len(lanes))
    rows = sorted((row for some, _ in found for row in some), key=lambda row: int(row["drill"]))
    calm = next((one for _, one in found if one), {})
    whole = not quick and set(numbers) == set(DRILLS)
    seconds = time.monotonic() - began
    return {
        "limits": _limits(rows, calm, seconds, whole=whole), "rows": rows, "machine": before, "calm": calm,
        "totals": {**_total(rows, "commands", "faults"), "seconds": round(seconds, 1)},
    }  # fmt: skip


def _beside(lanes: list[Lane], at_once: int) -> list[tuple[list[dict[str, Any]], dict[str, float]]]:
    """Each lane in a process of its own: its clients must not wait for those of the other."""
    if len(lanes) == 1:
        return [play_lane(lanes[0])]
    with ProcessPoolExecutor(at_once, mp_context=get_context("spawn")) as pool:
        return list(pool.map(play_lane, lanes))


def _total(rows: list[dict[str, Any]], *names: str) -> dict[str, int]:
    return {name: sum(row[name] for row in rows) for name in names}


def _limits(
    rows: list[dict[str, Any]], calm: dict[str, float], seconds: float, *, whole: bool
) -> list[dict[str, Any]]:
    def limit(name: str, value: float, unit: str, bound: float, *, least: bool = False) -> dict[str, Any]:
        good = value >= bound if least else value <= bound
        return {"name": name, "value": round(value, 3), "unit": unit, "limit": bound, "ok": good}

    total = _total(rows, *COUNTED, "commands", "faults")
    slowest = max((row["recovery_seconds"] or 0.0 for row in rows), default=0.0)
    found = [limit(name, total[name], "", 0) for name in COUNTED]
    found.append(limit("recovery after any single fault", slowest, "s", RECOVERS_WITHIN_SECONDS))
    found.append(limit("drills not ok", sum(not row["ok"] for row in rows), "", 0))
    if whole:
        found.append(limit("acknowledged commands", total["commands"], "", 10_000, least=True))
        found.append(limit("faults", total["faults"], "", 50, least=True))
        found.append(limit("event to effect, p50", calm["p50"], "s", 0.3))
        found.append(limit("event to effect, p99", calm["p99"], "s", 3.0))
        found.append(limit("the whole run", seconds, "s", 1200.0))
    return found


def machine() -> dict[str, Any]:
    """Where the figures come from."""
    return {
        "cpus": os.cpu_count(), "load": os.getloadavg()[0], "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }  # fmt: skip


def show(result: dict[str, Any]) -> None:
    """The table, what drills measured, the totals, and each limit."""
    calm = ", ".join(f"{value:.3f} s ({name})" for name, value in result["calm"].items())
    console, table = Console(width=150), Table(title=f"Drills; event to effect while all is well {calm}")
    for column in COLUMNS:
        table.add_column(column.replace("_", " "))
    for row in result["rows"]:
        table.add_row(*(str(row[column]) for column in COLUMNS))
    console.print(table)
    for row in result["rows"]:
        if row["figures"]:
            figures = ", ".join(f"{name} {value:.3g}" for name, value in row["figures"].items())
            console.print(f"drill {row['drill']}: {figures}")
    total = result["totals"]
    console.print(f"{total['commands']} commands, {total['faults']} faults, {total['seconds']} s in all")
    for limit in result["limits"]:
        console.print(
            f"{'ok    ' if limit['ok'] else 'MISSED'} {limit['name']}: {limit['value']} {limit['unit']} "
            f"(limit {limit['limit']})"
        )


def main() -> None:
    """Read the arguments, play, show."""
    parser = argparse.ArgumentParser(prog="make drills", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a short set")
    parser.add_argument(
        "--one-by-one", action="store_true", help="no two at once, where cores are few or busy"
    )
    parser.add_argument("--json", type=Path, help="write the result to this file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--only", type=lambda text: [int(one) for one in text.split(",")], help="such as 1,5,13"
    )
    chosen = parser.parse_args()
    if why := why_not(chosen.json):
        parser.error(why)
    numbers = chosen.only or (QUICK if chosen.quick else sorted(DRILLS))
    result = play(numbers, seed=chosen.seed, quick=chosen.quick, one_by_one=chosen.one_by_one)
    show(result)
    if chosen.json:
        chosen.json.write_text(json.dumps(result, indent=1))
    sys.exit(0 if all(limit["ok"] for limit in result["limits"]) else 1)


if __name__ == "__main__":
    main()
