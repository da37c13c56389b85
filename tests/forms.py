"""The posting and the intake of the tests' story, as JSON and as domain values."""

from __future__ import annotations

import copy
from typing import Any

from matcher.api.forms.opportunity import OpportunityForm
from matcher.api.forms.person import PersonForm
from matcher.domain.opportunity import Opportunity
from matcher.domain.person import Person

OPPORTUNITY: dict[str, Any] = {
    "title": "Quiet gardening",
    "kind": "volunteering",
    "summary": "Weeding, side by side.",
    "place": {
        "name": "Izumi allotment",
        "address": "Somewhere 1-2-3",
        "latitude": 35.635,
        "longitude": 139.578,
        "entry": "Green gate; Aoki waits there.",
    },
    "sessions": [{"starts_at": "2026-12-01T13:00:00+09:00", "ends_at": "2026-12-01T13:30:00+09:00"}],
    "capacity": 2,
    "group_size": {"typical": 3, "max": 4},
    "interaction": "side_by_side",
    "stimulation": "quiet",
    "host": {"name": "Aoki", "role": "gardener", "greets_at_door": True},
    "staffed": True,
    "leave_any_time": True,
    "regular_attendance": False,
    "watch_first": True,
    "companion_welcome": True,
    "requires": [],
    "provides": ["step_free"],
    "languages": ["ja"],
    "topics": ["gardening"],
    "age": {"min": 18, "max": None},
    "not_expected": ["talking"],
    "if_you_do_not_come": "Nothing happens; the next one is open too.",
    "state": "published",
}
PERSON: dict[str, Any] = {
    "alias": "Haru",
    "language": "ja",
    "birth_year": 1994,
    "contact": {"channel": "email", "address": "haru@example.org"},
    "start_point": {"latitude": 35.63, "longitude": 139.58},
    "travel": {"mode": "bicycle", "max_minutes": 30, "half_life_minutes": 20},
    "max_group_size": 5,
    "comfort": {
        "group": 1.5, "interaction": 2, "unfamiliarity": 3, "travel": 2, "commitment": 2, "stimulation": 1,
    },
    "red_lines": ["phone_call", "camera"],
    "needs": ["staffed", "leave_any_time"],
    "kinds": ["volunteering", "communal_space"],
    "topics": ["gardening", "cats"],
    "availability": [{"weekday": 1, "from": "12:00", "to": "17:00"}],
    "contact_hours": {"from": "13:00", "to": "20:00", "timezone": "Asia/Tokyo"},
    "pace": {"min_days_between": 7, "max_per_28_days": 3},
    "approval": "each",
    "companion": False,
    "introduced_to": [],
    "share_needs": ["step_free"],
    "supporters": [],
    "consents": [{"purpose": "matching", "text_version": "2026-11", "given_at": "2026-11-01T00:00:00Z"}],
}  # fmt: skip
STANDING_CONSENT = {
    "purpose": "standing_approval",
    "text_version": "2026-11",
    "given_at": "2026-11-01T00:00:00Z",
}


def opportunity_form(**changes: Any) -> dict[str, Any]:
    """The posting of the story as JSON, with other values for some fields."""
    return {**copy.deepcopy(OPPORTUNITY), **changes}


def person_form(**changes: Any) -> dict[str, Any]:
    """Haru's intake as JSON, with other values for some fields."""
    return {**copy.deepcopy(PERSON), **changes}


def a_posting(**changes: Any) -> Opportunity:
    """The posting of the story as a domain value."""
    posting: Opportunity = OpportunityForm().read(opportunity_form(**changes))
    return posting


def an_intake(**changes: Any) -> Person:
    """Haru's intake as a domain value."""
    person: Person = PersonForm().read(person_form(**changes))
    return person
