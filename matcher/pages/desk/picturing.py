"""What the pictures of the desk are drawn from, and the same line by line for whoever does not see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from matcher.domain.card import Card
from matcher.domain.person import Person
from matcher.domain.values import Aspect, Rungs
from matcher.pages.drawing.rings import Rings, ring_minutes, rings
from matcher.pages.drawing.staircase import Staircase, staircase
from matcher.scoring.distance import reach_km
from matcher.services.desk.ladder import Ladder


@dataclass(frozen=True, slots=True)
class Side:
    """One aspect of the ladder: its picture, and the comfortable rungs at its two ends."""

    aspect: Aspect
    picture: Staircase
    first: float
    now: float


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table beside the pictures: an `outcome` of a visit, or None where a comfortable rung moved or, `again`,
    was said to be as before.
    """

    at: datetime
    outcome: str | None
    title: str
    rungs: Rungs
    again: bool = False


def sides(ladder: Ladder) -> tuple[Side, ...]:
    """The six pictures, in the order of `Aspect`."""
    return tuple(_side(ladder, aspect) for aspect in Aspect)


def _side(ladder: Ladder, aspect: Aspect) -> Side:
    path = [(at.timestamp(), getattr(rungs, aspect)) for at, rungs in ladder.path]
    lived = [(one.at.timestamp(), getattr(one.asked, aspect), one.outcome) for one in ladder.visits]
    return Side(
        aspect, staircase(path, lived, ladder.until.timestamp()), path[0][1], getattr(ladder.now, aspect)
    )


def lines(ladder: Ladder) -> tuple[Line, ...]:
    """Everything the pictures show, as lines of a table, oldest first; a visit before what it moved."""
    lived = [Line(one.at, one.outcome, one.title, one.asked) for one in ladder.visits]
    before = [None, *(rungs for _, rungs in ladder.path)]
    moved = [
        Line(at, None, "", rungs, again=rungs == last)
        for (at, rungs), last in zip(ladder.path, before, strict=False)
    ]
    return tuple(sorted([*lived, *moved], key=lambda one: one.at))


def around(person: Person, cards: Sequence[Card]) -> Rings | None:
    """Where the places of some proposals lie around somebody's start point; None where nobody has to go anywhere."""
    places = [_point(card) for card in cards]
    if not any(places):
        return None
    start = person.start_point.snapped()
    minutes = ring_minutes(person.travel.max_minutes)
    reach = {each: reach_km(replace(person.travel, max_minutes=float(each))) for each in minutes}
    return rings((start.latitude, start.longitude), places, reach)


def _point(card: Card) -> tuple[float, float] | None:
    if card.online or card.latitude is None or card.longitude is None:
        return None
    return card.latitude, card.longitude
