"""Whole histories by seed. More of them: `DRILL_HISTORIES=5000 make test ARGS=tests/machine`.

A failure prints its history; hypothesis keeps it and begins with it at the next run.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from matcher.storage.engine import Database
from tests.machine.machine import Machine

MORE = "DRILL_HISTORIES" in os.environ
HISTORIES, ACTS = int(os.environ.get("DRILL_HISTORIES", "2000")), 30
PARTS = 12  # so that every process of a test run has some
COLLECT_AFTER = (100_000, 50, 100)  # seldom: a history leaves little behind, and looking for it took a tenth


@pytest.fixture
def _seldom_collecting() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(*COLLECT_AFTER)
    yield
    gc.set_threshold(*before)


@pytest.mark.usefixtures("_seldom_collecting")
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.timeout(0 if MORE else 1200)
def test_care_01_02_03_11_15_18_hold_in_every_history_whatever_dies(
    sqlite_database: Database, tmp_path: Path, part: int
) -> None:
    Machine.prepare(sqlite_database, tmp_path)
    histories = HISTORIES // PARTS + (part < HISTORIES % PARTS)
    chosen = settings(
        max_examples=histories, stateful_step_count=ACTS, deadline=None, suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    )  # fmt: skip
    if not MORE:
        seed(part)(Machine)  # these few are the same each time: what they come to can be asked
    run_state_machine_as_test(Machine, settings=chosen)
    print(f"{histories} histories: {dict(Machine.seen)}")
    for reached in ("deaths", "letters", "accepted"):
        assert Machine.seen[reached], f"no history ever came to {reached}: {Machine.seen}"
