"""The same people and postings as flat columns of numbers, the form in which every other tool does its best.

Everybody here is new and has neither needs nor companion, so the whole of SCORING fits into one expression. It is written
once, for anything that has `+`, `*`, `&` and a handful of functions: arrays, Polars expressions, words of SQL. It is
written apart from the product's kernel on purpose: where both give the same scores, both are right.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from benchmarks.crowd import NOW, TOPICS, Crowd, variants
from matcher.domain.opportunity import Opportunity
from matcher.domain.person import Person
from matcher.domain.values import Interaction, Kind, Requirement, Stimulation

Columns = Mapping[str, NDArray[Any]]
EARTH_KM: Final = 6371.009
MODES: Final = {"walk": (4.5, 1.3, 0), "bicycle": (12, 1.3, 2), "transit": (20, 1.4, 12), "car": (25, 1.3, 5)}
WALKING: Final = 60 * 1.3 / 4.5  # minutes a km
INTERACTIONS: Final = list(Interaction)
STIMULATIONS: Final = list(Stimulation)
ALWAYS: Final = -1  # every bit: somebody has time in every hour of the week


@dataclass(frozen=True)
class Tools:
    """What an expression needs besides operators."""

    minimum: Callable[[Any, Any], Any]
    maximum: Callable[[Any, Any], Any]
    where: Callable[[Any, Any, Any], Any]
    ceil: Callable[[Any], Any]
    log2: Callable[[Any], Any]
    exp: Callable[[Any], Any]
    sqrt: Callable[[Any], Any]
    sin: Callable[[Any], Any]
    cos: Callable[[Any], Any]
    asin: Callable[[Any], Any]
    ones: Callable[[Any], Any]  # how many bits are set


ARRAYS: Final = Tools(
    np.minimum,
    np.maximum,
    np.where,
    np.ceil,
    np.log2,
    np.exp,
    np.sqrt,
    np.sin,
    np.cos,
    np.arcsin,
    np.bitwise_count,
)


def distance_km(p: Mapping[str, Any], o: Mapping[str, Any], f: Tools) -> Any:
    """Haversine; coordinates come in radians with their cosine."""
    a = f.sin((o["lat"] - p["lat"]) * 0.5)
    b = f.sin((o["lon"] - p["lon"]) * 0.5)
    return f.asin(f.sqrt(a * a + b * b * p["cos_lat"] * o["cos_lat"])) * (2 * EARTH_KM)


def gates(p: Mapping[str, Any], o: Mapping[str, Any]) -> Any:
    """Every gate but those that need the travel time."""
    passed = ((p["bars"] & o["bars"]) == 0) & ((p["hours"] & o["hour_bits"]) == o["hour_bits"])
    passed = passed & (p["max_group"] >= o["group_max"])
    passed = passed & (p["age"] >= o["age_min"]) & (p["age"] <= o["age_max"])
    for aspect in ("group", "interaction", "unfamiliarity", "commitment", "stimulation"):
        passed = passed & (p[f"c_{aspect}"] >= o[f"x_{aspect}"])
    return passed


def minutes_of(p: Mapping[str, Any], o: Mapping[str, Any], f: Tools) -> Any:
    """Travel time."""
    km = distance_km(p, o, f)
    return f.minimum(km * WALKING, km * p["per_km"] + p["wait"])


def offered_score(p: Mapping[str, Any], o: Mapping[str, Any], f: Tools, minutes: Any) -> tuple[Any, Any]:
    """Whether it may be offered to somebody new who passed the gates, and the score."""
    travel = f.minimum(f.maximum(f.ceil(f.log2(f.maximum(minutes, 5.0) * 0.2) * 2 - 1e-9) * 0.5, 0.0), 4.0)
    edges, squares = _edge(p["c_travel"], travel, f), 0.0
    squares = edges * edges
    for aspect in ("group", "interaction", "unfamiliarity", "commitment", "stimulation"):
        edge = _edge(p[f"c_{aspect}"], o[f"x_{aspect}"], f)
        edges, squares = edges + edge, squares + edge * edge
    m, v = edges * -0.35 + 2.6, squares * 0.04 + 0.49
    cautious = 1.0 / (f.exp(f.sqrt(v) * 1.28 - m) + 1.0)
    likely = 1.0 / (f.exp(-1.0 * m / f.sqrt(v * (math.pi / 8) + 1.0)) + 1.0)
    interest = f.ones(p["topics"] & o["topics"]) * o["per_topic"]
    near = f.exp(minutes * p["decay"])
    group = 1.0 / (o["others"] * o["others"] * p["per_n50"] * p["per_n50"] * o["counts"] + 1.0)
    fits = (minutes <= p["max_minutes"]) & (travel <= p["c_travel"]) & (cautious >= 0.78)
    return fits, likely * (interest * 0.35 + near * 0.30 + group * 0.20)


def _edge(comfortable: Any, asked: Any, f: Tools) -> Any:
    edge = f.minimum(f.maximum(asked - comfortable + 1.0, 0.0), 1.0)
    return f.where(asked == 0.0, 0.0, edge)


def scores(p: Mapping[str, Any], o: Mapping[str, Any]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Places and scores of everything that may be offered, by arrays: gates first, the rest only for what is left."""
    left = np.flatnonzero(gates(p, o))
    p, o = _at(p, left), _at(o, left)
    fits, score = offered_score(p, o, ARRAYS, minutes_of(p, o, ARRAYS))
    return left[fits], score[fits]


def _at(columns: Mapping[str, Any], places: NDArray[np.int64]) -> dict[str, Any]:
    return {name: one[places] if isinstance(one, np.ndarray) else one for name, one in columns.items()}


def people_columns(crowd: Crowd) -> dict[str, NDArray[Any]]:
    """One number a person in each column."""
    each = [_of_person(person) for person in variants()]
    found = {name: np.array([one[name] for one in each])[crowd.variant] for name in each[0]}
    return found | _where(crowd.latitude, crowd.longitude) | {"number": np.arange(len(crowd))}


def listing_columns(listings: Sequence[Opportunity]) -> dict[str, NDArray[Any]]:
    """One number a posting in each column."""
    each = [_of_listing(one) for one in listings]
    found = {name: np.array([one[name] for one in each]) for name in each[0]}
    points = np.array(
        [(one.place.latitude, one.place.longitude) for one in listings if one.place is not None]
    )
    return found | _where(points[:, 0], points[:, 1]) | {"number": np.arange(len(listings))}


def row(columns: Columns, place: int) -> dict[str, Any]:
    """One row as plain numbers."""
    return {name: one[place].item() for name, one in columns.items()}


def _where(latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> dict[str, NDArray[Any]]:
    return {
        "lat": np.radians(latitude),
        "lon": np.radians(longitude),
        "cos_lat": np.cos(np.radians(latitude)),
    }


def _of_person(person: Person) -> dict[str, float | int]:
    speed, detour, wait = MODES[person.travel.mode]
    unwanted = sum(1 << place for place, kind in enumerate(Kind) if person.kinds and kind not in person.kinds)
    refused = sum(1 << place for place, one in enumerate(Requirement) if one in person.red_lines)
    comfort = person.comfort
    hours = 0
    for one in person.availability:
        for hour in range(one.window.start // 60, one.window.end // 60):
            hours |= 1 << _hour_bit(one.weekday, hour)
    return {
        "bars": unwanted | refused << len(Kind), "hours": hours if person.availability else ALWAYS,
        "max_group": person.max_group_size, "age": NOW.year - person.birth_year,
        "c_group": comfort.group, "c_interaction": comfort.interaction, "c_unfamiliarity": comfort.unfamiliarity,
        "c_travel": comfort.travel, "c_commitment": comfort.commitment, "c_stimulation": comfort.stimulation,
        "per_km": 60 * detour / speed, "wait": float(wait), "max_minutes": person.travel.max_minutes + 1e-9,
        "decay": -math.log(2) / person.travel.half_life_minutes, "per_n50": 1 / (2 * max(1.0, 2**comfort.group)),
        "topics": sum(1 << TOPICS.index(one) for one in person.topics),
    }  # fmt: skip


def _of_listing(one: Opportunity) -> dict[str, float | int]:
    session = one.sessions[0] if one.sessions else None
    bits = 0
    if session is not None and session.starts_at is not None and session.ends_at is not None:
        local = session.starts_at.astimezone(ZoneInfo("Asia/Tokyo"))
        bits = 1 << _hour_bit(local.weekday(), local.hour)
        assert session.ends_at - session.starts_at <= timedelta(hours=1)
    typical, largest = one.group_size.typical, one.group_size.max
    assert typical is not None
    assert largest is not None
    assert one.kind is not None
    others = typical - 1
    rung = math.ceil(2 * math.log2(max(1, others)) - 1e-9) / 2
    welcomes = bool(one.host.greets_at_door) + bool(one.watch_first)
    kind = 1 << list(Kind).index(one.kind)
    asked = sum(1 << place for place, each in enumerate(Requirement) if each in (one.requires or ()))
    assert one.interaction is not None
    assert one.stimulation is not None
    interaction = INTERACTIONS.index(one.interaction)
    age = one.age
    return {
        "bars": kind | asked << len(Kind), "hour_bits": bits, "group_max": largest,
        "age_min": 18 if age is None or age.min is None else max(18, age.min),
        "age_max": 999 if age is None or age.max is None else age.max,
        "x_group": max(0.0, rung - 1) if interaction <= 2 else rung, "x_interaction": float(interaction),
        "x_unfamiliarity": float(max(1, 4 - welcomes)),
        "x_commitment": 0.0 if session is None and interaction == 0 else 1.0,  # half an hour, or a text group without a date
        "x_stimulation": float(STIMULATIONS.index(one.stimulation)), "others": float(others), "counts": 1.0,
        "per_topic": 1 / min(3, len(one.topics or ())),
        "topics": sum(1 << TOPICS.index(each) for each in one.topics or ()),
    }  # fmt: skip


def _hour_bit(weekday: int, hour: int) -> int:
    """One bit for each hour from 8 to 16 of each day: 63 in all, so that a week fits into one number."""
    return weekday * 9 + hour - 8
