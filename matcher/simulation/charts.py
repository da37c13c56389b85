"""Small plots as SVG that needs nothing else: it reads in both colour schemes and says in words what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

WIDTH: Final = 640
ROW_HEIGHT: Final = 26
LEFT, RIGHT, TOP, BOTTOM = 150, 24, 12, 34
TICKS: Final = 5


@dataclass(frozen=True, slots=True)
class Dot:
    """One line of a plot: a name, a mean with its interval, and whether it is the one this is about."""

    name: str
    mean: float
    low: float
    high: float
    ours: bool = False


def dot_plot(title: str, unit: str, dots: Sequence[Dot], limit: float | None = None) -> str:
    """Means with intervals, one line each; a dashed line where something was promised."""
    if not dots:
        return ""
    most = max([dot.high for dot in dots] + ([limit] if limit is not None else [])) * 1.05 or 1.0
    height = TOP + ROW_HEIGHT * len(dots) + BOTTOM
    inside = [_grid(most, height, unit)]
    inside += [_line(place, dot, most) for place, dot in enumerate(dots)]
    if limit is not None:
        x = _x(limit, most)
        inside.append(f'<line class="limit" x1="{x}" x2="{x}" y1="{TOP}" y2="{height - BOTTOM}"/>')
    said = "; ".join(f"{dot.name} {dot.mean:.3g}" for dot in dots)
    return (
        f'<figure><figcaption>{escape(title)}</figcaption><svg viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{escape(title)}: {escape(said)}">{"".join(inside)}</svg></figure>'
    )


def _x(value: float, most: float) -> float:
    return round(LEFT + (WIDTH - LEFT - RIGHT) * max(0.0, value) / most, 1)


def _grid(most: float, height: int, unit: str) -> str:
    made = []
    for tick in range(TICKS + 1):
        value = most * tick / TICKS
        x = _x(value, most)
        made.append(f'<line class="grid" x1="{x}" x2="{x}" y1="{TOP}" y2="{height - BOTTOM}"/>')
        made.append(
            f'<text class="tick" x="{x}" y="{height - BOTTOM + 16}">{value:.3g} {escape(unit)}</text>'
        )
    return "".join(made)


def _line(place: int, dot: Dot, most: float) -> str:
    y = TOP + ROW_HEIGHT * place + ROW_HEIGHT // 2
    mark = "ours" if dot.ours else "other"
    return (
        f'<text class="name" x="{LEFT - 10}" y="{y + 4}">{escape(dot.name)}</text>'
        f'<line class="{mark}" x1="{_x(dot.low, most)}" x2="{_x(dot.high, most)}" y1="{y}" y2="{y}"/>'
        f'<circle class="{mark}" cx="{_x(dot.mean, most)}" cy="{y}" r="5"/>'
    )
