"""One lane: some drills, one after the other, on one deployment; what came of each is one row of the table."""

from __future__ import annotations

import logging
import statistics
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

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

CUT_AT_COMMIT = 7  # the only drill that needs a wire of ours between Matcher and PostgreSQL


@dataclass(frozen=True)
class Lane:
    """Which drills, in which order."""

    numbers: tuple[int, ...]
    seed: int
    quick: bool
    calm_first: bool = False


@dataclass
class _Run:
    """The drills of one lane on its deployment."""

    deployment: Deployment
    lane: Lane
    streets: Streets = field(default_factory=Streets)
    dead: set[str] = field(default_factory=set)

    def play(self, drill: Drill) -> dict[str, Any]:
        """One drill, and what the checker found afterwards."""
        stage = self._stage(drill.number)
        began = time.monotonic()
        try:
            drill.play(stage)
        except Exception as error:  # noqa: BLE001 - one drill that breaks must not hide the others
            stage.failures.append(f"the drill itself: {type(error).__name__}: {error}")
        return self._row(drill, stage, began)

    def calm(self) -> tuple[dict[str, Any], dict[str, float]]:
        """Nothing goes wrong: how long effects take once every worker has read everybody."""
        stage = self._stage(0)
        stage.until(lambda: all("memory.ready" in one.said() for one in self.deployment.workers), "memory")
        since, began = time.time(), time.monotonic()
        with stage.crowd(2):
            time.sleep(stage.many(3, 30))
        row = self._row(Drill(0, "calm", "none", lambda _stage: None), stage, began)
        took = effect_seconds(self.deployment, since)
        return row, {"p50": statistics.median(took), "p99": took[int(len(took) * 0.99)]}

    def _stage(self, number: int) -> Stage:
        return Stage(self.deployment, number, self.lane.seed, self.lane.quick, self.streets, dead=self.dead)

    def _row(self, drill: Drill, stage: Stage, began: float) -> dict[str, Any]:
        drain(self.deployment)
        verdict = check(self.deployment, stage.history, dead=frozenset(self.dead))
        row = _row(drill, stage, verdict, time.monotonic() - began)
        said = f"drill {drill.number}: {'ok' if row['ok'] else 'NOT OK'} in {row['seconds']} s"
        print("\n  ".join([said, *row["found"]]), file=sys.stderr, flush=True)
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


def play_lane(lane: Lane) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """Rows, and how long effects took while all was well (empty where that was not asked for)."""
    set_up_logging(logging.WARNING)  # some drills work in this process, too
    rows: list[dict[str, Any]] = []
    calm: dict[str, float] = {}
    with (
        TemporaryDirectory() as folder,
        Deployment(Path(folder), wired=CUT_AT_COMMIT in lane.numbers) as deployment,
    ):
        run = _Run(deployment, lane)
        if lane.calm_first:
            row, calm = run.calm()
            rows.append(row)
        rows += [run.play(DRILLS[number]) for number in lane.numbers]
        for part in (deployment.api, *deployment.workers):
            if "Traceback" in part.said():
                print(part.said()[-4000:], file=sys.stderr)
    return rows, calm
