"""What `matcher score` must answer: SCORING §3, §5 to §7 and §9, slowly and with the standard library alone.

Dicts in, dict out, in the forms of the API. Written from the document, never from the code it is held against.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta
from typing import Any

from tests.oracle.rungs import (
    ASPECTS,
    Comfort,
    asks,
    distance_km,
    form_stated,
    ok_visits_here,
    ok_visits_with,
    online,
    online_text,
    travel_minutes,
    when,
)
from tests.oracle.sessions import in_shared_time, scored_session

EPSILON = 1e-9
SMALL = {
    "group": 0.5,
    "travel": 0.5,
    "commitment": 0.5,
    "interaction": 1,
    "unfamiliarity": 1,
    "stimulation": 1,
}
VISITED = ("ok", "left_early", "too_much")


def reference(case: dict[str, Any]) -> dict[str, Any]:
    """The result for one case: SCORING §9, without the sentences."""
    person, opportunity = case["person"], case["opportunity"]
    history, at = case.get("history") or [], when(case["at"])
    session = scored_session(person, opportunity, at)
    comfort = Comfort(person["comfort"], history)
    x = asks(person, opportunity, history, session)
    distance = None if online(opportunity) else distance_km(person, opportunity)
    minutes = None if distance is None else travel_minutes(person, distance)
    if online(opportunity):
        minutes = 0.0
    step, chance = None, None
    if None not in x.values():
        step = step_of(comfort, x, history)
        chance = {
            "likely": comfort.likely(x),
            "low": comfort.shifted(x, -1.28),
            "high": comfort.shifted(x, 1.28),
        }
    parts = parts_of(person, opportunity, history, comfort, minutes)
    facts = [*x.values(), *parts.values(), opportunity.get("kind"), largest_group(opportunity)]
    reasons = reasons_of(case, at, minutes, step, all_asked=chance is not None, all_stated=None not in facts)
    return {
        "eligible": not reasons,
        "reasons": reasons,
        "step": step,
        "score": None if chance is None or None in parts.values() else score_of(chance["likely"], parts),
        "parts": None if None in parts.values() else parts,
        "chance": chance,
        "distance_km": distance,
        "travel_minutes": minutes,
        "aspects": [
            {
                "aspect": a,
                "asks": x[a],
                "comfortable_with": comfort.rung[a],
                "stretch": None if x[a] is None else comfort.stretch(x, a),
            }
            for a in ASPECTS
        ],
        "session": None if session is None else session["starts_at"],
    }


def step_of(comfort: Comfort, x: dict[str, float], history: list[dict[str, Any]]) -> str | None:
    """SCORING §5, but for the talk itself."""
    stretched = [a for a in ASPECTS if comfort.stretch(x, a) > 0]
    outcomes = [h["outcome"] for h in history if h["outcome"] in VISITED]
    step = None
    if not stretched and comfort.shifted(x, -1.28) >= 0.78 - EPSILON:
        step = "within_comfort"
    elif (
        len(stretched) == 1
        and comfort.stretch(x, stretched[0]) <= SMALL[stretched[0]] + EPSILON
        and outcomes[-2:] == ["ok", "ok"]
        and comfort.likely(x) >= 0.80 - EPSILON
        and comfort.shifted(x, -1.0) >= 0.70 - EPSILON
    ):
        step = "one_small_stretch"
    if outcomes and "too_much" in outcomes and "ok" not in outcomes[_last(outcomes, "too_much") :]:
        # since a visit that was too much, none was all right
        lived = [h["aspects"] for h in history if h["outcome"] == "ok"]
        for a in ASPECTS:
            if comfort.edge(x, a) > 0 and not any(x[a] <= visit[a] for visit in lived):
                return None
        return step if step == "within_comfort" else None
    return step


def _last(outcomes: list[str], outcome: str) -> int:
    return max(index for index, each in enumerate(outcomes) if each == outcome)


def consent_in_force(person: dict[str, Any], purpose: str, at: datetime) -> bool:
    """Given by then, and not withdrawn by then."""
    for consent in person.get("consents") or []:
        if consent["purpose"] == purpose and when(consent["given_at"]) <= at:
            withdrawn = consent.get("withdrawn_at")
            if withdrawn is None or when(withdrawn) > at:
                return True
    return False


def reasons_of(
    case: dict[str, Any],
    at: datetime,
    minutes: float | None,
    step: str | None,
    *,
    all_asked: bool,
    all_stated: bool,
) -> list[str]:
    """SCORING §6: every failing code, in its order. What lacks a fact counts as not published; nothing is guessed."""
    person, opportunity, history = case["person"], case["opportunity"], case.get("history") or []
    kind = opportunity.get("kind")
    living = kind == "communal_living"
    age = at.year - person["birth_year"]
    ages = opportunity.get("age") or {}
    largest = largest_group(opportunity)
    provided = [*(opportunity.get("provides") or []), *_stated_facts(opportunity)]
    sessions = opportunity.get("sessions") or []
    fails = {
        "consent_missing": not consent_in_force(person, "matching", at)
        or (living and not consent_in_force(person, "communal_living", at)),
        "person_not_open": person.get("state", "open") != "open",
        "not_published": opportunity.get("state", "draft") != "published" or not all_stated,
        "kind_not_wanted": kind is not None
        and (kind not in person["kinds"] if person.get("kinds") else living),
        "age_outside": age < 18
        or (ages.get("min") is not None and age < ages["min"])
        or (ages.get("max") is not None and age > ages["max"]),
        "no_shared_language": bool(opportunity.get("languages"))
        and person["language"] not in opportunity["languages"],
        "excluded": opportunity.get("organisation_id") in (person.get("excluded_organisation_ids") or []),
        "too_far": minutes is not None and minutes > person["travel"]["max_minutes"] + EPSILON,
        "group_too_large": largest is not None
        and opportunity.get("interaction") is not None
        and largest > person["max_group_size"]
        and not online_text(opportunity),
        "red_line": bool(set(opportunity.get("requires") or []) & set(person.get("red_lines") or [])),
        "need_unmet": any(need not in provided for need in person.get("needs") or []),
        "unstaffed": bool(opportunity.get("place")) and not opportunity.get("staffed"),
        "no_shared_time": bool(sessions)
        and not any(when(each["starts_at"]) > at and in_shared_time(person, each) for each in sessions),
        "recently_declined": recently_declined(opportunity, history, at),
        "talk_first": talk_first(history),
        "visit_first": living and visit_first(opportunity, history, bool(case.get("requested"))),
        "step_too_big": step is None and all_asked,
    }
    return [code for code, failing in fails.items() if failing]


def largest_group(opportunity: dict[str, Any]) -> int | None:
    """How many people at most."""
    largest: int | None = (opportunity.get("group_size") or {}).get("max")
    return largest


def _stated_facts(opportunity: dict[str, Any]) -> list[str]:
    facts = [
        each
        for each in ("staffed", "leave_any_time", "watch_first", "companion_welcome")
        if opportunity.get(each)
    ]
    return [*facts, "host_greets"] if (opportunity.get("host") or {}).get("greets_at_door") else facts


def recently_declined(opportunity: dict[str, Any], history: list[dict[str, Any]], at: datetime) -> bool:
    """This opportunity answered `too_much` or `not_for_me` within 90 days."""
    return any(
        h["outcome"] in ("answered_too_much", "answered_not_for_me")
        and opportunity.get("id") is not None
        and h.get("opportunity_id") == opportunity["id"]
        and at - when(h["at"]) < timedelta(days=90)
        for h in history
    )


def talk_first(history: list[dict[str, Any]]) -> bool:
    """A visit was too much, and no talk was recorded since."""
    outcomes = [h["outcome"] for h in history]
    return "too_much" in outcomes and "talked" not in outcomes[_last(outcomes, "too_much") :]


def visit_first(opportunity: dict[str, Any], history: list[dict[str, Any]], requested: bool) -> bool:
    """CARE 11: in a caseworker's request, and each step after one that was all right."""
    step = opportunity.get("stay_step")
    trial = any(
        h["outcome"] == "ok"
        and h.get("stay_step") == "trial_night"
        and h.get("place_id") is not None
        and h.get("place_id") == (opportunity.get("place") or {}).get("id")
        for h in history
    )
    return (
        not requested
        or (step in ("trial_night", "stay") and ok_visits_here(opportunity, history) == 0)
        or (step == "stay" and not trial)
    )


def parts_of(
    person: dict[str, Any],
    opportunity: dict[str, Any],
    history: list[dict[str, Any]],
    comfort: Comfort,
    minutes: float | None,
) -> dict[str, float | None]:
    """SCORING §2, §3 and §7."""
    theirs = {_folded(topic) for topic in person.get("topics") or []}
    its = {_folded(topic) for topic in opportunity.get("topics") or []}
    interest = len(theirs & its) / min(len(theirs), len(its)) if theirs and its else 0.5
    distance = None if minutes is None else 2 ** (-minutes / person["travel"]["half_life_minutes"])
    typical = (opportunity.get("group_size") or {}).get("typical")
    group_size = None
    if typical is not None and form_stated(opportunity):
        n50 = 2 * max(1, 2 ** comfort.rung["group"])
        group_size = 1 / (1 + ((typical - 1) / n50) ** 2)
    familiarity = 0.7 if ok_visits_with(opportunity, history) else 0.0
    return {
        "interest": interest,
        "distance": 1.0 if online(opportunity) else distance,
        "group_size": 1.0 if group_size is not None and online_text(opportunity) else group_size,
        "familiarity": 1.0 if ok_visits_here(opportunity, history) else familiarity,
    }


def _folded(topic: str) -> str:
    return unicodedata.normalize("NFKC", topic).casefold()


def score_of(likely: float, parts: dict[str, float | None]) -> float:
    """SCORING §7."""
    weights = {"interest": 0.35, "distance": 0.30, "group_size": 0.20, "familiarity": 0.15}
    return likely * sum(weight * (parts[name] or 0.0) for name, weight in weights.items())


def menu(offers: list[dict[str, Any]]) -> list[str]:
    """The ids of a person's three best opportunities, of at least two organisations where possible.

    An offer: `id`, `organisation_id`, `score`, and `starts_at` (None when it is undated).
    """
    best: dict[str, dict[str, Any]] = {}
    for offer in sorted(offers, key=_order):
        best.setdefault(offer["id"], offer)
    ranked = sorted(best.values(), key=_order)
    chosen = ranked[:3]
    others = [each for each in ranked[3:] if each["organisation_id"] != chosen[0]["organisation_id"]]
    if len({each["organisation_id"] for each in chosen}) == 1 and others:
        chosen = [*chosen[:2], others[0]]
    return [each["id"] for each in chosen]


def _order(offer: dict[str, Any]) -> tuple[float, float, str]:
    starts_at = offer["starts_at"]
    return (-offer["score"], float("inf") if starts_at is None else when(starts_at).timestamp(), offer["id"])
