"""What moves a random case onto an edge of the rules: limits met exactly, doors opened, facts left out."""

from __future__ import annotations

import math
import random
from datetime import datetime, timedelta
from typing import Any

from tests.oracle.reference import reference
from tests.oracle.rungs import ASPECTS, MODES, asks, distance_km, travel_minutes

HAIR = [0.0, 5e-10, -5e-10, 1e-6, -1e-6]  # around a limit: at it, inside what is allowed for, and beyond


def open_most_doors(r: random.Random, case: dict[str, Any], at: datetime) -> None:
    """So that many cases fail by one reason, or by none."""
    person, opportunity = case["person"], case["opportunity"]
    matching = {"text_version": "2026-11", "given_at": "2026-01-01T00:00:00Z"}
    both = [{"purpose": purpose, **matching} for purpose in ("matching", "communal_living")]
    tomorrow = {"starts_at": at + timedelta(days=1), "ends_at": at + timedelta(days=1, minutes=30)}
    opened = [
        (person, {"state": "open"}),
        (person, {"consents": both}),
        (person, {"kinds": [opportunity["kind"]]}),
        (person, {"birth_year": at.year - 30}),
        (person, {"excluded_organisation_ids": []}),
        (person, {"travel": {**person["travel"], "max_minutes": 600}}),
        (person, {"max_group_size": 500}),
        (person, {"red_lines": r.choice([[], [], ["phone_call", "payment"]])}),
        (person, {"needs": r.choice([[], ["staffed"]])}),
        (person, {"availability": []} if r.random() < 0.3 else {}),
        (opportunity, {"languages": r.choice([[], ["ja", "en"]])}),
        (opportunity, {"state": "published", "staffed": True}),
    ]
    if opportunity["sessions"] and r.random() < 0.5:
        dated = {name: moment.isoformat() for name, moment in tomorrow.items()}
        opened.append((opportunity, {"sessions": [*opportunity["sessions"], dated]}))
    for form, facts in opened:
        if r.random() < 0.96:
            form.update(facts)


def to_the_edges(r: random.Random, case: dict[str, Any]) -> None:
    """Move limits to exactly what is asked, or a hair beside it."""
    person, opportunity = case["person"], case["opportunity"]
    if opportunity["place"] and r.random() < 0.1:
        _walk_to_a_rung(r, case)
    distance = distance_km(person, opportunity)
    if distance is not None and r.random() < 0.15:
        limit = travel_minutes(person, distance) + r.choice(HAIR)
        person["travel"]["max_minutes"] = max(0.0, min(600.0, limit))
    if r.random() < 0.2:
        person["max_group_size"] = max(1, opportunity["group_size"]["max"] + r.choice([-1, 0, 0]))
    if r.random() < 0.3:  # comfortable with all of it, but for one or two aspects at or over their edge
        session = (opportunity["sessions"] or [None])[0]
        x = asks(person, opportunity, case["history"], session)
        for aspect in ASPECTS:
            room = r.choice([1, 1, 1, 1, 0.5, 0, -0.5])
            person["comfort"][aspect] = max(0.0, min(4.0, (x[aspect] or 0) + room))


def _walk_to_a_rung(r: random.Random, case: dict[str, Any]) -> None:
    """Due north or south, so far that walking asks just a half rung, or a hair more."""
    start, place = case["person"]["start_point"], case["opportunity"]["place"]
    speed, detour, _wait = MODES["walk"]
    minutes = 5 * 2 ** (r.randint(0, 8) / 2) * (1 + r.choice([0.0, 0.0, 2e-10, 1e-8]))
    degrees = math.degrees(minutes * speed / (60 * detour) / 6371.009)
    latitude = round(start["latitude"] * 200) / 200
    place["latitude"] = latitude - degrees if latitude > 0 else latitude + degrees
    place["longitude"] = round(start["longitude"] * 200) / 200
    case["person"]["travel"]["mode"] = "walk"


def nearest_to_a_limit(case: dict[str, Any], histories: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The history that brings the chance nearest to what a step needs."""

    def gap(history: list[dict[str, Any]]) -> float:
        chance = reference({**case, "history": history})["chance"]
        return min(abs(chance["likely"] - 0.80), abs(chance["low"] - 0.78))

    return min(histories, key=gap)


def unstated(r: random.Random, case: dict[str, Any]) -> None:
    """One that lacks facts, some of them stated as null."""
    opportunity = case["opportunity"]
    for fact in r.sample(
        sorted(set(opportunity) - {"title", "state", "id", "organisation_id"}), r.randint(1, 3)
    ):
        if r.random() < 0.5 or fact == "place":
            del opportunity[fact]
        else:
            opportunity[fact] = None
