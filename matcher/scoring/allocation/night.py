"""What one night is about: who could be offered what, and what a pair counts in the order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from matcher.scoring.allocation.pairs import Bools, Floats, Ints, Pairs
from matcher.scoring.kernel.limits import TOLERANCE
from matcher.scoring.weights import WEIGHTS

NOTHING: Final = -np.inf


@dataclass(frozen=True, slots=True)
class Night:
    """What is decided about. Every pair has passed every gate: nothing here can let one through.

    Parameters
    ----------
    pairs : person, session and score.
    chance, doubt : of each pair the likely chance P, and √v of its log-odds.
    interest : of each pair the part of its score that is shared topics.
    organisation : of each pair its organisation, by number from 0.
    visits : of each organisation the visits this month.
    wanted : of each organisation how many people it still waits for (`people_wanted`).
    may_ask : of each person whether they may be written to now: open, nothing live, no rest, and the pace allows it.
    weeks_waiting : of each person the weeks since they were last offered something, or since they came.
    capacity, held : of each session its seats, and those that live invitations hold.
    """

    pairs: Pairs
    chance: Floats
    doubt: Floats
    interest: Floats
    organisation: Ints
    visits: Ints
    wanted: Ints
    may_ask: Bools
    weeks_waiting: Floats
    capacity: Ints
    held: Ints

    @property
    def people(self) -> int:
        """How many people there are."""
        return len(self.may_ask)

    @property
    def free(self) -> Ints:
        """Seats that nobody holds; a capacity lowered below what is held leaves none."""
        left: Ints = np.maximum(0, self.capacity - self.held)
        return left

    def order_worth(self) -> Floats:
        """Of each pair what it counts in the order: its score, the waiting and the organisations' turn."""
        waited = waiting_bonus(self.weeks_waiting)[self.pairs.person]
        return self.pairs.worth + waited + organisation_term(self)


def waiting_bonus(weeks: Floats) -> Floats:
    """What waiting adds: in the order only, never through a gate.

    >>> waiting_bonus(np.array([0.0, 3.0, 52.0])).tolist()
    [0.0, 0.06, 0.2]
    """
    bonus: Floats = np.minimum(WEIGHTS.waiting_most, WEIGHTS.waiting_per_week * weeks)
    return bonus


def people_wanted(visits: Ints, on_their_way: Ints, month_gone: float) -> Ints:
    """How many people each organisation still waits for: none once somebody came this month, else more the later it is.

    Parameters
    ----------
    visits : of each organisation the visits this month.
    on_their_way : of each organisation those who are invited and may still come.
    month_gone : the share of the month that is over, in [0, 1).

    >>> people_wanted(np.array([0, 0, 2]), np.array([0, 1, 0]), 0.5).tolist()
    [2, 1, 0]
    """
    most = WEIGHTS.turn_wanted[int(month_gone * len(WEIGHTS.turn_wanted))]
    found: Ints = np.where(visits > 0, 0, np.maximum(0, most - on_their_way))
    return found


def organisation_term(night: Night) -> Floats:
    """What visits to its organisation this month take from each pair (0 or less), so that others are reached too.

    It chooses only among options as good for the person: near their best chance, known well enough, and keeping most of
    their own best score. Where their best option is none of these, nothing is taken at all; and every other option loses
    as much as the most that one of these does, so that nothing worse ever gains by it.
    """
    pairs, people = night.pairs, night.people
    best_score, best_chance, most = np.full((3, people), NOTHING)
    np.maximum.at(best_score, pairs.person, pairs.worth)
    np.maximum.at(best_chance, pairs.person, night.chance)
    first = pairs.worth >= best_score[pairs.person]
    alike = (
        (night.chance >= best_chance[pairs.person] - WEIGHTS.organisation_chance_margin - TOLERANCE)
        & (night.doubt <= WEIGHTS.organisation_doubt_most + TOLERANCE)
        & (pairs.worth >= WEIGHTS.organisation_keeps * best_score[pairs.person] - TOLERANCE)
    )
    steady = np.zeros(people, np.bool_)
    steady[pairs.person[alike & first]] = True
    taken = WEIGHTS.organisation_per_visit * np.minimum(
        WEIGHTS.organisation_visits_most, night.visits[night.organisation]
    )
    np.maximum.at(most, pairs.person[alike], taken[alike])
    taken = np.where(alike, taken, most[pairs.person])
    return np.where(steady[pairs.person], -taken, 0.0)
