"""Builds the memory of a worker process in the background and keeps it current; until it is built nobody waits for it."""

from __future__ import annotations

import threading
import time
from typing import Final

import structlog

from matcher.domain.errors import kind_and_place
from matcher.services.memory import Memory
from matcher.storage.progress import Progress

LOOKS_EVERY_SECONDS: Final = 1.0  # as the relay does
TRIES_AGAIN_AFTER_SECONDS: Final = 5.0

log = structlog.get_logger()


class _Stopped(Exception):
    """The process ends while the memory is being built."""


class Remembering:
    """One thread in every worker process."""

    def __init__(self, memory: Memory, progress: Progress | None = None) -> None:
        self._memory = memory
        self._progress = progress
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="memory", daemon=True)

    def start(self) -> None:
        """Begin to build."""
        self._thread.start()

    def stop(self) -> None:
        """End, also in the middle of building."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        wait = 0.0
        while not self._stopped.wait(wait):
            try:
                if self._memory.ready:
                    self._memory.follow()
                else:
                    self._build()
                wait = LOOKS_EVERY_SECONDS
            except _Stopped:
                return
            except Exception as error:  # noqa: BLE001 - whatever it was, the next look may find it mended
                log.warning("memory.failed", error=kind_and_place(error))
                self._memory.failed(error)
                wait = TRIES_AGAIN_AFTER_SECONDS

    def _build(self) -> None:
        begun = time.monotonic()
        self._memory.build(self._hear)
        log.info("memory.ready", seconds=round(time.monotonic() - begun, 1))

    def _hear(self, done: int, total: int) -> None:
        if self._stopped.is_set():
            raise _Stopped
        if self._progress is not None:
            self._progress(done, total)
