"""Random cases for `matcher score`, made to stand on every edge of the rules; the same seed makes the same case."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.edges import nearest_to_a_limit, open_most_doors, to_the_edges, unstated
from tests.oracle.rungs import ASPECTS, INTERACTIONS, MODES, STIMULATIONS

# A zone, a point in it, and a day on which its clocks change.
PLACES = [
    ("Asia/Tokyo", 35.635, 139.578, "2026-12-31"),
    ("Europe/London", 51.5, -0.004, "2026-10-25"),
    ("America/New_York", 40.7128, -74.006, "2027-03-14"),
    ("Australia/Lord_Howe", -31.55, 159.08, "2027-04-04"),
    ("America/Santiago", -33.45, -70.66, "2026-09-06"),
    ("Pacific/Auckland", -43.95, -176.56, "2026-09-27"),
    ("Pacific/Fiji", -16.8, 179.9975, "2026-11-02"),
    ("Pacific/Fiji", -16.8, -179.9975, "2026-11-02"),
    ("Pacific/Honolulu", 21.3, -157.85, "2027-01-01"),
    ("Asia/Kathmandu", 27.71, 85.32, "2027-01-01"),
    ("Arctic/Longyearbyen", 78.22, 15.65, "2027-03-28"),
    ("UTC", 0.0, 0.0, "2026-12-31"),
]
KINDS = ["volunteering", "communal_space", "online_group", "physical_activity", "hobby", "study"]
REQUIREMENTS = [
    "phone_call",
    "camera",
    "microphone",
    "real_name",
    "registration_form",
    "dress_code",
    "payment",
]
NEEDS = ["staffed", "leave_any_time", "watch_first", "companion_welcome", "host_greets", "step_free", "shade"]
TOPICS = [
    "gardening", "Gardening", "ＧＡＲＤＥＮＩＮＧ", "cats", "Cats", "ネコ", "ﾈｺ", "Straße", "STRASSE", "ﬁshing",
    "fishing", "①", "1", "Ångström", "Ångström", "ΣΊΣΥΦΟΣ", "σίσυφος",
]  # fmt: skip
OUTCOMES = [
    "ok", "ok", "ok", "ok", "ok", "left_early", "too_much", "did_not_come", "answered_too_much",
    "answered_not_now", "answered_not_for_me", "no_answer", "talked", "talked",
]  # fmt: skip
ORGANISATIONS = ["org-a", "org-b", None]
PLACE_IDS = ["place-a", "place-b", None]
OPPORTUNITY_IDS = ["opp-a", "opp-b", None]
STAY_STEPS = ["visit", "trial_night", "stay"]
NEAR_TRIES = 12


def random_case(seed: int) -> dict[str, Any]:
    """One valid case of a batch."""
    r = random.Random(seed)
    zone, latitude, longitude, day = r.choice(PLACES)
    at = _at(r, zone, day)
    person = _person(r, zone, latitude, longitude, at)
    opportunity = _opportunity(r, person, zone, latitude, longitude, at)
    case = {
        "person": person,
        "opportunity": opportunity,
        "history": _history(r, person, at),
        "at": at.astimezone(r.choice([UTC, ZoneInfo(zone), ZoneInfo("Asia/Tokyo")])).isoformat(),
        "requested": r.random() < 0.5,
    }
    if r.random() < 0.6:
        open_most_doors(r, case, at)
    to_the_edges(r, case)
    if r.random() < 0.1:
        case["history"] = nearest_to_a_limit(case, [_history(r, person, at) for _ in range(NEAR_TRIES)])
    if r.random() < 0.04:
        unstated(r, case)
    for optional in ("history", "requested"):
        if not case[optional] and r.random() < 0.5:
            del case[optional]
    return case


def _at(r: random.Random, zone: str, day: str) -> datetime:
    """Around the day on which something changes, or on the turn of a year."""
    morning = datetime.fromisoformat(r.choice([day, day, "2027-01-01"])).replace(tzinfo=ZoneInfo(zone))
    return morning.astimezone(UTC) + timedelta(hours=r.randint(-72, 24), minutes=r.choice([0, 0, 17]))


def _halves(r: random.Random, low: float = 0, high: float = 4) -> float:
    return r.randint(int(2 * low), int(2 * high)) / 2


def _some(r: random.Random, words: list[str], most: int) -> list[str]:
    return r.sample(words, r.randint(0, most))


def _person(r: random.Random, zone: str, latitude: float, longitude: float, at: datetime) -> dict[str, Any]:
    low = r.choice([0, 1, 2, 3, 3])
    return {
        "alias": "Haru",
        "language": r.choice(["ja", "en"]),
        "birth_year": at.year - r.choice([17, 18, 18, 19, 30, 30, 30, 64, 65, 66]),
        "start_point": _start_point(r, latitude, longitude),
        "travel": {
            "mode": r.choice(list(MODES)),
            "max_minutes": r.choice([10, 30, 45.5, 60, 600]),
            "half_life_minutes": r.choice([10, 20, 40]),
        },
        "max_group_size": r.choice([2, 4, 6, 12, 500]),
        "comfort": {aspect: _halves(r, low) for aspect in ASPECTS},
        "red_lines": _some(r, REQUIREMENTS, 2),
        "needs": _some(r, NEEDS, r.choice([0, 0, 1, 3])),
        "kinds": r.choice([[], [*KINDS, "communal_living"], [*KINDS], _some(r, KINDS, 3)]),
        "topics": _some(r, TOPICS, 5),
        "availability": r.choice([[], _windows(r), _windows(r)]),
        "contact_hours": {"from": "13:00", "to": "20:00", "timezone": zone},
        "companion": r.random() < 0.3,
        "introduced_to": r.choice([[], [], ["org-a"], ["org-b", "org-c"]]),
        "excluded_organisation_ids": r.choice([[], [], [], ["org-a"], ["org-c"]]),
        "consents": _consents(r, at),
        "state": r.choice(["open"] * 20 + ["paused", "frozen", "closed"]),
    }


def _start_point(r: random.Random, latitude: float, longitude: float) -> dict[str, float]:
    """Near the point, sometimes exactly halfway between two points of the grid."""
    spread = r.choice([0.0, 0.004, 0.03, 0.2])
    near = [latitude + r.uniform(-spread, spread), longitude + r.uniform(-spread, spread)]
    if r.random() < 0.2:  # a multiple of 1/64 + … of no rounding: 0.0125 · 200 = 2.5 and 0.3125 · 200 = 62.5
        near = [round(each * 16) / 16 + r.choice([0.0, 0.0125, 0.0025]) for each in near]
    return {"latitude": max(-90.0, min(90.0, near[0])), "longitude": max(-180.0, min(180.0, near[1]))}


def _windows(r: random.Random) -> list[dict[str, Any]]:
    hours = [
        ("00:00", "24:00"),
        ("12:00", "17:00"),
        ("17:00", "24:00"),
        ("01:00", "03:30"),
        ("09:15", "12:00"),
    ]
    days = r.sample(range(7), r.randint(1, 7))
    return [{"weekday": day, "from": start, "to": end} for day in days for start, end in r.sample(hours, 2)]


def _consents(r: random.Random, at: datetime) -> list[dict[str, Any]]:
    consents = []
    for purpose in ("matching", "communal_living", "standing_approval"):
        withdrawn = r.choice([None] * 12 + [timedelta(days=-1), timedelta(0), timedelta(seconds=1)])
        given = at - r.choice([timedelta(days=30)] * 8 + [timedelta(0), timedelta(seconds=-1)])
        consent = {"purpose": purpose, "text_version": "2026-11", "given_at": given.isoformat()}
        if withdrawn is not None:
            consent["withdrawn_at"] = (at + withdrawn).isoformat()
        if r.random() < 0.97:
            consents.append(consent)
        if withdrawn is not None and r.random() < 0.3:  # given again
            again = {"purpose": purpose, "text_version": "2026-11", "given_at": at.isoformat()}
            consents.append({**again, "withdrawn_at": None})
    return consents


def _opportunity(
    r: random.Random, person: dict[str, Any], zone: str, latitude: float, longitude: float, at: datetime
) -> dict[str, Any]:
    kind = r.choice([*KINDS, "communal_living"])
    is_online = r.random() < (0.8 if kind == "online_group" else 0.15) and kind != "communal_living"
    allowed = [each for each in INTERACTIONS if each != ("side_by_side" if is_online else "listening_online")]
    most = r.choice([2, 3, 4, 5, 6, 8, 12, 33, 300])
    yes = r.choice([0.5, 0.9])
    return {
        "title": "Quiet gardening",
        "kind": kind,
        **_named(r, "id", OPPORTUNITY_IDS),
        **_named(r, "organisation_id", ORGANISATIONS),
        "place": None if is_online else _place(r, latitude, longitude),
        "sessions": _sessions(r, person, zone, at) if r.random() < 0.7 else r.choice([[], None]),
        "duration_minutes": r.choice([5, 7.5, 15, 20, 30, 45, 60, 90, 120, 480]),
        "capacity": 1,
        "group_size": {"typical": r.randint(1, most), "max": most},
        "interaction": r.choice([*allowed, *allowed[:2]]),
        "stimulation": r.choice([*STIMULATIONS, "quiet", "quiet", "calm"]),
        "host": {"name": "Aoki", "role": "gardener", "greets_at_door": r.random() < yes},
        "staffed": r.random() < 0.9,
        **{fact: r.random() < yes for fact in ("leave_any_time", "watch_first", "companion_welcome")},
        "regular_attendance": r.random() < 0.2,
        "requires": _some(r, REQUIREMENTS, r.choice([0, 0, 0, 2])),
        "provides": _some(r, NEEDS[4:], 3),
        "languages": r.choice([[], ["ja"], ["ja", "en"], ["fr"], ["en"]]),
        "topics": _some(r, TOPICS, 5),
        "age": r.choice(
            [{"min": None, "max": None}] * 3 + [{"min": 18, "max": 65}, {"min": 19, "max": None}]
        ),
        **({"stay_step": r.choice(STAY_STEPS)} if kind == "communal_living" else {}),
        "state": r.choice(["published"] * 20 + ["draft", "withdrawn", "finished"]),
    }


def _named(r: random.Random, name: str, ids: list[str | None]) -> dict[str, str]:
    chosen = r.choice(ids)
    return {} if chosen is None else {name: chosen}


def _place(r: random.Random, latitude: float, longitude: float) -> dict[str, Any]:
    spread = r.choice([0.0, 0.002, 0.01, 0.05, 0.3])
    east = longitude + r.uniform(-spread, spread)
    return {
        **_named(r, "id", PLACE_IDS),
        "name": "Allotment",
        "latitude": max(-90.0, min(90.0, latitude + r.uniform(-spread, spread))),
        "longitude": (east + 180) % 360 - 180,  # the date line may lie between
    }


def _sessions(r: random.Random, person: dict[str, Any], zone: str, at: datetime) -> list[dict[str, Any]]:
    """Around now, around the edges of windows, over midnight and over a change of clocks."""
    sessions = []
    for _ in range(r.randint(1, 5)):
        local = at.astimezone(ZoneInfo(zone))
        midnight = local.replace(hour=0, minute=0, second=0) + timedelta(days=r.randint(-2, 6))
        edges = [0, 60, 120, 150, 210, 780, 1380, 1440]
        for window in person["availability"]:
            if window["weekday"] == midnight.weekday():
                edges += [int(window[end][:2]) * 60 + int(window[end][3:]) for end in ("from", "to")] * 3
        minutes = r.choice([5, 15, 30, 60, 61, 90, 240, 1440])
        start = r.choice(edges) + r.choice([0, 0, -1, 1, -minutes, -minutes, -minutes + 1])
        starts_at = (midnight + timedelta(minutes=start)).astimezone(UTC)  # the wall clock there
        if r.random() < 0.05:
            starts_at = at + timedelta(seconds=r.choice([-1, 0, 1]))
        if r.random() < 0.05:
            starts_at += timedelta(microseconds=r.choice([-1, 1, 500000]))
        shown = r.choice([ZoneInfo(zone), UTC])
        ends_at = starts_at + timedelta(minutes=minutes)
        sessions.append(
            {
                "starts_at": starts_at.astimezone(shown).isoformat(),
                "ends_at": ends_at.astimezone(shown).isoformat(),
            }
        )
    return sessions


def _history(r: random.Random, person: dict[str, Any], at: datetime) -> list[dict[str, Any]]:
    length = r.choice([0, 0, 1, 2, 3, 4, 6, 10, 25])
    days = sorted((r.choice([r.uniform(0, 400), 90, 90]) for _ in range(length)), reverse=True)
    outcomes = r.choice([OUTCOMES, OUTCOMES, ["ok"], ["ok", "ok", "ok", "left_early"]])
    return [_entry(r, person, at - timedelta(days=day), r.choice(outcomes)) for day in days]


def _entry(r: random.Random, person: dict[str, Any], moment: datetime, outcome: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"at": (moment + timedelta(seconds=r.choice([0, 0, 1, -1]))).isoformat()}
    entry["outcome"] = outcome
    if outcome in ("ok", "left_early", "too_much", "answered_too_much") or r.random() < 0.3:
        entry["aspects"] = {
            aspect: max(0.0, min(4.0, rung + r.choice([-2, -1.5, -1, -1, -0.5, 0, 0, 0.5])))
            for aspect, rung in person["comfort"].items()
        }
    if outcome != "talked":
        entry |= _named(r, "opportunity_id", OPPORTUNITY_IDS)
        entry |= _named(r, "place_id", PLACE_IDS)
        entry |= _named(r, "organisation_id", ORGANISATIONS)
        entry |= _named(r, "stay_step", [None, *STAY_STEPS])
    return entry
