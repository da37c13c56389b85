"""A run that is told to end leaves no process of its own behind."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.journeys.client import until
from tests.journeys.processes import Process


def test_sigterm_ends_the_processes_that_work_for_it_too(tmp_path: Path) -> None:
    with Process("simulate", ["simulate", "--processes", "2"], tmp_path, {}) as running:
        until(lambda: len(_children(running.number)) >= 2, "two processes")
        children = _children(running.number)
        assert running.stop() == 128 + signal.SIGTERM
    until(lambda: not any(map(_lives, children)), "their end")


def _children(parent: int) -> list[int]:
    found = Path(f"/proc/{parent}/task/{parent}/children").read_text()
    return [int(one) for one in found.split()]


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
