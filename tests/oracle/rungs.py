"""What an opportunity asks, and how comfort is learned: SCORING §1, §2 and §4, slowly and with the standard library alone.

Written from the document, never from the code it is held against; so it shares nothing with `matcher.scoring`.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

ASPECTS = ["group", "interaction", "unfamiliarity", "travel", "commitment", "stimulation"]
INTERACTIONS = ["text_only", "listening_online", "side_by_side", "conversation", "speaking_to_group"]
STIMULATIONS = ["quiet", "calm", "moderate", "busy", "loud"]
# mode: speed in km/h, detour, wait in minutes
MODES = {
    "walk": (4.5, 1.3, 0),
    "bicycle": (12, 1.3, 2),
    "transit": (20, 1.4, 12),
    "car": (25, 1.3, 5),
}
# what was learned from: how right it was, with which weight
LESSONS = {"ok": (1, 1), "left_early": (0.5, 0.5), "too_much": (0, 1), "answered_too_much": (0, 0.5)}


def when(text: str) -> datetime:
    """An instant, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def halves_up(value: float) -> float:
    """Up to the next half, clipped to [0, 4]."""
    return min(4.0, max(0.0, math.ceil(2 * value - 1e-9) / 2))


def online(opportunity: dict[str, Any]) -> bool:
    """`place` null means online; left out means not stated."""
    return "place" in opportunity and opportunity["place"] is None


def online_text(opportunity: dict[str, Any]) -> bool:
    """Words on a screen."""
    return online(opportunity) and opportunity.get("interaction") == "text_only"


def form_stated(opportunity: dict[str, Any]) -> bool:
    """Whether it is known if it is online, and how much one has to do with others."""
    return "place" in opportunity and opportunity.get("interaction") is not None


def duration_minutes(opportunity: dict[str, Any], session: dict[str, Any] | None) -> float | None:
    """The session's own length when dated."""
    if session is not None:
        return (when(session["ends_at"]) - when(session["starts_at"])) / timedelta(minutes=1)
    return opportunity.get("duration_minutes")


def distance_km(person: dict[str, Any], opportunity: dict[str, Any]) -> float | None:
    """Haversine from the snapped start point."""
    place = opportunity.get("place") or {}
    if place.get("latitude") is None or place.get("longitude") is None:
        return None
    start = person["start_point"]
    lat1 = math.radians(round(start["latitude"] * 200) / 200)
    lon1 = math.radians(round(start["longitude"] * 200) / 200)
    lat2, lon2 = math.radians(place["latitude"]), math.radians(place["longitude"])
    h = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * 6371.009 * math.asin(math.sqrt(min(1.0, h)))


def travel_minutes(person: dict[str, Any], distance: float) -> float:
    """The smaller of walking's and the chosen mode's."""
    times = []
    for mode in ("walk", person["travel"]["mode"]):
        speed, detour, wait = MODES[mode]
        times.append(wait + 60 * detour * distance / speed)
    return min(times)


def ok_visits_here(opportunity: dict[str, Any], history: list[dict[str, Any]]) -> int:
    """`ok` visits at the place, or at the opportunity when online."""
    if online(opportunity):
        key, here = "opportunity_id", opportunity.get("id")
    else:
        key, here = "place_id", (opportunity.get("place") or {}).get("id")
    return sum(1 for h in history if h["outcome"] == "ok" and here is not None and h.get(key) == here)


def ok_visits_with(opportunity: dict[str, Any], history: list[dict[str, Any]]) -> int:
    """`ok` visits with the organisation."""
    organisation = opportunity.get("organisation_id")
    return sum(
        1
        for h in history
        if h["outcome"] == "ok" and organisation is not None and h.get("organisation_id") == organisation
    )


def asks(
    person: dict[str, Any],
    opportunity: dict[str, Any],
    history: list[dict[str, Any]],
    session: dict[str, Any] | None,
) -> dict[str, float | None]:
    """The six rungs; None where a fact is not stated."""
    rungs = {
        "group": _group(opportunity),
        "interaction": _listed(opportunity.get("interaction"), INTERACTIONS),
        "unfamiliarity": _unfamiliarity(person, opportunity, history),
        "travel": _travel(person, opportunity),
        "commitment": _commitment(opportunity, session),
        "stimulation": _listed(opportunity.get("stimulation"), STIMULATIONS),
    }
    return {aspect: None if rung is None else halves_up(rung) for aspect, rung in rungs.items()}


def _listed(word: str | None, words: list[str]) -> float | None:
    return None if word is None else words.index(word)


def _group(opportunity: dict[str, Any]) -> float | None:
    typical = (opportunity.get("group_size") or {}).get("typical")
    if typical is None or not form_stated(opportunity):
        return None
    if online_text(opportunity):
        return 0
    others = typical - 1
    rung = 0 if others <= 1 else math.log2(others)
    if INTERACTIONS.index(opportunity["interaction"]) <= INTERACTIONS.index("side_by_side"):
        rung -= 1
    return max(0, rung)


def _unfamiliarity(
    person: dict[str, Any], opportunity: dict[str, Any], history: list[dict[str, Any]]
) -> float | None:
    host = opportunity.get("host") or {}
    companion_welcome = opportunity.get("companion_welcome") if person.get("companion") else False
    stated = [host.get("greets_at_door"), opportunity.get("watch_first"), companion_welcome]
    if None in stated or not form_stated(opportunity):
        return None
    if online_text(opportunity):
        return 0
    rung = 4
    if host["greets_at_door"]:
        rung -= 1
    if opportunity["watch_first"]:
        rung -= 1
    if companion_welcome:
        rung -= 1
    if opportunity.get("organisation_id") in (person.get("introduced_to") or []):
        rung -= 1
    if ok_visits_with(opportunity, history) > 0:
        rung -= 1
    rung = max(1, rung)
    here = ok_visits_here(opportunity, history)
    if here == 1:
        rung = 1
    if here >= 2:
        rung = 0
    return rung / 2 if online(opportunity) else rung


def _travel(person: dict[str, Any], opportunity: dict[str, Any]) -> float | None:
    if online(opportunity):
        return 0
    distance = distance_km(person, opportunity)
    if distance is None:
        return None
    minutes = travel_minutes(person, distance)
    return 0 if minutes <= 5 else math.log2(minutes / 5)


def _commitment(opportunity: dict[str, Any], session: dict[str, Any] | None) -> float | None:
    if opportunity.get("kind") == "communal_living":
        step = opportunity.get("stay_step")
        if step is None:
            return None
        if step != "visit":
            return {"trial_night": 2, "stay": 3}[step]
    if not opportunity.get("sessions") and opportunity.get("interaction") == "text_only":
        return 0
    minutes = duration_minutes(opportunity, session)
    stated = [minutes, opportunity.get("leave_any_time"), opportunity.get("regular_attendance")]
    if None in stated or minutes is None:
        return None
    rung = math.log2(minutes / 15)
    if not opportunity["leave_any_time"]:
        rung += 1
    if opportunity["regular_attendance"]:
        rung += 1
    return rung


def sigmoid(x: float) -> float:
    """σ."""
    return 1 / (1 + math.exp(-x))


class Comfort:
    """What somebody is comfortable with, after everything that happened."""

    def __init__(self, intake: dict[str, float], history: list[dict[str, Any]]) -> None:
        self.rung = {aspect: float(intake[aspect]) for aspect in ASPECTS}
        self.mean = [2.6] + [0.8] * 6 + [0.35] * 6
        self.variance = [0.7**2] + [0.4**2] * 6 + [0.2**2] * 6
        self.kept: dict[str, list[float]] = {aspect: [] for aspect in ASPECTS}
        for happened in history:
            if happened["outcome"] in LESSONS:
                self._learn(happened["aspects"], *LESSONS[happened["outcome"]])
            if happened["outcome"] == "ok":
                self._up(happened["aspects"])
            if happened["outcome"] == "too_much":
                self._down(happened["aspects"])

    def stretch(self, x: dict[str, float], aspect: str) -> float:
        """How far beyond what is comfortable."""
        return max(0.0, x[aspect] - self.rung[aspect])

    def edge(self, x: dict[str, float], aspect: str) -> float:
        """1 at or above what is comfortable, 0 a full rung inside it."""
        if x[aspect] == 0:
            return 0.0
        return min(1.0, max(0.0, 1 - (self.rung[aspect] - x[aspect])))

    def _phi(self, x: dict[str, float]) -> list[float]:
        return [1.0] + [-self.stretch(x, a) for a in ASPECTS] + [-self.edge(x, a) for a in ASPECTS]

    def margin(self, x: dict[str, float]) -> tuple[float, float]:
        """m and v."""
        phi = self._phi(x)
        m = sum(f * mu for f, mu in zip(phi, self.mean, strict=True))
        v = sum(f * f * s2 for f, s2 in zip(phi, self.variance, strict=True))
        return m, v

    def likely(self, x: dict[str, float]) -> float:
        """P."""
        m, v = self.margin(x)
        return sigmoid(m / math.sqrt(1 + math.pi * v / 8))

    def shifted(self, x: dict[str, float], z: float) -> float:
        """σ(m + z √v); L(z) is this at −z."""
        m, v = self.margin(x)
        return sigmoid(m + z * math.sqrt(v))

    def _learn(self, x: dict[str, float], y: float, weight: float) -> None:
        self.variance = [s2 + 0.02**2 for s2 in self.variance]
        phi = self._phi(x)
        m, v = self.margin(x)
        q = sigmoid(m)
        h = weight * q * (1 - q)
        k = [s2 * f for s2, f in zip(self.variance, phi, strict=True)]
        for j in range(13):
            self.mean[j] += k[j] * weight * (y - q) / (1 + h * v)
            self.variance[j] -= h * k[j] ** 2 / (1 + h * v)
            if j > 0:
                self.mean[j] = max(0.02, self.mean[j])

    def _up(self, x: dict[str, float]) -> None:
        for a in ASPECTS:
            if x[a] > self.rung[a]:
                self.kept[a].append(x[a])
            if len(self.kept[a]) >= 2:
                self.rung[a] = sorted(self.kept[a])[-2]
                self.kept[a] = [kept for kept in self.kept[a] if kept > self.rung[a]]

    def _down(self, x: dict[str, float]) -> None:
        for a in ASPECTS:
            if x[a] >= self.rung[a] and x[a] > 0:
                self.rung[a] = max(0.0, min(self.rung[a], x[a] - 0.5))
                self.kept[a] = []
