"""Writers of one SQLite file take turns, first come first served.

SQLite itself lets one writer in and has the others ask again after a while, in no order: beside busy workers a request can
ask for seconds and never be the lucky one. In one process a queue settles it; between processes SQLite still does.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """A fair lock. Who waits longer than `patience_seconds` goes on and leaves it to the database."""

    def __init__(self, patience_seconds: float) -> None:
        self._patience_seconds = patience_seconds
        self._mutex = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._taken = False

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for one's turn, and give it on at the end."""
        mine = self._wait()
        try:
            yield
        finally:
            if mine:
                self._pass_on()

    def _wait(self) -> bool:
        with self._mutex:
            if not self._taken:
                self._taken = True
                return True
            called = threading.Event()
            self._waiting.append(called)
        if called.wait(self._patience_seconds):
            return True
        with self._mutex:
            if called.is_set():  # called at the very last moment
                return True
            self._waiting.remove(called)
            return False

    def _pass_on(self) -> None:
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False
