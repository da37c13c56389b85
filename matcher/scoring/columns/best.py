"""A few best of many, sorted, the best first."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

NOBODY: Final = -1
NOTHING: Final = -1.0  # below every score: what has to be reached while there is still room


class Best(NamedTuple):
    """Scores, session starts in microseconds, places in the order of ids, and rows; `NOBODY` where there are fewer."""

    scores: NDArray[np.float64]
    starts: NDArray[np.int64]
    orders: NDArray[np.int64]
    rows: NDArray[np.int64]


def worst_of(best: Best) -> float:
    """What a score has to reach to be kept."""
    worst: float = best.scores[len(best.scores) - 1]
    return worst


def keep(best: Best, score: float, starts: int, order: int, row: int) -> None:
    """Put one where it belongs; the last gives way. Ties: the earlier session, then the smaller id (SCORING §7)."""
    place = len(best.scores) - 1
    if place < 0 or not _is_ahead(best, place, score, starts, order):
        return
    while place > 0 and _is_ahead(best, place - 1, score, starts, order):
        best.scores[place], best.starts[place] = best.scores[place - 1], best.starts[place - 1]
        best.orders[place], best.rows[place] = best.orders[place - 1], best.rows[place - 1]
        place -= 1
    best.scores[place], best.starts[place], best.orders[place], best.rows[place] = score, starts, order, row


def _is_ahead(best: Best, place: int, score: float, starts: int, order: int) -> bool:
    if score != best.scores[place]:
        return bool(score > best.scores[place])
    if starts != best.starts[place]:
        return bool(starts < best.starts[place])
    return bool(order < best.orders[place])
