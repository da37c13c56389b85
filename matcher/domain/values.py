"""The small values everything is said in: kinds, aspects, points, hours and rungs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

RUNG_MIN: Final = 0.0
RUNG_MAX: Final = 4.0
GRID_PER_DEGREE: Final = (
    200  # 0.005°, about 500 m: fixed, never fresh noise, which would average out (CARE 20)
)
MINUTES_PER_DAY: Final = 24 * 60


class Kind(StrEnum):
    """What an opportunity is."""

    volunteering = "volunteering"
    communal_space = "communal_space"
    communal_living = "communal_living"
    online_group = "online_group"
    physical_activity = "physical_activity"
    hobby = "hobby"
    study = "study"


class Aspect(StrEnum):
    """What an opportunity asks of a newcomer, each on rungs 0 to 4 in halves. The order is the order of all arrays."""

    group = "group"
    interaction = "interaction"
    unfamiliarity = "unfamiliarity"
    travel = "travel"
    commitment = "commitment"
    stimulation = "stimulation"


class Interaction(StrEnum):
    """How much one has to do with others; the position is the rung."""

    text_only = "text_only"
    listening_online = "listening_online"
    side_by_side = "side_by_side"
    conversation = "conversation"
    speaking_to_group = "speaking_to_group"


class Stimulation(StrEnum):
    """How much there is to hear and see; the position is the rung."""

    quiet = "quiet"
    calm = "calm"
    moderate = "moderate"
    busy = "busy"
    loud = "loud"


class Requirement(StrEnum):
    """What a newcomer would have to do or show; a person's red lines are taken from the same list."""

    phone_call = "phone_call"
    camera = "camera"
    microphone = "microphone"
    real_name = "real_name"
    registration_form = "registration_form"
    dress_code = "dress_code"
    payment = "payment"


class StayStep(StrEnum):
    """The steps of communal living (CARE 11)."""

    visit = "visit"
    trial_night = "trial_night"
    stay = "stay"


class TravelMode(StrEnum):
    """How somebody gets about."""

    walk = "walk"
    bicycle = "bicycle"
    transit = "transit"
    car = "car"


class Approval(StrEnum):
    """Whether the caseworker approves each invitation or both agreed to within-comfort ones in advance."""

    each = "each"
    standing = "standing"


class Purpose(StrEnum):
    """What a consent is for."""

    matching = "matching"
    communal_living = "communal_living"
    standing_approval = "standing_approval"
    supporter_copy = "supporter_copy"


class Outcome(StrEnum):
    """How a visit went, in the person's own word."""

    ok = "ok"
    left_early = "left_early"
    too_much = "too_much"
    did_not_come = "did_not_come"


class HistoryOutcome(StrEnum):
    """Everything that can stand in a person's history: visits, answers and recorded talks (SCORING §9)."""

    ok = "ok"
    left_early = "left_early"
    too_much = "too_much"
    did_not_come = "did_not_come"
    answered_too_much = "answered_too_much"
    answered_not_now = "answered_not_now"
    answered_not_for_me = "answered_not_for_me"
    no_answer = "no_answer"
    talked = "talked"


class Language(StrEnum):
    """The languages Matcher writes in."""

    ja = "ja"
    en = "en"


@dataclass(frozen=True, slots=True)
class GeoPoint:
    """A point on the earth in degrees (WGS 84)."""

    latitude: float
    longitude: float

    def snapped(self) -> GeoPoint:
        """The same point on the fixed 0.005° grid; snapping twice changes nothing."""
        return GeoPoint(
            round(self.latitude * GRID_PER_DEGREE) / GRID_PER_DEGREE,
            round(self.longitude * GRID_PER_DEGREE) / GRID_PER_DEGREE,
        )


@dataclass(frozen=True, slots=True)
class Rungs:
    """One number per aspect, 0 to 4 in halves."""

    group: float
    interaction: float
    unfamiliarity: float
    travel: float
    commitment: float
    stimulation: float

    def as_tuple(self) -> tuple[float, float, float, float, float, float]:
        """In the order of `Aspect`."""
        return (
            self.group,
            self.interaction,
            self.unfamiliarity,
            self.travel,
            self.commitment,
            self.stimulation,
        )


def as_rung(value: float) -> float:
    """Round up to the next half and clip to [0, 4] (SCORING §1).

    >>> as_rung(1.01), as_rung(-3.0), as_rung(9.0)
    (1.5, 0.0, 4.0)
    """
    return min(RUNG_MAX, max(RUNG_MIN, math.ceil(2 * value - 1e-9) / 2))


@dataclass(frozen=True, slots=True)
class DayWindow:
    """Hours of a day in minutes since local midnight, end exclusive for a moment, inclusive for a span; `end` may be 1440."""

    start: int
    end: int

    def holds(self, minute: float) -> bool:
        """Whether a moment lies inside. Where the end is not after the start, the window runs past midnight."""
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


@dataclass(frozen=True, slots=True)
class Availability:
    """A weekly window of a person's free time; weekday 0 is Monday."""

    weekday: int
    window: DayWindow


def minute_of_day(moment: datetime) -> float:
    """Minutes since local midnight by the wall clock of an aware or naive moment."""
    return moment.hour * 60 + moment.minute + (moment.second + moment.microsecond / 1e6) / 60


def is_id(value: str) -> bool:
    """Whether it could be the id of something: a UUID as they are written here."""
    try:
        return str(UUID(value)) == value
    except ValueError:
        return False
