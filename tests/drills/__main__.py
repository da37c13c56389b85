"""`make drills`: plays each fault on a whole Matcher of its own, checks, and prints a table; exit status 1 when a limit is missed."""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import statistics
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from matcher.bootstrap import set_up_logging
from matcher.storage.tables import EventRow
from tests.drills import (  # noqa: F401 - each module puts its drills into the table
    broker_faults,
    clock_faults,
    crowds,
    database_faults,
    disk_faults,
    mail_faults,
    races,
    restoring,
    sqlite_faults,
    worker_faults,
)
from tests.drills.checker import Verdict, check, drain
from tests.drills.deployment import Deployment
from tests.drills.drill import DRILLS, Drill
from tests.drills.stage import RECOVERS_WITHIN_SECONDS, Stage
from tests.drills.town import Streets

QUICK = (1,)


@dataclass
class Run:
    """All drills of one run on one deployment."""

    deployment: Deployment
    seed: int
    quick: bool
    streets: Streets = field(default_factory=Streets)
    dead: set[str] = field(default_factory=set)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def play(self, drill: Drill) -> dict[str, Any]:
        """One drill, and what the checker found afterwards."""
        stage = Stage(self.deployment, drill.number, self.seed, self.quick, self.streets, dead=self.dead)
        began = time.monotonic()
        try:
            drill.play(stage)
        except Exception as error:  # noqa: BLE001 - one drill that breaks must not hide the others
            stage.failures.append(f"the drill itself: {type(error).__name__}: {error}")
        drain(self.deployment)
        verdict = check(self.deployment, stage.history, dead=frozenset(self.dead))
        row = _row(drill, stage, verdict, time.monotonic() - began)
        self.rows.append(row)
        return row


def _row(drill: Drill, stage: Stage, verdict: Verdict, seconds: float) -> dict[str, Any]:
    recovery = max(stage.recoveries, default=None)
    slow = recovery is not None and recovery > RECOVERS_WITHIN_SECONDS
    return {
        "drill": drill.number, "name": drill.name, "fault": drill.fault, "faults": stage.faults,
        "commands": stage.history.acknowledged() + stage.commands_elsewhere, "lost": len(verdict.lost), "double": len(verdict.double),
        "overbooked": len(verdict.overbooked), "after_stop": len(verdict.after_stop),
        "recovery_seconds": recovery and round(recovery, 1), "seconds": round(seconds, 1),
        "ok": verdict.clean and not stage.failures and not slow,
        "figures": stage.figures, "refused": dict(stage.history.refused),
        "found": [*verdict.lost, *verdict.double, *verdict.overbooked, *verdict.after_stop, *stage.failures][:20],
    }  # fmt: skip


def effect_seconds(deployment: Deployment, since: float) -> list[float]:
    """From an event that was due at once to its effect, for those written since a moment, sorted."""
    query = select(EventRow.created_at, EventRow.done_at).where(
        EventRow.created_at >= datetime.fromtimestamp(since, UTC),
        EventRow.available_at == EventRow.created_at,
    )
    with deployment.database.reading() as session:
        return sorted(
            (done - due).total_seconds() for due, done in session.execute(query) if done is not None
        )


def _calm(run: Run) -> dict[str, float]:
    """Nothing goes wrong: how long effects take."""
    stage = Stage(run.deployment, 0, run.seed, run.quick, run.streets)
    since = time.time()
    with stage.crowd(2):
        time.sleep(stage.many(3, 30))
    drain(run.deployment)
    verdict = check(run.deployment, stage.history)
    calm = Drill(0, "calm", "none", lambda _stage: None)
    run.rows.append(_row(calm, stage, verdict, time.time() - since))
    took = effect_seconds(run.deployment, since)
    return {"p50": statistics.median(took), "p99": took[int(len(took) * 0.99)]}


def _limits(rows: list[dict[str, Any]], calm: dict[str, float], *, whole: bool) -> list[dict[str, Any]]:
    def limit(name: str, value: float, unit: str, bound: float, *, least: bool = False) -> dict[str, Any]:
        good = value >= bound if least else value <= bound
        return {"name": name, "value": round(value, 3), "unit": unit, "limit": bound, "ok": good}

    total = {
        name: sum(row[name] for row in rows)
        for name in ("lost", "double", "overbooked", "after_stop", "commands", "faults")
    }
    slowest = max((row["recovery_seconds"] or 0.0 for row in rows), default=0.0)
    found = [limit(name, total[name], "", 0) for name in ("lost", "double", "overbooked", "after_stop")]
    found.append(limit("recovery after any single fault", slowest, "s", RECOVERS_WITHIN_SECONDS))
    found.append(limit("drills not ok", sum(not row["ok"] for row in rows), "", 0))
    if whole:
        found.append(limit("acknowledged commands", total["commands"], "", 10_000, least=True))
        found.append(limit("faults", total["faults"], "", 50, least=True))
        found.append(limit("event to effect, p50", calm["p50"], "s", 0.3))
        found.append(limit("event to effect, p99", calm["p99"], "s", 3.0))
        found.append(limit("the whole run", sum(row["seconds"] for row in rows), "s", 1200.0))
    return found


def machine() -> dict[str, Any]:
    """Where the figures come from."""
    return {
        "cpus": os.cpu_count(), "load": os.getloadavg()[0], "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }  # fmt: skip


def play(numbers: list[int], *, seed: int, quick: bool, calm_first: bool = True) -> dict[str, Any]:
    """Play drills by number, after a calm while to compare with; give back limits, rows and machine."""
    began = machine()
    with TemporaryDirectory() as folder, Deployment(Path(folder)) as deployment:
        run = Run(deployment, seed, quick)
        calm = _calm(run) if calm_first else {}
        for number in numbers:
            row = run.play(DRILLS[number])
            print(
                f"drill {number}: {'ok' if row['ok'] else 'NOT OK'} in {row['seconds']} s",
                *row["found"],
                sep="\n  ",
                file=sys.stderr,
            )
        for part in (deployment.api, *deployment.workers):
            if "Traceback" in part.said():
                print(part.said()[-4000:], file=sys.stderr)
    whole = not quick and set(numbers) == set(DRILLS)
    return {"limits": _limits(run.rows, calm, whole=whole), "rows": run.rows, "machine": began, "calm": calm}


def show(result: dict[str, Any]) -> None:
    """The table."""
    console, table = (
        Console(width=150),
        Table(
            title="Drills; event to effect while all is well "
            f"{result['calm']['p50']:.3f} s (p50), {result['calm']['p99']:.3f} s (p99)"
        ),
    )
    columns = (
        "drill",
        "name",
        "faults",
        "commands",
        "lost",
        "double",
        "overbooked",
        "after_stop",
        "recovery_seconds",
        "ok",
    )
    for column in columns:
        table.add_column(column.replace("_", " "))
    for row in result["rows"]:
        table.add_row(*(str(row[column]) for column in columns))
    console.print(table)
    for row in result["rows"]:
        if row["figures"]:
            figures = ", ".join(f"{name} {value:.3g}" for name, value in row["figures"].items())
            console.print(f"drill {row['drill']}: {figures}")
    for limit in result["limits"]:
        console.print(
            f"{'ok    ' if limit['ok'] else 'MISSED'} {limit['name']}: {limit['value']} {limit['unit']}"
        )


def main() -> None:
    """Read the arguments, play, show."""
    parser = argparse.ArgumentParser(prog="make drills", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a short set")
    parser.add_argument("--json", type=Path, help="write the result to this file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--only", type=lambda text: [int(one) for one in text.split(",")], help="such as 1,5,13"
    )
    chosen = parser.parse_args()
    set_up_logging(logging.WARNING)  # some drills work in this process, too
    numbers = chosen.only or (QUICK if chosen.quick else sorted(DRILLS))
    result = play(list(numbers), seed=chosen.seed, quick=chosen.quick)
    show(result)
    if chosen.json:
        chosen.json.write_text(json.dumps(result, indent=1))
    sys.exit(0 if all(limit["ok"] for limit in result["limits"]) else 1)


if __name__ == "__main__":
    main()
