"""Small drawings of what each rung of an aspect is like, so that nobody has to think in numbers to say what is all right."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Final

from markupsafe import Markup

from matcher.domain.values import RUNG_MAX, RUNG_MIN, Aspect

# What one can choose: whole rungs, because a sentence in between would say nothing new.
RUNGS: Final = tuple(range(int(RUNG_MIN), int(RUNG_MAX) + 1))

# In units of the drawing; its width and height on the page are the stylesheet's.
WIDTH: Final = 96
HEIGHT: Final = 40
FLOOR: Final = 36
BESIDE: Final = 10  # from one person to the next in a row
ROW_MAX: Final = 8


def picture(aspect: str, rung: float) -> Markup:
    """The drawing of one rung, rounded down to a whole one; the sentence beside it says the same. An SVG."""
    shapes = "".join(_PAINTERS[Aspect(aspect)](math.floor(rung)))
    return Markup(  # noqa: S704 - every shape is drawn here, from numbers
        f'<svg class="sketch" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true" focusable="false">{shapes}</svg>'
    )


def nearest(rung: float) -> int:
    """The whole rung whose sentence is true of a rung in between: the lower one, never more than was said."""
    return min(RUNGS[-1], max(RUNGS[0], math.floor(rung)))


def _group(rung: int) -> Iterator[str]:
    """Oneself, and 1, 2, 4, 8 or 16 others in rows."""
    others = 2**rung
    yield _somebody(6, FLOOR, me=True)
    rows = math.ceil(others / ROW_MAX)
    for number in range(others):
        row, place = divmod(number, ROW_MAX)
        yield _somebody(16 + BESIDE * place - 5 * (rows - 1 - row), FLOOR - 16 * (rows - 1 - row))


def _interaction(rung: int) -> Iterator[str]:
    if rung == 0:
        yield _bubble(6, 6, 40)
        yield from (_line(14, y, 14 + length, y) for y, length in ((14, 24), (20, 16)))
        yield _bubble(54, 12, 30)
        yield _line(62, 22, 76, 22)
    elif rung == 1:
        yield _screen(8)
        yield from (_arc(50, 20, radius) for radius in (6, 12))
        yield _somebody(80, FLOOR, me=True)
    elif rung == 2:
        for x, me in ((24, True), (64, False)):
            yield _somebody(x, FLOOR, me=me)
            yield _line(x + 10, FLOOR, x + 18, FLOOR)
            yield _line(x + 14, FLOOR, x + 14, FLOOR - 8)
            yield _dot(x + 14, FLOOR - 10, 2.5)
    elif rung == 3:
        yield _somebody(20, FLOOR, me=True)
        yield _somebody(76, FLOOR)
        yield _bubble(28, 4, 18)
        yield _bubble(50, 4, 18)
    else:
        yield _somebody(14, FLOOR, me=True)
        yield _bubble(22, 4, 22)
        yield from (_somebody(58 + BESIDE * place, FLOOR) for place in range(4))


def _unfamiliarity(rung: int) -> Iterator[str]:
    """A door; the less may be new, the more stands beside it: somebody who waits, a seat to watch from, a companion."""
    yield from (_line(38, 6, 38, FLOOR), _line(38, 6, 58, 6), _line(58, 6, 58, FLOOR), _dot(54, 22, 1.5))
    yield _somebody(8, FLOOR, me=True)
    if rung == 0:
        yield _line(14, FLOOR + 1, 92, FLOOR + 1)
        yield _heart(76, 14)
    if rung <= 3:
        yield _somebody(66, FLOOR)
    if 1 <= rung <= 2:
        yield from (_line(76, 28, 90, 28), _line(78, 28, 78, FLOOR), _line(88, 28, 88, FLOOR))
    if rung == 1:
        yield _somebody(8 + BESIDE, FLOOR)


def _travel(rung: int) -> Iterator[str]:
    """A way whose length grows with the minutes: 5, 10, 20, 40, 80."""
    end = 22 + 16 * rung
    yield _somebody(6, FLOOR, me=True)
    yield f'<line class="way" x1="14" x2="{end - 4}" y1="{FLOOR}" y2="{FLOOR}"/>'
    yield _line(end, FLOOR, end, FLOOR - 18)
    yield f'<path class="flag" d="M{end} {FLOOR - 18}h8l-3 4 3 4h-8z"/>'


def _commitment(rung: int) -> Iterator[str]:
    """Faces of clocks: a quarter, a half, one whole hour, two, four."""
    if rung < 2:
        yield _clock(14, share=(rung + 1) / 4)
    else:
        yield from (_clock(14 + 22 * number, share=1) for number in range(2 ** (rung - 2)))


def _stimulation(rung: int) -> Iterator[str]:
    """From silence to loud: each rung one more wave."""
    yield _dot(12, 20, 4)
    yield from (_arc(12, 20, 4 + 5 * wave) for wave in range(1, rung + 1))


_PAINTERS: Final[dict[Aspect, Callable[[int], Iterator[str]]]] = {
    Aspect.group: _group,
    Aspect.interaction: _interaction,
    Aspect.unfamiliarity: _unfamiliarity,
    Aspect.travel: _travel,
    Aspect.commitment: _commitment,
    Aspect.stimulation: _stimulation,
}


def _somebody(x: float, floor: float, *, me: bool = False) -> str:
    """Head and shoulders, filled for oneself."""
    kind = "me" if me else "other"
    return (
        f'<circle class="{kind}" cx="{x}" cy="{floor - 11}" r="3"/>'
        f'<path class="{kind}" d="M{x - 4} {floor}v-3a4 4 0 0 1 8 0v3z"/>'
    )


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="stroke" x1="{x1}" x2="{x2}" y1="{y1}" y2="{y2}"/>'


def _dot(x: float, y: float, radius: float) -> str:
    return f'<circle class="me" cx="{x}" cy="{y}" r="{radius}"/>'


def _bubble(x: float, y: float, width: float) -> str:
    return f'<path class="other" d="M{x} {y}h{width}v14h-{width - 8}l-5 5v-5h-3z"/>'


def _screen(x: float) -> str:
    return f'<path class="other" d="M{x} 8h32v20h-32zM{x + 10} 34h12"/>'


def _arc(x: float, y: float, radius: float) -> str:
    """A wave to the right of a point."""
    reach = radius * math.sqrt(0.5)
    start, end = (f"{x + reach:.1f} {y + side * reach:.1f}" for side in (-1, 1))
    return f'<path class="stroke" d="M{start}A{radius} {radius} 0 0 1 {end}"/>'


def _heart(x: float, y: float) -> str:
    return f'<path class="me" d="M{x} {y + 8}l-6-6a3.5 3.5 0 0 1 6-4 3.5 3.5 0 0 1 6 4z"/>'


def _clock(x: float, *, share: float) -> str:
    """A clock's face, filled from the top as far as the time it takes."""
    face = f'<circle class="other" cx="{x}" cy="20" r="9"/>'
    if share >= 1:
        return face + f'<circle class="me" cx="{x}" cy="20" r="7"/>'
    turn = 2 * math.pi * share
    end = f"{x + 7 * math.sin(turn):.1f} {20 - 7 * math.cos(turn):.1f}"
    return face + f'<path class="me" d="M{x} 20V13A7 7 0 0 1 {end}z"/>'
