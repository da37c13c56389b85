"""A progress bar on a terminal, for work that is worth watching; elsewhere nothing."""

from __future__ import annotations

import sys
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

WORTH_WATCHING: Final = 5_000  # rows; judgement, 2026-11: less is done before anybody has looked


class Bar:
    """Hears how many of how many; shows a bar on standard error from the first word to the last."""

    def __init__(self, label: str, at_least: int = WORTH_WATCHING) -> None:
        self._label = label
        self._at_least = at_least
        self._shown: Progress | None = None
        self._task = TaskID(0)

    def __call__(self, done: int, total: int) -> None:
        """Show how far it is."""
        if self._shown is None and sys.stderr.isatty() and self._at_least <= total != done:
            self._shown = Progress(
                TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
                console=Console(stderr=True), transient=True,
            )  # fmt: skip
            self._task = self._shown.add_task(self._label)
            self._shown.start()
        if self._shown is not None:
            self._shown.update(self._task, completed=done, total=total)
            if done >= total:
                self.close()

    def close(self) -> None:
        """Take the bar away."""
        if self._shown is not None:
            self._shown.stop()
            self._shown = None
