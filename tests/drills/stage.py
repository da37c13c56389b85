"""What every drill plays on: the deployment, a seeded crowd of clients, and a stopwatch for getting over a fault."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.drills.checker import seconds_until_done
from tests.drills.clients import Client, Crowd, History
from tests.drills.deployment import Deployment
from tests.drills.town import Streets, Town

RECOVERS_WITHIN_SECONDS = 30.0


@dataclass
class Stage:
    """One drill's turn. `failures` are what its own look found beside the checker's; `figures` what it measured."""

    deployment: Deployment
    number: int
    seed: int
    quick: bool
    streets: Streets
    history: History = field(default_factory=History)
    dead: set[str] = field(default_factory=set)
    commands_elsewhere: int = 0
    faults: int = 0
    failures: list[str] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)
    recoveries: list[float] = field(default_factory=list)
    _clocks: list[threading.Thread] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = random.Random(f"{self.seed}/{self.number}")

    def many(self, quick: int, full: int) -> int:
        """How often, in a short and in a full run."""
        return quick if self.quick else full

    def client(self, history: History | None = None) -> Client:
        """A client of its own seed."""
        port = self.deployment.api.port
        return Client(port, self.history if history is None else history, random.Random(self.rng.random()))

    def town(self, name: str, people_a_street: int = 2) -> Town:
        """Settled and ready to play."""
        town = Town(self.deployment, self.client(), f"d{self.number}{name}", self.streets, people_a_street)
        town.settle()
        return town

    @contextmanager
    def crowd(self, towns: int = 5) -> Iterator[Crowd]:
        """Towns at play until the block ends; each finishes the street it is at."""
        crowd = Crowd()
        for index in range(towns):
            crowd.add(self.town(f"t{index}").play_street)
        try:
            yield crowd
        finally:
            crowd.stop()
            self.failures += [f"a client: {type(error).__name__}: {error}" for error in crowd.errors]
            for clock in self._clocks:
                clock.join()

    def fault(self, count: int = 1) -> None:
        """Something went wrong on purpose."""
        self.faults += count

    def time_recovery(self, but: Collection[str] = ()) -> None:
        """Start a stopwatch: how long until everything written before this moment has had its effect (`but` these ids)."""
        since = time.time()
        clock = threading.Thread(
            target=lambda: self.recoveries.append(seconds_until_done(self.deployment, since, but)),
            daemon=True,
        )
        self._clocks.append(clock)
        clock.start()

    def recover(self) -> None:
        """Wait until everything written so far has had its effect, and remember how long that took."""
        self.recoveries.append(seconds_until_done(self.deployment, time.time()))

    def expect(self, holds: bool, otherwise: str) -> None:
        """What this drill itself has to see."""
        if not holds:
            self.failures.append(otherwise)

    def until(self, there: Callable[[], object], what: str, seconds: float = 60.0) -> bool:
        """Wait for something; a failure of the drill when it does not come."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            if there():
                return True
            time.sleep(0.05)
        self.failures.append(f"{what} did not come within {seconds:.0f} s")
        return False
