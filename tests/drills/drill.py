"""A drill: which fault, and how it is played."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.drills.stage import Stage


@dataclass(frozen=True)
class Drill:
    """One line of the table."""

    number: int
    name: str
    fault: str
    play: Callable[[Stage], None]


DRILLS: dict[int, Drill] = {}


def drill(number: int, name: str, fault: str) -> Callable[[Callable[[Stage], None]], Callable[[Stage], None]]:
    """Put a function into the table of drills."""

    def enter(play: Callable[[Stage], None]) -> Callable[[Stage], None]:
        DRILLS[number] = Drill(number, name, fault, play)
        return play

    return enter
