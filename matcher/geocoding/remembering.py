"""Answers of a geocoder, remembered for a while, so that the same address is asked once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Final

from matcher.domain.ports import Located

ANSWERS_MAX: Final = 2_000  # well under 1 MB; judgement, 2026-11
KEPT_SECONDS: Final = (
    24 * 3600.0
)  # places stay where they are, a mistaken answer should not; judgement, 2026-11

_Asked = tuple[str, str]


class Answers:
    """At most `most` answers, the least recently asked going first, each for `seconds`; threads may share one."""

    def __init__(
        self, elapsed: Callable[[], float], *, most: int = ANSWERS_MAX, seconds: float = KEPT_SECONDS
    ) -> None:
        self._elapsed = elapsed
        self._most = most
        self._seconds = seconds
        self._kept: OrderedDict[_Asked, tuple[float, Located]] = OrderedDict()
        self._lock = Lock()

    def get(self, asked: _Asked) -> Located | None:
        """The answer given before, unless it is too old."""
        with self._lock:
            kept_at, located = self._kept.get(asked, (0.0, None))
            if located is None:
                return None
            if self._elapsed() - kept_at >= self._seconds:
                del self._kept[asked]
                return None
            self._kept.move_to_end(asked)
            return located

    def keep(self, asked: _Asked, located: Located) -> None:
        """Remember an answer, forgetting the one asked for least recently when there are too many."""
        with self._lock:
            self._kept[asked] = (self._elapsed(), located)
            self._kept.move_to_end(asked)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
