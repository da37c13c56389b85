"""One person and one opportunity by their rows: the rules of the kernel in the order in which they reject most for least.

Everything here is compiled where numba is installed, so the kernel's functions are called by their own names.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.scoring.columns.encoding import DECLINED_AT, EXCLUDED, INTRODUCED, OK_WITH
from matcher.scoring.columns.listings import ITS_TOPICS, SESSIONS, Listings
from matcher.scoring.columns.people import FREE, TIES, TOPICS, People
from matcher.scoring.columns.words import Clocks
from matcher.scoring.kernel.comfort import likely, moments
from matcher.scoring.kernel.distance import distance_part, haversine_km, travel_minutes
from matcher.scoring.kernel.limits import (
    age_outside,
    declined_lately,
    exceeds,
    group_too_large,
    inside_free_time,
)
from matcher.scoring.kernel.rungs import group_size_part, travel_rung, unfamiliarity_rung
from matcher.scoring.kernel.step import (
    NO_STEP,
    beyond_one_step,
    familiarity_part,
    interest_part,
    next_step,
    score,
)

NOT_OFFERED_SCORE: Final = -1.0
BOUND_MARGIN: Final = 1e-9  # a bound of a score is computed in another order than the score itself
WORD_BITS: Final = 63
MICROS_PER_MINUTE: Final = 60_000_000
MICROS_PER_DAY: Final = 24 * 60 * MICROS_PER_MINUTE
MINUTES_PER_DAY: Final = 24 * 60
FIRST_WEEKDAY: Final = 3  # 1970-01-01 was a Thursday


class Moment(NamedTuple):
    """When it is: microseconds since 1970, the calendar year in which ages are counted, and the clocks of all zones.

    `soonest` is the first microsecond at which a session may begin.
    """

    micros: int
    year: int
    clocks: Clocks
    soonest: int


class Found(NamedTuple):
    """The score, or `NOT_OFFERED_SCORE`; and the start of the session in microseconds."""

    score: float
    starts: int


def judge(people: People, i: int, listings: Listings, j: int, now: Moment, worst: float) -> Found:
    """What `evaluate` says of person i and opportunity j, for those who did not ask themselves.

    Not offered also where the score cannot reach `worst`.
    """
    if not _gates_open(people, i, listings, j, now):
        return Found(NOT_OFFERED_SCORE, 0)
    session = _session(people, i, listings, j, now)
    if session < 0:
        return Found(NOT_OFFERED_SCORE, 0)
    person, offer = people.facts[i], listings.facts[j]
    commitment = listings.sessions[session, 2] / 2
    least = offer["group_rung"], float(offer["interaction"]), 0.0, 0.0, commitment, offer["stimulation"]
    if beyond_one_step(least, person["rungs"], person["last_two_ok"], person["recovering"]):
        return Found(NOT_OFFERED_SCORE, 0)  # most are; how far away it is need not be reckoned
    minutes = 0.0
    if not offer["online"]:
        distance = haversine_km(
            person["latitude"], person["longitude"], offer["latitude"], offer["longitude"]
        )
        minutes = travel_minutes(distance, person["mode"])
        if exceeds(minutes, person["max_minutes"]):
            return Found(NOT_OFFERED_SCORE, 0)
    return Found(
        _score(people, i, listings, j, now, minutes, commitment, worst), listings.sessions[session, 0]
    )


def _gates_open(people: People, i: int, listings: Listings, j: int, now: Moment) -> bool:
    """Every gate that a few comparisons of numbers decide; the bars go first, which reject most."""
    if people.bars[i] & listings.bars[j]:
        return False
    person, offer = people.facts[i], listings.facts[j]
    if group_too_large(offer["group_max"], person["max_group_size"], offer["online"], offer["interaction"]):
        return False
    if age_outside(now.year - person["birth_year"], offer["age_min"], offer["age_max"]):
        return False
    for word in range(people.needs.shape[1]):
        met = listings.met[j, word] if word < listings.met.shape[1] else 0
        if people.needs[i, word] & ~met:
            return False
    if not offer["any_language"]:
        word, bit = person["language"] // WORD_BITS, person["language"] % WORD_BITS
        if word >= listings.languages.shape[1] or not (listings.languages[j, word] >> bit) & 1:
            return False
    return bool(person["consent_from"] <= now.micros < person["consent_until"])


def _session(people: People, i: int, listings: Listings, j: int, now: Moment) -> int:
    """The earliest session that is still to come and in a time that is free; -1 where there is none or a fact is missing."""
    any_time = not listings.facts[j]["dated"] or people.extents[i, FREE + 1] == 0
    first = listings.extents[j, SESSIONS]
    for session in range(first, first + listings.extents[j, SESSIONS + 1]):
        if listings.sessions[session, 0] < now.soonest:
            continue
        if any_time or _is_free(people, i, listings.sessions[session], now):
            return session if listings.sessions[session, 2] >= 0 else -1
    return -1


def _is_free(people: People, i: int, session: NDArray[np.int64], now: Moment) -> bool:
    zone = people.facts[i]["zone"]
    start_day, start = _local(session[0], now.clocks, zone)
    end_day, end = _local(session[1], now.clocks, zone)
    end += MINUTES_PER_DAY * (end_day - start_day)
    weekday = (start_day + FIRST_WEEKDAY) % 7
    first = people.extents[i, FREE]
    for span in range(first, first + people.extents[i, FREE + 1]):
        free = people.free[span]
        if inside_free_time(weekday, start, end, free[0], free[1], free[2]):
            return True
    return False


def _local(micros: int, clocks: Clocks, zone: int) -> tuple[int, float]:
    """The day since 1970 and the minute of that day by the clock of a zone."""
    change = 0
    while change + 1 < clocks.since.shape[1] and clocks.since[zone, change + 1] <= micros:
        change += 1
    local = micros + clocks.offset[zone, change]
    day = local // MICROS_PER_DAY
    return day, (local - day * MICROS_PER_DAY) / MICROS_PER_MINUTE


def _score(
    people: People, i: int, listings: Listings, j: int, now: Moment, minutes: float, commitment: float,
    worst: float,
) -> float:  # fmt: skip
    """The score of a pair that passed all gates but its past and its step; `NOT_OFFERED_SCORE` where one of them fails."""
    person, offer = people.facts[i], listings.facts[j]
    belief, online, interaction = people.beliefs[person["belief"]], offer["online"], offer["interaction"]
    welcomes, ok_here, ok_with = int(offer["welcomes"]), 0, 0
    if person["companion"]:
        if offer["companion"] < 0:
            return NOT_OFFERED_SCORE
        welcomes += offer["companion"]
    if people.extents[i, TIES + 1] > 0:
        barred, introduced, ok_here, ok_with = _ties(people, i, offer, now)
        if barred:
            return NOT_OFFERED_SCORE
        welcomes += introduced + ok_with
    rungs, ceiling = person["rungs"], belief["ceiling"]
    distance = distance_part(minutes, person["half_life_minutes"])
    group_size = group_size_part(offer["typical"], rungs[0], online, interaction)
    familiarity = familiarity_part(ok_here, ok_with > 0)
    if score(ceiling, 1.0, distance, group_size, familiarity) + BOUND_MARGIN < worst:
        return NOT_OFFERED_SCORE
    interest = _interest(people, i, listings, j)
    if score(ceiling, interest, distance, group_size, familiarity) + BOUND_MARGIN < worst:
        return NOT_OFFERED_SCORE
    asked = (
        offer["group_rung"],
        float(interaction),
        unfamiliarity_rung(welcomes, ok_here, online, interaction),
        travel_rung(minutes),
        commitment,
        offer["stimulation"],
    )
    m, v = moments(asked, rungs, belief["mu"], belief["variance"])
    last_two_ok, recovering = person["last_two_ok"], person["recovering"]
    if next_step(asked, rungs, belief["highest_ok"], m, v, last_two_ok, recovering) == NO_STEP:
        return NOT_OFFERED_SCORE
    return score(likely(m, v), interest, distance, group_size, familiarity)


def _ties(people: People, i: int, offer: np.void, now: Moment) -> tuple[bool, int, int, int]:
    """What the past says of the two: kept apart; 1 if introduced; `ok` visits here; 1 if any with the organisation."""
    introduced, ok_here, ok_with = 0, 0, 0
    first = people.extents[i, TIES]
    for tie in range(first, first + people.extents[i, TIES + 1]):
        kind, subject, value = people.ties[tie, 0], people.ties[tie, 1], people.ties[tie, 2]
        if subject == offer["organisation"]:
            if kind == EXCLUDED:
                return True, 0, 0, 0
            if kind == INTRODUCED:
                introduced = 1
            elif kind == OK_WITH:
                ok_with = 1
        if subject == offer["here"] and kind == offer["here_kind"]:
            ok_here += value
        is_no = subject == offer["itself"] and kind == DECLINED_AT
        if is_no and declined_lately((now.micros - value) / MICROS_PER_DAY):
            return True, 0, 0, 0
    return False, introduced, ok_here, ok_with


def _interest(people: People, i: int, listings: Listings, j: int) -> float:
    """Both lists of topics are sorted: one walk along them counts what they share."""
    mine, my_count = people.extents[i, TOPICS], people.extents[i, TOPICS + 1]
    its, its_count = listings.extents[j, ITS_TOPICS], listings.extents[j, ITS_TOPICS + 1]
    mine_end, its_end = mine + my_count, its + its_count
    shared = 0
    while mine < mine_end and its < its_end:
        if people.topics[mine] == listings.topics[its]:
            shared += 1
            mine += 1
            its += 1
        elif people.topics[mine] < listings.topics[its]:
            mine += 1
        else:
            its += 1
    return interest_part(shared, min(my_count, its_count))
