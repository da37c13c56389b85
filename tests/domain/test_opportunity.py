"""Which facts a posting still lacks: a safety fact is never guessed."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest

from matcher.domain.opportunity import (
    MATERIAL_FACTS,
    GroupSize,
    Host,
    Opportunity,
    Place,
    Session,
    missing_facts,
    told_anew,
)
from matcher.domain.values import GeoPoint, Interaction, Kind, Requirement, StayStep
from tests.forms import a_posting

WHOLE = a_posting()
UNDATED = replace(WHOLE, sessions=())


def test_a_whole_posting_lacks_nothing() -> None:
    assert missing_facts(WHOLE) == ()


@pytest.mark.parametrize(
    "fact",
    [
        "title", "kind", "summary", "capacity", "interaction", "stimulation", "staffed", "leave_any_time",
        "regular_attendance", "watch_first", "companion_welcome", "requires", "provides", "languages", "topics",
        "age", "not_expected", "if_you_do_not_come",
    ],
)  # fmt: skip
def test_each_fact_is_asked_for_by_its_name(fact: str) -> None:
    assert missing_facts(replace(WHOLE, **{fact: None})) == (fact,)


@pytest.mark.parametrize("fact", ["requires", "provides", "languages", "topics", "not_expected"])
def test_an_empty_list_is_a_statement(fact: str) -> None:
    assert missing_facts(replace(WHOLE, **{fact: ()})) == ()


def test_a_draft_of_nothing_lacks_everything_once() -> None:
    found = missing_facts(Opportunity())
    assert len(found) == len(set(found))
    assert {"group_size.typical", "group_size.max", "host.greets_at_door", "place", "sessions"} <= set(found)


def test_parts_of_a_fact_are_asked_for_with_dots() -> None:
    half = replace(WHOLE, group_size=GroupSize(typical=3), host=Host(name="Aoki", greets_at_door=False))
    assert missing_facts(half) == ("group_size.max", "host.role")
    assert missing_facts(replace(WHOLE, place=Place(name="Hall", latitude=35.0))) == (
        "place.longitude",
        "place.entry",
    )


def test_online_asks_for_no_place_and_nowhere_said_asks_for_one() -> None:
    online = replace(WHOLE, online=True, place=None, interaction=Interaction.conversation)
    assert missing_facts(online) == ()
    assert missing_facts(replace(WHOLE, online=None, place=None)) == ("place",)


def test_any_time_is_a_choice_that_says_how_long_and_when_open() -> None:
    assert missing_facts(UNDATED) == ("sessions",)
    assert missing_facts(replace(UNDATED, duration_minutes=30.0)) == ("open_when",)
    assert missing_facts(replace(UNDATED, open_when="Mondays")) == ("duration_minutes",)
    assert missing_facts(replace(UNDATED, duration_minutes=30.0, open_when="Mondays")) == ()


def test_a_board_one_may_write_on_at_any_time_asks_for_no_length() -> None:
    board = replace(UNDATED, online=True, place=None, interaction=Interaction.text_only)
    assert missing_facts(board) == ()
    assert missing_facts(replace(board, interaction=Interaction.conversation)) == ("sessions",)


def test_care_11_communal_living_states_its_step_and_the_free_exit() -> None:
    living = replace(WHOLE, kind=Kind.communal_living)
    assert missing_facts(living) == ("stay_step", "free_exit")
    assert missing_facts(replace(living, stay_step=StayStep.visit, free_exit="Any time")) == ()


def test_sessions_or_the_open_one() -> None:
    opened = Session(id="open")
    assert replace(UNDATED, open_session=opened).all_sessions() == (opened,)
    assert UNDATED.all_sessions() == (Session(),)
    assert replace(WHOLE, open_session=opened).all_sessions() == WHOLE.sessions


def test_a_session_knows_its_length() -> None:
    start = datetime(2026, 12, 1, 4, 0, tzinfo=UTC)
    assert Session(start, start + timedelta(minutes=45)).duration_minutes == 45
    assert Session().duration_minutes is None


def test_a_place_has_a_point_only_with_both_coordinates() -> None:
    assert Place(latitude=35.0, longitude=139.0).point == GeoPoint(35.0, 139.0)
    assert Place(latitude=35.0).point is None


def test_what_makes_an_invitation_untrue_are_facts_of_a_posting() -> None:
    assert set(MATERIAL_FACTS) <= {field.name for field in fields(Opportunity)}
    # ARCHITECTURE §3: time, place, host, group, interaction or stimulation.
    assert {"place", "host", "group_size", "interaction", "stimulation"} <= set(MATERIAL_FACTS)


@pytest.mark.parametrize("promise", ["staffed", "leave_any_time", "watch_first", "companion_welcome"])
def test_a_promise_is_told_anew_when_it_is_taken_back_not_when_it_is_made(promise: str) -> None:
    with_it, without = (Opportunity(**{promise: stated}) for stated in (True, False))
    assert told_anew(with_it, without) == (promise,)
    assert told_anew(without, with_it) == ()


@pytest.mark.parametrize("fact", ["provides", "not_expected", "languages"])
def test_one_of_several_promises_is_told_anew_when_it_is_taken_back(fact: str) -> None:
    more, less = Opportunity(**{fact: ("a", "b")}), Opportunity(**{fact: ("b",)})
    assert told_anew(more, less) == (fact,)
    assert told_anew(less, more) == ()


def test_what_is_asked_is_told_anew_when_it_is_more() -> None:
    little = Opportunity(requires=(Requirement.payment,), regular_attendance=False)
    more = Opportunity(requires=(Requirement.camera, Requirement.payment), regular_attendance=True)
    assert told_anew(little, more) == ("requires", "regular_attendance")
    assert told_anew(more, little) == ()
