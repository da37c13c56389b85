"""How letters say what a listing states: online, a stay, any time, other clocks, names."""

from __future__ import annotations

import pytest

from matcher.domain.card import Card
from matcher.domain.errors import MailPermanentError
from matcher.domain.person import ContactHours
from matcher.domain.values import DayWindow, Interaction, Kind, Requirement, StayStep
from matcher.mail import letters
from matcher.mail.wording import details
from tests.mail.samples import (
    LANGUAGES,
    PERSON_POST,
    POST,
    card,
    letters_to_person,
    make_opportunity,
    visitor,
)


def test_online_says_how_to_join_or_who_can_tell() -> None:
    online = make_opportunity(
        online=True, place=None, interaction=Interaction.text_only, how_to_join="Open the board; no account."
    )
    assert "Open the board; no account." in letters.invitation(card(opportunity=online), **PERSON_POST).text
    unsaid = make_opportunity(online=True, place=None, interaction=Interaction.text_only)
    assert (
        "Tanaka can tell you how to join." in letters.invitation(card(opportunity=unsaid), **PERSON_POST).text
    )


def _lines(shown: Card, key: str) -> tuple[str, ...]:
    return next(detail.lines for detail in details(shown) if detail.key == key)


def test_care_8_no_call_camera_or_microphone_is_said_unless_one_is_needed() -> None:
    online = make_opportunity(online=True, place=None, interaction=Interaction.conversation)
    assert {"a phone call", "a camera that is on", "a microphone that is on"} <= set(
        _lines(card(opportunity=online), "not_expected")
    )
    speaking = make_opportunity(
        online=True, place=None, interaction=Interaction.conversation, requires=(Requirement.microphone,)
    )
    shown = card(opportunity=speaking)
    assert "a microphone that is on" not in _lines(shown, "not_expected")
    assert _lines(shown, "needed") == ("a microphone that is on",)


def test_a_stay_says_its_step_and_its_free_exit() -> None:
    living = make_opportunity(
        kind=Kind.communal_living, stay_step=StayStep.trial_night, free_exit="The door opens from inside."
    )
    shown = card(opportunity=living)
    assert "This is one night, to see what it is like." in _lines(shown, "like")
    assert "The door opens from inside." in _lines(shown, "leaving")


def test_living_somewhere_for_a_time_is_given_no_length_in_any_letter() -> None:
    living = make_opportunity(
        kind=Kind.communal_living, stay_step=StayStep.stay, free_exit="The door opens from inside.",
        sessions=(), open_when="When a room is free", duration_minutes=1440,
    )  # fmt: skip
    for language in LANGUAGES:
        assert len(_lines(card(language, living), "when")) == 1
        assert visitor(language, living).duration_minutes is None
    assert "This is about living there for a time." in _lines(card(opportunity=living), "like")


def test_something_at_any_time_says_so_and_how_long() -> None:
    undated = make_opportunity(sessions=(), open_when="Mondays 10 to 16", duration_minutes=90)
    assert _lines(card(opportunity=undated), "when") == (
        "You choose the moment. It is open: Mondays 10 to 16",
        "About 1 hour 30 minutes.",
    )
    assert _lines(card("ja", undated), "when")[1] == "1時間30分くらいです。"


def test_another_clock_is_named() -> None:
    abroad = card(contact_hours=ContactHours(DayWindow(780, 1200), "America/New_York"))
    assert _lines(abroad, "when")[1] == "The times are in Japan Standard Time."
    assert len(_lines(card(), "when")) == 1


def test_minutes_of_getting_there_are_rounded_up_and_whole() -> None:
    assert "Getting there takes about 12 minutes by bicycle." in _lines(card(), "where")


def test_a_change_says_what_changed() -> None:
    text = letters_to_person(card())["changed"].text
    assert "- when it is\n- who will be there\n" in text


def test_who_called_it_off_is_left_out_when_it_was_not_the_organiser() -> None:
    silent = letters.called_off(card(), calendar=None, by_organiser=False, **PERSON_POST)
    assert "organiser" in letters_to_person(card())["called_off"].text
    assert "organiser" not in silent.text


def test_a_language_matcher_does_not_write_is_answered_in_english() -> None:
    assert (
        letters.invitation(card("fr"), **PERSON_POST).text
        == letters.invitation(card("en"), **PERSON_POST).text
    )


def test_names_are_said_politely_once_in_japanese() -> None:
    shown = card(
        "ja", make_opportunity(host=make_opportunity().host.__class__("森先生", "先生", greets_at_door=True))
    )
    text = letters.invitation(shown, **PERSON_POST).text
    assert "Tanakaさん" in text
    assert "森先生さん" not in text


@pytest.mark.parametrize(
    "url", ["https://a.example/x\r\nBcc: b@example.jp", "javascript:alert(1)", "https://a b", ""]
)
def test_a_link_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(MailPermanentError):
        letters.invitation(card(), **{**PERSON_POST, "pause_url": url})


def test_an_online_visit_tells_the_organisation_the_zone() -> None:
    online = make_opportunity(online=True, place=None, interaction=Interaction.conversation)
    assert "Japan Standard Time" in letters.visitor_announced(visitor(opportunity=online), **POST).text
