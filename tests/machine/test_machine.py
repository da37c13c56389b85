"""Whole histories by seed. More of them: `DRILL_HISTORIES=5000 make test ARGS=tests/machine`.

A failure prints its history; hypothesis keeps it and begins with it at the next run.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from matcher.storage.engine import Database
from tests.machine.machine import Machine

MORE = "DRILL_HISTORIES" in os.environ
HISTORIES, ACTS = int(os.environ.get("DRILL_HISTORIES", "400")), 30


@pytest.mark.timeout(0 if MORE else 1200)
def test_care_01_02_03_11_15_18_hold_in_every_history_whatever_dies(
    sqlite_database: Database, tmp_path: Path
) -> None:
    Machine.prepare(sqlite_database, tmp_path)
    chosen = settings(
        max_examples=HISTORIES, stateful_step_count=ACTS, deadline=None, suppress_health_check=list(HealthCheck),
        derandomize=not MORE,  # these few are the same each time: what they come to can be asked
        phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    )  # fmt: skip
    run_state_machine_as_test(Machine, settings=chosen)
    print(f"{HISTORIES} histories: {dict(Machine.seen)}")
    for reached in ("deaths", "letters", "accepted"):
        assert Machine.seen[reached], f"no history ever came to {reached}: {Machine.seen}"
