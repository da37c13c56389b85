"""Carries due events from the outbox to the broker, so that a lost message is only ever late."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog

from matcher.domain.errors import kind_and_place
from matcher.services.audit import sealing
from matcher.services.outside import Outside
from matcher.services.upkeep import sweeping
from matcher.storage import outbox

LOOKS_EVERY_SECONDS: Final = 1.0  # ARCHITECTURE §4
TIDIES_EVERY_SECONDS: Final = 30.0
SENT_AGAIN_AFTER_SECONDS: Final = 5.0  # a message still waiting in the broker is not sent again each second
BATCH: Final = 500

log = structlog.get_logger()


class Relay:
    """One thread in every worker process."""

    def __init__(self, outside: Outside, send: Callable[[list[str]], object]) -> None:
        self._outside = outside
        self._send = send
        self._sent: dict[str, float] = {}
        self._wake = threading.Event()
        self._stopped = False
        self._tidied_at = float("-inf")
        self._sealed_until: datetime | None = None
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End after the look under way."""
        self._stopped = True
        self._wake.set()
        self._thread.join()

    def look(self) -> int:
        """Send what is due and not on its way; returns how many."""
        now = self._outside.clock()
        with self._outside.database.reading() as session:
            due = outbox.due(session, now, BATCH)
        moment = time.monotonic()
        self._sent = {one: at for one, at in self._sent.items() if moment - at < SENT_AGAIN_AFTER_SECONDS}
        fresh = [one for one in due if one not in self._sent]
        if fresh and self._send(fresh) is not False:
            self._sent.update(dict.fromkeys(fresh, moment))
        return len(fresh)

    def tidy(self) -> None:
        """Set aside what five starts could not end, begin the nightly sweep, seal the trail, each when its hour has come."""
        with self._outside.database.writing() as session:
            outbox.bury(session, self._outside.clock())
        with self._outside.database.writing() as session:
            sweeping.begin_if_due(session, self._outside.clock())
        self._seal()

    def _seal(self) -> None:
        """Once an hour; also when it was another process that did it."""
        now = self._outside.clock()
        if self._sealed_until != sealing.due_until(now):
            sealing.seal(self._outside.database, now)
            self._sealed_until = sealing.due_until(now)

    def _run(self) -> None:
        while not self._stopped:
            try:
                if time.monotonic() - self._tidied_at > TIDIES_EVERY_SECONDS:
                    self._tidied_at = time.monotonic()
                    self.tidy()
                full = self.look() >= BATCH
            except Exception as error:  # noqa: BLE001 - whatever it was, what is due must be carried on
                log.warning("relay.failed", error=kind_and_place(error))
                full = False
            if not full:
                self._wake.wait(LOOKS_EVERY_SECONDS)
                self._wake.clear()
