"""One night's decision: who is offered which seat, by score, waiting, the organisations' turn and the price of a seat."""

from __future__ import annotations

import numpy as np

from matcher.scoring.allocation.auction import NOBODY
from matcher.scoring.allocation.night import Night
from matcher.scoring.allocation.pairs import Bools, Floats, Ints, Pairs, share_out
from matcher.scoring.kernel.limits import TOLERANCE
from matcher.scoring.weights import WEIGHTS


def allocate(night: Night, prices: Floats) -> Ints:
    """Of each person the pair they are offered tonight, -1 where none: at most one, and no seat twice.

    Maximises the sum of `order_worth` less the price of the seat (`prices`, one a session, 0 where nobody else is
    expected). A seat that is worth more to somebody still to come is left for them. Then a few are led to organisations
    that nobody visits (`_led`); everybody else keeps what they were offered, and what those few leave goes to others.
    """
    net = night.order_worth() - prices[night.pairs.session]
    offered = _shared_out(night, net, night.may_ask, night.free)
    led = _led(night, net, offered)
    if (led == NOBODY).all():
        return offered
    found = np.where(led == NOBODY, offered, led)
    left = night.free - _count(night.pairs.session, found, len(night.capacity))
    others = _shared_out(night, net, night.may_ask & (offered == NOBODY), left)
    return np.where(found == NOBODY, others, found)


def _shared_out(night: Night, net: Floats, who: Bools, free: Ints) -> Ints:
    asked = np.flatnonzero(who[night.pairs.person])
    worth = Pairs(night.pairs.person[asked], night.pairs.session[asked], net[asked])
    found = share_out(worth, free, night.people).pair
    return np.where(found == NOBODY, NOBODY, asked[found]) if len(asked) else found


def _led(night: Night, net: Floats, offered: Ints) -> Ints:
    """Of each person the pair they are led to instead, for the sake of an organisation that nobody visits; -1 where none.

    Only a few of those who are offered something, those whom it costs least, and only to a seat that nobody else was
    offered. Nobody is led away from an organisation that is itself waiting for them.
    """
    led = np.full(night.people, NOBODY)
    most = int(WEIGHTS.turn_share * (offered != NOBODY).sum() + TOLERANCE)
    if not most or not night.wanted.any():
        return led
    offers = _count(night.organisation, offered, len(night.wanted))
    left = night.free - _count(night.pairs.session, offered, len(night.capacity))
    for pair in _cheapest_first(night, net, offered).tolist():
        person, session, to = night.pairs.person[pair], night.pairs.session[pair], night.organisation[pair]
        away = night.organisation[offered[person]]
        comes = led[person] == NOBODY and left[session] > 0 and offers[to] < night.wanted[to]
        if comes and offers[away] > night.wanted[away]:
            led[person] = pair
            left[session] -= 1
            offers[to], offers[away] = offers[to] + 1, offers[away] - 1
            most -= 1
        if not most:
            break
    return led


def _cheapest_first(night: Night, net: Floats, offered: Ints) -> Ints:
    """The pairs somebody could be led to, those that cost their person least first: score, interest, and chance much more.

    They are near the best chance this person has, keep about half of their own best score and no less than half of what
    they like, and enough is known of them.
    """
    pairs = night.pairs
    own = offered[pairs.person]
    best_score, best_chance = np.full((2, night.people), -np.inf)
    np.maximum.at(best_score, pairs.person, pairs.worth)
    np.maximum.at(best_chance, pairs.person, night.chance)
    chance_lost, interest_lost = night.chance[own] - night.chance, night.interest[own] - night.interest
    possible = np.flatnonzero(
        (own != NOBODY)
        & (net > 0)
        & (night.wanted[night.organisation] > 0)
        & (night.organisation != night.organisation[own])
        & (night.chance >= best_chance[pairs.person] - WEIGHTS.organisation_chance_margin - TOLERANCE)
        & (interest_lost <= WEIGHTS.turn_interest_lost_most + TOLERANCE)
        & (night.doubt <= WEIGHTS.turn_doubt_most + TOLERANCE)
        & (pairs.worth >= WEIGHTS.turn_keeps * best_score[pairs.person] - TOLERANCE)
    )
    lost = WEIGHTS.turn_chance_weight * chance_lost + WEIGHTS.turn_interest_weight * interest_lost
    cost = pairs.worth[own] - pairs.worth + lost
    found: Ints = possible[np.argsort(cost[possible], kind="stable")]
    return found


def _count(number: Ints, chosen: Ints, length: int) -> Ints:
    """How often each number stands among the chosen pairs."""
    return np.bincount(number[chosen[chosen != NOBODY]], minlength=length)
