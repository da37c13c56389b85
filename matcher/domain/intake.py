"""What is assumed of somebody as long as they have not said otherwise, and in which words they agree."""

from __future__ import annotations

from typing import Final

from matcher.domain.person import ContactHours, Pace, Person, Travel
from matcher.domain.values import DayWindow, GeoPoint, Requirement, Rungs, TravelMode

ALIAS_MAX: Final = 60  # characters; judgement, 2026-11
USUAL_HOURS: Final = DayWindow(13 * 60, 20 * 60)  # SCORING §8: 13:00–20:00 on their own clock

# Which edition of the sentences of consent is read out now. Whoever changes one of them gives it a new edition:
# what somebody agreed to stays what they heard (CARE 21).
TEXT_VERSION: Final = "2026-11"

# The careful answer to every question that may be left open (judgement, 2026-11): small, near, quiet, short, seldom, and
# nothing that CARE 8 leaves out by default. What cannot be assumed (name, year, address, start) is empty here.
CAREFUL: Final = Person(
    alias="",
    language="ja",
    birth_year=0,
    contact=None,
    start_point=GeoPoint(0, 0),
    travel=Travel(TravelMode.walk, max_minutes=30, half_life_minutes=10),
    max_group_size=4,
    comfort=Rungs(group=1, interaction=2, unfamiliarity=2, travel=2, commitment=1, stimulation=1),
    contact_hours=ContactHours(USUAL_HOURS, ""),
    pace=Pace(min_days_between=14, max_per_28_days=2),
    red_lines=frozenset({Requirement.phone_call, Requirement.camera, Requirement.microphone}),
    needs=("staffed", "leave_any_time"),
)
