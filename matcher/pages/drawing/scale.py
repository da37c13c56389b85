"""A line from 0 to 1, with room for a dot at either end."""

from __future__ import annotations

from typing import Any, Final

LEFT: Final = 4.0
LENGTH: Final = 200.0
WIDTH: Final = LENGTH + 2 * LEFT


def on_scale(part: float) -> float:
    """Where a number from 0 to 1 lies on the line, in its own units from the left edge of the drawing.

    >>> on_scale(0), on_scale(0.5), on_scale(1)
    (4.0, 104.0, 204.0)
    """
    return round(LEFT + LENGTH * part, 1)


ON_PAGES: Final[dict[str, Any]] = {"on_scale": on_scale, "scale_width": WIDTH}
"""What a template needs to draw on it."""
