"""One night's decision: who is offered which seat, by score, waiting, the organisations' turn and the price of a seat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from matcher.scoring.allocation.auction import NOBODY
from matcher.scoring.allocation.pairs import Bools, Floats, Ints, Pairs, share_out
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
    visits : of each pair the visits to its organisation this month.
    may_ask : of each person whether they may be written to now: open, nothing live, no rest, and the pace allows it.
    weeks_waiting : of each person the weeks since they were last offered something, or since they came.
    capacity, held : of each session its seats, and those that live invitations hold.
    """

    pairs: Pairs
    chance: Floats
    doubt: Floats
    visits: Floats
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


def organisation_term(night: Night) -> Floats:
    """What visits to its organisation this month take from each pair (0 or less), so that others are reached too.

    It chooses only among options as good for the person: near their best chance and no smaller a chance than what scores
    best, known well enough, and keeping most of their own best score. Where their best option is none of these, nothing
    is taken at all; and every other option loses as much as the most that one of these does, so that nothing worse ever
    gains by it.
    """
    pairs, people = night.pairs, night.people
    best_score, best_chance, own_chance, most = np.full((4, people), NOTHING)
    np.maximum.at(best_score, pairs.person, pairs.worth)
    np.maximum.at(best_chance, pairs.person, night.chance)
    first = pairs.worth >= best_score[pairs.person]
    np.maximum.at(own_chance, pairs.person[first], night.chance[first])
    alike = (
        (night.chance >= best_chance[pairs.person] - WEIGHTS.organisation_chance_margin - TOLERANCE)
        & (night.chance >= own_chance[pairs.person] - TOLERANCE)
        & (night.doubt <= WEIGHTS.organisation_doubt_most + TOLERANCE)
        & (pairs.worth >= WEIGHTS.organisation_keeps * best_score[pairs.person] - TOLERANCE)
    )
    steady = np.zeros(people, np.bool_)
    steady[pairs.person[alike & first]] = True
    taken = WEIGHTS.organisation_per_visit * np.minimum(WEIGHTS.organisation_visits_most, night.visits)
    np.maximum.at(most, pairs.person[alike], taken[alike])
    taken = np.where(alike, taken, most[pairs.person])
    return np.where(steady[pairs.person], -taken, 0.0)


def allocate(night: Night, prices: Floats) -> Ints:
    """Of each person the pair they are offered tonight, -1 where none: at most one, and no seat twice.

    Maximises the sum of `order_worth` less the price of the seat (`prices`, one a session, 0 where nobody else is
    expected). A seat that is worth more to somebody still to come is left for them.
    """
    asked = np.flatnonzero(night.may_ask[night.pairs.person])
    net = night.order_worth() - prices[night.pairs.session]
    offered = Pairs(night.pairs.person[asked], night.pairs.session[asked], net[asked])
    found = share_out(offered, night.free, night.people).pair
    return np.where(found == NOBODY, NOBODY, asked[found]) if len(asked) else found
