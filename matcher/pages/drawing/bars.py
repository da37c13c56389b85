"""Bars of one scale, in hundredths of the widest; a number that may not be told has no length."""

from __future__ import annotations

from collections.abc import Sequence

WIDEST = 100.0


def bars(numbers: Sequence[int | None]) -> tuple[float | None, ...]:
    """The length of a bar for each number from 0, None where it is not told.

    >>> bars([10, None, 40])
    (25.0, None, 100.0)
    >>> bars([None]), bars([0])
    ((None,), (0.0,))
    """
    most = max((number for number in numbers if number), default=0)
    return tuple(
        None if number is None else round(WIDEST * number / most, 2) if most else 0.0 for number in numbers
    )
