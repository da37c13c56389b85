"""Invented people, opportunities and visits for the tests of scoring; each fits the other unless a test says otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from matcher.domain.opportunity import (
    AgeRange,
    GroupSize,
    Host,
    Opportunity,
    OpportunityState,
    Place,
    Session,
)
from matcher.domain.person import Consent, ContactHours, History, HistoryEntry, Pace, Person, Travel
from matcher.domain.values import (
    DayWindow,
    GeoPoint,
    HistoryOutcome,
    Interaction,
    Kind,
    Purpose,
    Rungs,
    StayStep,
    Stimulation,
    TravelMode,
)
from matcher.scoring.comfort import ComfortState, replay
from matcher.scoring.evaluation import Evaluation, evaluate

AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)  # a Monday, noon in Tokyo
TUESDAY = datetime(2026, 12, 1, 4, 0, tzinfo=UTC)  # 13:00 in Tokyo
ROOMY = Rungs(3, 4, 4, 4, 4, 3)
CALM = Rungs(0, 0, 0, 0, 0, 0)


def consent(purpose: Purpose, **changes: Any) -> Consent:
    return Consent(
        **{"purpose": purpose, "text_version": "2026-11", "given_at": AT - timedelta(days=30)} | changes
    )


def someone(**changes: Any) -> Person:
    facts: dict[str, Any] = {
        "alias": "Haru",
        "language": "ja",
        "birth_year": 1994,
        "contact": None,
        "start_point": GeoPoint(35.63, 139.58),
        "travel": Travel(TravelMode.bicycle, 30, 20),
        "max_group_size": 5,
        "comfort": ROOMY,
        "contact_hours": ContactHours(DayWindow(13 * 60, 20 * 60), "Asia/Tokyo"),
        "pace": Pace(7, 3),
        "consents": (consent(Purpose.matching),),
    }
    return Person(**facts | changes)


def session(starts_at: datetime = TUESDAY, minutes: float = 30, **changes: Any) -> Session:
    return Session(starts_at, starts_at + timedelta(minutes=minutes), **changes)


def something(**changes: Any) -> Opportunity:
    facts: dict[str, Any] = {
        "title": "Quiet gardening",
        "kind": Kind.volunteering,
        "summary": "Weeding, side by side.",
        "online": False,
        "place": Place(
            "Izumi allotment", latitude=35.635, longitude=139.578, entry="Green gate.", id="place"
        ),
        "sessions": (session(),),
        "capacity": 2,
        "group_size": GroupSize(3, 4),
        "interaction": Interaction.side_by_side,
        "stimulation": Stimulation.quiet,
        "host": Host("Aoki", "gardener", True),
        "staffed": True,
        "leave_any_time": True,
        "regular_attendance": False,
        "watch_first": True,
        "companion_welcome": True,
        "requires": (),
        "provides": ("step_free",),
        "languages": ("ja",),
        "topics": ("gardening",),
        "age": AgeRange(18),
        "not_expected": ("talking",),
        "if_you_do_not_come": "Nothing happens.",
        "state": OpportunityState.published,
        "organisation_id": "organisation",
        "id": "opportunity",
    }
    return Opportunity(**facts | changes)


def something_online(**changes: Any) -> Opportunity:
    facts: dict[str, Any] = {"online": True, "place": None, "kind": Kind.online_group, "staffed": False}
    return something(**facts | {"interaction": Interaction.conversation} | changes)


def a_stay(step: StayStep, **changes: Any) -> Opportunity:
    return something(kind=Kind.communal_living, stay_step=step, free_exit="Whenever you like.", **changes)


def happened(outcome: str, asked: Rungs | None = CALM, days_ago: float = 10, **where: Any) -> HistoryEntry:
    return HistoryEntry(AT - timedelta(days=days_ago), HistoryOutcome(outcome), asked, **where)


def judged(
    person: Person | None = None,
    opportunity: Opportunity | None = None,
    *entries: HistoryEntry,
    at: datetime = AT,
    comfort: ComfortState | None = None,
    live_invitation: bool = False,
    requested: bool = False,
) -> Evaluation:
    person = person or someone()
    return evaluate(
        person,
        opportunity or something(),
        History(entries, live_invitation),
        at,
        comfort=comfort or replay(person.comfort, entries),
        requested=requested,
    )


def codes(evaluation: Evaluation) -> list[str]:
    return [reason.code.value for reason in evaluation.reasons]


def asks(evaluation: Evaluation) -> dict[str, float | None]:
    return {each.aspect.value: each.asks for each in evaluation.aspects}
