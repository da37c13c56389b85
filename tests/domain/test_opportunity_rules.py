"""What a posting may say: each rule refuses at its place, and a good posting passes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from matcher.domain.opportunity import (
    AgeRange,
    GroupSize,
    Host,
    Opportunity,
    OpportunityState,
    Place,
    Session,
)
from matcher.domain.opportunity_rules import FACT_MEANINGS, problems
from matcher.domain.values import Interaction, Kind, StayStep, Stimulation

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def session(starts_in: timedelta = timedelta(days=7), length: timedelta = timedelta(minutes=30)) -> Session:
    return Session(NOW + starts_in, NOW + starts_in + length)


GOOD = Opportunity(
    title="Quiet gardening",
    kind=Kind.volunteering,
    summary="Weeding, side by side.",
    online=False,
    place=Place("Izumi allotment", latitude=35.635, longitude=139.578, entry="Green gate."),
    sessions=(session(),),
    capacity=2,
    group_size=GroupSize(3, 4),
    interaction=Interaction.side_by_side,
    stimulation=Stimulation.quiet,
    host=Host("Aoki", "gardener", True),
    staffed=True,
    leave_any_time=True,
    regular_attendance=False,
    watch_first=True,
    companion_welcome=True,
    requires=(),
    provides=(),
    languages=("ja",),
    topics=("gardening",),
    age=AgeRange(18),
    not_expected=(),
    if_you_do_not_come="Nothing happens.",
    state=OpportunityState.published,
)
ONLINE: dict[str, Any] = {"online": True, "place": None, "interaction": Interaction.text_only}
LIVING: dict[str, Any] = {"kind": Kind.communal_living, "stay_step": StayStep.visit, "free_exit": "Any time."}


def pointers(posting: Opportunity, before: Opportunity | None = None) -> list[str]:
    return [problem.pointer for problem in problems(posting, NOW, before=before)]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        ONLINE,
        {**ONLINE, "interaction": Interaction.listening_online},
        {"sessions": (), "duration_minutes": 60.0, "open_when": "Weekdays 10 to 16"},
        LIVING,
        {"capacity": 4},
        {"sessions": (session(length=timedelta(days=14)),)},
        {"age": AgeRange(None, None)},
        {"age": AgeRange(15, 18)},
    ],
)
def test_a_complete_posting_passes(changes: dict[str, Any]) -> None:
    assert pointers(replace(GOOD, **changes)) == []


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"capacity": 0}, "/capacity"),
        ({"capacity": 1001}, "/capacity"),
        ({"capacity": 5}, "/capacity"),
        ({"group_size": GroupSize(5, 4)}, "/group_size/typical"),
        ({"group_size": GroupSize(0, 4)}, "/group_size/typical"),
        ({"group_size": GroupSize(3, 10_001)}, "/group_size/max"),
        ({"group_size": GroupSize(1, 1), "capacity": 1}, "/group_size/max"),
        ({"interaction": Interaction.listening_online}, "/interaction"),
        ({**ONLINE, "interaction": Interaction.side_by_side}, "/interaction"),
        ({**ONLINE, "open_when": "Always"}, "/open_when"),
        ({"place": replace(GOOD.place or Place(), latitude=139.5, longitude=35.6)}, "/place/latitude"),
        ({"sessions": (session(length=timedelta(0)),)}, "/sessions/0/ends_at"),
        ({"sessions": (session(length=timedelta(minutes=-5)),)}, "/sessions/0/ends_at"),
        ({"sessions": (session(length=timedelta(days=14, minutes=1)),)}, "/sessions/0/ends_at"),
        ({"sessions": (session(), session(timedelta(minutes=-1)))}, "/sessions/1/starts_at"),
        ({"sessions": (session(timedelta(days=2000)),)}, "/sessions/0/starts_at"),
        ({"sessions": (session(), session())}, "/sessions/1"),
        ({"sessions": (Session(NOW + timedelta(days=1), None),)}, "/sessions/0/ends_at"),
        ({"sessions": tuple(session(timedelta(days=1, hours=hour)) for hour in range(501))}, "/sessions"),
        ({"duration_minutes": 0.0}, "/duration_minutes"),
        ({"duration_minutes": float("nan")}, "/duration_minutes"),
        ({"duration_minutes": 1e9}, "/duration_minutes"),
        ({"age": AgeRange(40, 30)}, "/age/min"),
        ({"age": AgeRange(-1, None)}, "/age/min"),
        ({"age": AgeRange(None, 17)}, "/age/max"),
        ({"age": AgeRange(None, 121)}, "/age/max"),
        ({"stay_step": StayStep.visit}, "/stay_step"),
        ({"free_exit": "Any time."}, "/free_exit"),
    ],
)
def test_what_cannot_be_is_refused_at_its_place(changes: dict[str, Any], pointer: str) -> None:
    assert pointers(replace(GOOD, **changes)) == [pointer]
    assert pointers(replace(GOOD, **changes, state=OpportunityState.draft)) == [pointer]


def test_a_published_posting_states_every_fact_and_a_draft_need_not() -> None:
    assert pointers(Opportunity()) == []
    bare = Opportunity(state=OpportunityState.published, kind=Kind.communal_living)
    found = pointers(bare)
    assert {"/title", "/group_size/max", "/host/greets_at_door", "/place", "/sessions", "/free_exit"} <= set(
        found
    )
    assert all("State it before publishing" in problem.detail for problem in problems(bare, NOW))


def test_every_fact_that_can_be_missing_says_what_it_means() -> None:
    in_person = Opportunity(online=False, place=Place(), kind=Kind.communal_living, duration_minutes=30.0)
    undated = Opportunity(online=False, place=Place(), open_when="Weekdays")
    for posting in (Opportunity(), in_person, undated):
        for problem in problems(replace(posting, state=OpportunityState.published), NOW):
            assert FACT_MEANINGS[problem.pointer.strip("/").replace("/", ".")] in problem.detail


def test_a_session_that_stood_before_may_meanwhile_be_over() -> None:
    past, ahead = session(timedelta(days=-7)), session()
    before = replace(GOOD, sessions=(past, ahead))
    assert pointers(replace(before, title="Gardening"), before) == []
    assert pointers(replace(before, sessions=(past, ahead, session(timedelta(days=-1)))), before) == [
        "/sessions/2/starts_at"
    ]


def test_a_draft_whose_sessions_are_all_over_is_not_published() -> None:
    before = replace(GOOD, sessions=(session(timedelta(days=-7)),), state=OpportunityState.draft)
    assert pointers(replace(before, state=OpportunityState.published), before) == ["/sessions"]
