"""What a card takes over, on whose clock, and what it refuses to leave out."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime

import pytest

from matcher.domain.card import Card, Visitor
from matcher.domain.errors import InvalidInput
from matcher.domain.opportunity import Place, Session
from matcher.domain.person import ContactHours
from matcher.domain.values import DayWindow, Interaction, TravelMode
from tests.mail.samples import card, make_opportunity, make_person, visitor

NEW_YORK = ContactHours(DayWindow(780, 1200), "America/New_York")


def test_times_are_on_the_clock_of_the_place() -> None:
    shown = card(contact_hours=NEW_YORK)
    assert shown.starts_at is not None
    assert (shown.starts_at.hour, shown.timezone, shown.says_timezone) == (13, "Asia/Tokyo", True)


def test_online_times_are_on_the_clock_of_the_person() -> None:
    online = make_opportunity(online=True, place=None, interaction=Interaction.text_only)
    shown = card(opportunity=online, contact_hours=NEW_YORK)
    assert shown.starts_at is not None
    assert (shown.starts_at.hour, shown.timezone, shown.says_timezone) == (23, "America/New_York", False)


def test_a_place_without_a_zone_takes_the_persons() -> None:
    nowhere_said = make_opportunity(place=Place("Hall", None, 35.6, 139.5, "Front door"))
    assert card(opportunity=nowhere_said, contact_hours=NEW_YORK).timezone == "America/New_York"


def test_summer_time_moves_the_local_hour() -> None:
    berlin = Place("Garten", None, 52.5, 13.4, "Gate", "Europe/Berlin")
    hours = []
    for month in (1, 7):
        session = Session(datetime(2027, month, 5, 9, tzinfo=UTC), datetime(2027, month, 5, 10, tzinfo=UTC))
        shown = card(opportunity=make_opportunity(place=berlin, sessions=(session,)))
        assert shown.starts_at is not None
        hours.append(shown.starts_at.hour)
    assert hours == [10, 11]


def test_something_undated_keeps_its_opening_hours() -> None:
    shown = card(opportunity=make_opportunity(sessions=(), open_when="Mondays 10 to 16", duration_minutes=30))
    assert (shown.starts_at, shown.ends_at, shown.open_when, shown.duration_minutes) == (
        None,
        None,
        "Mondays 10 to 16",
        30,
    )


def test_online_there_is_no_way_to_travel() -> None:
    shown = card(opportunity=make_opportunity(online=True, place=None, interaction=Interaction.text_only))
    assert (shown.travel_minutes, shown.mode, shown.place_name, shown.latitude) == (None, None, None, None)
    moved_online = make_opportunity(online=True, interaction=Interaction.text_only)
    assert card(opportunity=moved_online).place_name is None
    assert card().mode is TravelMode.bicycle


@pytest.mark.parametrize(
    ("lacking", "pointer"),
    [
        ({"if_you_do_not_come": None}, "/if_you_do_not_come"),
        ({"not_expected": None}, "/not_expected"),
        ({"place": Place("Hall", None, 35.6, 139.5, None)}, "/place/entry"),
        ({"leave_any_time": None}, "/leave_any_time"),
    ],
)
def test_care_6_an_invitation_that_could_not_say_everything_is_not_made(
    lacking: dict[str, object], pointer: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        card(opportunity=make_opportunity(**lacking))
    assert [problem.pointer for problem in refused.value.problems] == [pointer]


def test_care_5_a_card_has_no_place_for_a_score_a_rung_a_chance_or_a_rank() -> None:
    names = {field.name for field in fields(Card)}
    assert not names & {
        "score",
        "parts",
        "chance",
        "likely",
        "rung",
        "aspects",
        "step",
        "stretch",
        "rank",
        "comfort",
    }


def test_care_17_an_organisation_learns_alias_session_and_agreed_needs_only() -> None:
    beyond_the_plan = {field.name for field in fields(Visitor)} - {
        field.name for field in fields(Visitor.__base__)
    }
    about_the_posting = {"opportunity_id", "asks_how_to_join"}
    assert beyond_the_plan == {"alias", "needs"} | about_the_posting
    shown = visitor()
    assert (shown.alias, shown.needs) == ("Haru", ("step_free", "a chair"))
    for secret in ("secret", "47", "1994", "35.123", "mother", "p-1"):
        assert secret in repr(make_person())
        assert secret not in repr(shown)
