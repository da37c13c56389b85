"""What was measured: rows to read, limits to hold, and the machine it was measured on."""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Row:
    """One measurement. `note` says what one has to know to read it: a sample, a check, how many were found."""

    work: str
    by: str
    size: str
    value: float
    unit: str
    note: str = ""


@dataclass(frozen=True)
class Limit:
    """A limit that this run had to hold."""

    name: str
    value: float
    unit: str
    limit: float
    ok: bool


@dataclass
class Report:
    """Everything that one run measured."""

    rows: list[Row] = field(default_factory=list)
    limits: list[Limit] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    console: Console = field(default_factory=lambda: Console(stderr=True))

    def add(self, row: Row) -> float:
        """Keep a row and say it, so that a long run can be watched."""
        self.rows.append(row)
        self.console.print(
            f"  {row.work}, {row.by}: {row.value:,.3g} {row.unit}  {row.note}", highlight=False
        )
        return row.value

    def at_most(self, name: str, value: float, unit: str, limit: float) -> None:
        """Hold a value to a limit from above."""
        self.limits.append(Limit(name, value, unit, limit, value <= limit))

    def at_least(self, name: str, value: float, unit: str, limit: float) -> None:
        """Hold a value to a limit from below."""
        self.limits.append(Limit(name, value, unit, limit, value >= limit))

    @property
    def ok(self) -> bool:
        """Whether every limit was held."""
        return all(one.ok for one in self.limits)

    def show(self) -> None:
        """Print tables."""
        out = Console()
        table = Table("work", "by", "size", "value", "unit", "note", title="Measured")
        for row in self.rows:
            table.add_row(row.work, row.by, row.size, f"{row.value:,.3g}", row.unit, row.note)
        out.print(table)
        limits = Table("limit", "value", "unit", "wanted", "", title="Limits")
        for one in self.limits:
            limits.add_row(
                one.name, f"{one.value:,.3g}", one.unit, f"{one.limit:,.3g}", "ok" if one.ok else "MISSED"
            )
        out.print(limits)
        if self.absent:
            out.print("Absent and skipped: " + ", ".join(self.absent))
        out.print(str(machine()))

    def write(self, path: Path) -> None:
        """The same for a program."""
        found: dict[str, Any] = {
            "limits": [asdict(one) for one in self.limits], "rows": [asdict(one) for one in self.rows],
            "machine": {**machine(), "absent": self.absent},
        }  # fmt: skip
        path.write_text(json.dumps(found, indent=1) + "\n")


def machine() -> dict[str, Any]:
    """What the numbers were measured on, and what else it was busy with."""
    return {
        "cores": os.cpu_count(), "system": platform.system(), "processor": platform.machine(),
        "python": platform.python_version(), "load": [round(one, 1) for one in os.getloadavg()],
    }  # fmt: skip


@dataclass(frozen=True)
class Times:
    """How long each of several runs took, in seconds."""

    each: list[float]
    busy: float = (
        0.0  # seconds of this process's own work in all of them; the rest was waiting, for others too
    )

    @property
    def busy_ms(self) -> float:
        """Milliseconds of work that one took on average."""
        return 1000 * self.busy / len(self.each)

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.each)

    @property
    def p99(self) -> float:
        """All but one in a hundred took less."""
        return float(np.quantile(self.each, 0.99))


def timed(runs: list[Callable[[], Any]]) -> Times:
    """Run each once, in order, and measure each."""
    each, worked = [], time.process_time()
    for run in runs:
        begun = time.perf_counter()
        run()
        each.append(time.perf_counter() - begun)
    return Times(each, time.process_time() - worked)
