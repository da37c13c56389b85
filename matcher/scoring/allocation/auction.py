"""An auction of seats whose bids settle at the best allocation there is, and at the price of a seat in each session.

People bid for the session that leaves them most after its price; a full session lets its lowest bid go; a session with
a seat left over lowers its price until somebody comes or nothing is left of it (Bertsekas and Castañon 1992, a forward and
reverse auction, with similar objects and ε-scaling). Everything is in whole units, so that the last step is exact.
Compiled where numba is installed; it makes no arrays and needs none but those of `Market`.
"""

from __future__ import annotations

from collections.abc import MutableSequence
from typing import Final, NamedTuple

NOBODY: Final = -1
STEP_DIVISOR: Final = (
    6  # how much finer each round of bids is; judgement, 2026-11: 4 to 10 take much the same time
)

Numbers = MutableSequence[int]


class Market(NamedTuple):
    """Who may bid for what, in whole units, and how things stand.

    Pairs of person i are `first[i]` to `first[i + 1]`, each of another session; `of_session` lists pairs by session, those
    of session j from `of_first[j]`; its seats are `seat_first[j]` to `seat_first[j + 1]`, where its bids stand as a heap, the
    lowest first. `chosen` is a pair a person or NOBODY. `queue` and `queued` have room for all people and all sessions.
    """

    first: Numbers
    session: Numbers
    person: Numbers
    value: Numbers
    of_first: Numbers
    of_session: Numbers
    seat_first: Numbers
    taken: Numbers
    bids: Numbers
    holders: Numbers
    price: Numbers
    chosen: Numbers
    queue: Numbers
    queued: Numbers


def run(market: Market, step: int, last_step: int) -> None:
    """Hold rounds of bids from `step` units down to `last_step`: the total is short of the best by at most
    `last_step` a person.
    """
    while True:
        _bid(market, step)
        _clear(market, step)
        if step <= last_step:
            break
        step = max(last_step, step // STEP_DIVISOR)


def _bid(market: Market, step: int) -> None:
    """Everybody bids until they have a seat or want none at these prices."""
    count = len(market.chosen)
    for i in range(count):
        market.chosen[i], market.queue[i] = NOBODY, count - 1 - i
    for j in range(len(market.taken)):
        market.taken[j] = 0
    while count > 0:
        count -= 1
        i = market.queue[count]
        best, second, pair = 0, 0, NOBODY  # no seat at all is worth 0
        for e in range(market.first[i], market.first[i + 1]):
            left = market.value[e] - market.price[market.session[e]]
            if left > best:
                best, second, pair = left, best, e
            elif left > second:
                second = left
        if pair == NOBODY:
            continue
        outbid = _place(market, market.session[pair], i, market.value[pair] - second + step)
        market.chosen[i] = pair
        if outbid != NOBODY:
            market.chosen[outbid], market.queue[count] = NOBODY, outbid
            count += 1


def _place(market: Market, j: int, i: int, bid: int) -> int:
    """Give person i a seat in session j; returns who loses theirs, or NOBODY."""
    root, seats = market.seat_first[j], market.seat_first[j + 1] - market.seat_first[j]
    outbid = NOBODY
    if market.taken[j] < seats:
        _rise(market, root, market.taken[j], i, bid)
        market.taken[j] += 1
    else:
        outbid = market.holders[root]
        _sink(market, root, seats, i, bid)
    if market.taken[j] == seats:
        market.price[j] = market.bids[root]
    return outbid


def _rise(market: Market, root: int, place: int, i: int, bid: int) -> None:
    while place > 0 and market.bids[root + (place - 1) // 2] > bid:
        above = (place - 1) // 2
        market.bids[root + place] = market.bids[root + above]
        market.holders[root + place] = market.holders[root + above]
        place = above
    market.bids[root + place], market.holders[root + place] = bid, i


def _sink(market: Market, root: int, seats: int, i: int, bid: int) -> None:
    place = 0
    while 2 * place + 1 < seats:
        below = 2 * place + 1
        if below + 1 < seats and market.bids[root + below + 1] < market.bids[root + below]:
            below += 1
        if market.bids[root + below] >= bid:
            break
        market.bids[root + place] = market.bids[root + below]
        market.holders[root + place] = market.holders[root + below]
        place = below
    market.bids[root + place], market.holders[root + place] = bid, i


def _clear(market: Market, step: int) -> None:
    """A session with a seat left over asks less, until somebody comes for it or it asks nothing."""
    count = 0
    for j in range(len(market.taken)):
        market.queued[j] = 0
        if market.price[j] > 0 and market.taken[j] < market.seat_first[j + 1] - market.seat_first[j]:
            market.queue[count], market.queued[j] = j, 1
            count += 1
    while count > 0:
        count -= 1
        j = market.queue[count]
        market.queued[j] = 0
        while market.price[j] > 0 and market.taken[j] < market.seat_first[j + 1] - market.seat_first[j]:
            left = _invite(market, j, step)
            if left != NOBODY and market.price[left] > 0 and market.queued[left] == 0:
                market.queue[count], market.queued[left] = left, 1
                count += 1


def _invite(market: Market, j: int, step: int) -> int:
    """Lower the price of session j as far as the keenest person needs; returns the session they leave, or NOBODY."""
    best, second, pair = 0, 0, NOBODY
    for place in range(market.of_first[j], market.of_first[j + 1]):
        e = market.of_session[place]
        now = market.chosen[market.person[e]]
        if now == e:
            continue
        has = market.value[now] - market.price[market.session[now]] if now != NOBODY else 0
        worth = market.value[e] - has
        if worth > best:
            best, second, pair = worth, best, e
        elif worth > second:
            second = worth
    if best <= step:
        market.price[j] = 0
        return NOBODY
    i = market.person[pair]
    before = market.chosen[i]
    market.price[j] = max(0, second - step)
    market.chosen[i] = pair
    market.taken[j] += 1
    if before == NOBODY:
        return NOBODY
    market.taken[market.session[before]] -= 1
    return market.session[before]
