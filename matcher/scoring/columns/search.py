"""The best people of one opportunity, the best opportunities of one person, and everybody's menu.

Everything here is compiled where numba is installed, and writes into arrays that its caller made. The worst of the best so far is
what others have to reach, which saves most of the work once the near ones are in.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matcher.scoring.columns.best import NOBODY, NOTHING, Best, keep, worst_of
from matcher.scoring.columns.encoding import NOT_NOW
from matcher.scoring.columns.listings import ONLINE_CELL, Listings
from matcher.scoring.columns.near import Near, add, near_cells, rows_of
from matcher.scoring.columns.pair import BOUND_MARGIN, Moment, judge
from matcher.scoring.columns.people import TIES, People
from matcher.scoring.kernel.distance import distance_part, travel_minutes
from matcher.scoring.kernel.step import INTEREST_UNKNOWN, score

MARGIN_KM: Final = 1e-6  # in the person's favour, wider than any rounding


def best_people(people: People, listings: Listings, j: int, now: Moment, best: Best, near: Near) -> int:
    """Fill `best` with the people whom opportunity j suits best; returns how many rows were looked at."""
    offer = listings.facts[j]
    if offer["online"]:
        count = add(near, 0, 0.0, 0, people.settled)
    else:
        count = near_cells(
            near, people.cells, people.starts, offer["latitude"], offer["longitude"], people.furthest
        )
    count = add(near, count, 0.0, people.settled, people.used)
    examined = 0
    for place in range(count):
        for i in range(near.first[place], near.end[place]):
            if people.rank[i] + MARGIN_KM < near.distance_km[place]:
                break  # the others of this cell travel no farther
            examined += 1
            if people.bars[i] & listings.bars[j]:
                continue
            found = judge(people, i, listings, j, now, worst_of(best))
            if found.score >= 0:
                keep(best, found.score, found.starts, people.order[i], i)
    return examined


def best_listings(
    people: People,
    rows: NDArray[np.int64],
    listings: Listings,
    now: Moment,
    made: Best,
    near: Near,
    other: Best,
) -> int:
    """Fill line n of `made` with the opportunities that suit the person of `rows[n]` best; returns how many were looked at.

    `other` has room for one. While it holds less than inf a line is a menu: where one organisation has every place of it,
    the last goes to the best of another (SCORING §7).
    """
    examined = 0
    mixed = other.scores[0] < math.inf
    for line in range(len(made.rows)):
        best = Best(made.scores[line], made.starts[line], made.orders[line], made.rows[line])
        if mixed:
            other.scores[0], other.rows[0] = NOTHING, NOBODY
        examined += _see_all(people, rows[line], listings, now, best, other, near)
        last = len(best.rows) - 1
        if mixed and best.rows[last] != NOBODY and other.rows[0] != NOBODY and _is_of_one(best, listings):
            best.scores[last], best.starts[last] = other.scores[0], other.starts[0]
            best.orders[last], best.rows[last] = other.orders[0], other.rows[0]
    return examined


def _is_of_one(best: Best, listings: Listings) -> bool:
    for place in range(1, len(best.rows)):
        if listings.facts[best.rows[place]]["organisation"] != listings.facts[best.rows[0]]["organisation"]:
            return False
    return True


def _see_all(
    people: People, i: int, listings: Listings, now: Moment, best: Best, other: Best, near: Near
) -> int:
    """Fill `best`, and `other` with the best of another organisation than the first of them.

    Those with a topic in common come first: they are few, and what they reach shuts out most of the others unseen.
    """
    person, topics = people.facts[i], people.topic_bits[i]
    agreed = person["consent_from"] <= now.micros < person["consent_until"]
    if not agreed or people.bars[i] & NOT_NOW:
        return 0
    count = _spans(people, i, listings, near)
    ceiling = people.beliefs[person["belief"]]["ceiling"]
    familiarity = 1.0 if people.extents[i, TIES + 1] > 0 else 0.0
    examined = 0
    for turn in range(2):
        interest = 1.0 if turn == 0 else INTEREST_UNKNOWN
        for place in range(count):
            near_part = near.distance_km[place]
            bound = score(ceiling, interest, near_part, 1.0, familiarity)
            if bound + BOUND_MARGIN < min(worst_of(best), other.scores[0]):
                continue
            bound_apart = score(ceiling, 0.0, near_part, 1.0, familiarity)
            examined += near.end[place] - near.first[place]
            for j in range(near.first[place], near.end[place]):
                its = listings.topic_bits[j]
                if people.bars[i] & listings.bars[j] or (topics & its == 0) != turn:
                    continue
                worst = min(worst_of(best), other.scores[0])
                if turn == 0 or topics == 0 or its == 0 or bound_apart + BOUND_MARGIN >= worst:
                    _see(people, i, listings, j, now, best, other)
    return examined


def _spans(people: People, i: int, listings: Listings, near: Near) -> int:
    """Every span of rows that person i may reach; instead of how near it is, the part of the score that this gives."""
    person = people.facts[i]
    count = near_cells(
        near,
        listings.cells,
        listings.starts,
        person["latitude"],
        person["longitude"],
        people.rank[i] + MARGIN_KM,
    )
    online, beyond = rows_of(listings.cells, listings.starts, ONLINE_CELL)
    count = add(near, count, 0.0, online, beyond)
    count = add(near, count, 0.0, listings.settled, listings.used)
    for place in range(count):
        minutes = travel_minutes(near.distance_km[place], person["mode"])
        near.distance_km[place] = distance_part(minutes, person["half_life_minutes"])
    return count


def _see(people: People, i: int, listings: Listings, j: int, now: Moment, best: Best, other: Best) -> None:
    """Judge one opportunity and keep it where it belongs."""
    found = judge(people, i, listings, j, now, min(worst_of(best), other.scores[0]))
    if found.score < 0:
        return
    first, organisation = best.rows[0], listings.facts[j]["organisation"]
    differs = first != NOBODY and listings.facts[first]["organisation"] != organisation
    score_before, starts_before, order_before = best.scores[0], best.starts[0], best.orders[0]
    keep(best, found.score, found.starts, listings.order[j], j)
    if differs and best.rows[0] == j:
        keep(other, score_before, starts_before, order_before, first)
    elif differs:
        keep(other, found.score, found.starts, listings.order[j], j)
