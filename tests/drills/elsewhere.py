"""A Matcher beside the one that most drills share, for faults that would end the other."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.drills.checker import check, drain
from tests.drills.deployment import Deployment
from tests.drills.stage import Stage


@contextmanager
def elsewhere(stage: Stage, deployment: Deployment) -> Iterator[Stage]:
    """A stage of its own, checked like the other; what was found, done and measured there counts for this drill."""
    with deployment:
        other = Stage(deployment, stage.number, stage.seed, stage.quick, stage.streets)
        yield other
        drain(deployment)
        verdict = check(deployment, other.history)
        for found in (verdict.lost, verdict.double, verdict.overbooked, verdict.after_stop):
            stage.failures += found
        stage.failures += other.failures
        stage.recoveries += other.recoveries
        stage.commands_elsewhere += other.history.acknowledged()


def expect_whole_file(stage: Stage, file: Path) -> None:
    """SQLite itself finds nothing wrong with its file."""
    with closing(sqlite3.connect(file)) as connection:
        said = connection.execute("pragma integrity_check").fetchone()
    stage.expect(said == ("ok",), f"integrity_check says {said}")
