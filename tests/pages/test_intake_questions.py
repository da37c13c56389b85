"""The twelve questions at the desk: what does not fit, what is left open, and what needs a yes of its own."""

from __future__ import annotations

import re

import pytest

from matcher.domain.intake import CAREFUL
from matcher.domain.values import Language, Requirement, TravelMode
from matcher.mail.wording import words
from matcher.pages.desk.intake.choices import KINDS, NEEDS, TOLD
from matcher.pages.desk.intake.questions import NAMES, QUESTIONS
from matcher.scoring.wording import WORDING
from matcher.storage.people import person_of
from tests.builders import World
from tests.pages.conftest import everything
from tests.pages.intakes import HARU, Intake, people, saved


@pytest.mark.parametrize("language", Language)
def test_every_choice_has_words_in_reasons_and_in_letters(language: Language) -> None:
    chosen = {*NEEDS, *TOLD, *KINDS, *Requirement, *TravelMode}
    assert {str(one) for one in chosen} <= WORDING[language].words.keys()
    assert {*NEEDS, *TOLD} <= words(language)["provides"].keys()


def test_care_13_somebody_under_age_is_told_kindly_and_nothing_is_kept(world: World) -> None:
    one = Intake(world)
    one.browser.get("/desk/intakes/new")
    assert one.send({**HARU["you"], "birth_year": "2010"}) == 422
    assert "better looked after by a service made for their age" in one.browser.page.text
    assert 'value="Haru"' in one.browser.page.text
    assert one.drafts() == []


@pytest.mark.parametrize(
    ("question", "answer", "field"),
    [
        ("you", {"alias": "", "birth_year": "1994"}, "alias"),
        ("you", {"alias": "Haru", "birth_year": "soon"}, "birth_year"),
        ("letters", {**HARU["letters"], "address": "nowhere"}, "address"),
        ("letters", {**HARU["letters"], "hours.to": "14:00"}, "hours.to"),
        ("letters", {**HARU["letters"], "pace": "often"}, "pace"),
        ("letters", {**HARU["letters"], "supporter.relation": ["mother"], "supporter.address": ["x"]}, "supporters"),
        ("start", {"place": "", "candidate": ""}, "place"),
        ("start", {"candidate": "95|300|Nowhere"}, "place"),
        ("way", {**HARU["way"], "travel": "7"}, "travel"),
        ("way", {**HARU["way"], "max_minutes": "9000"}, "max_minutes"),
        ("people", {"group": "1", "max_group_size": "0"}, "max_group_size"),
        ("never", {"red_lines": ["shouting"]}, "red_lines"),
        ("likes", {"kinds": ["communal_living"]}, "kinds"),
        ("time", {"free": ["8-0-60"]}, "free"),
        ("time", {"other.day": "1", "other.from": "14:00", "other.to": "13:00"}, "other"),
        ("time", {"other.day": "1"}, "other"),
        ("letters", {**HARU["letters"], "supporter.relation": ["me"], "supporter.address": ["haru@example.org"]}, "supporters"),
        ("likes", {"topics.more": "x" * 61}, "topics"),
        ("helps", {"needs.more": "x" * 61}, "needs"),
        ("agreed", {"agreed": ["everything"]}, "agreed"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_at_its_field_and_stays_as_typed(
    world: World, question: str, answer: dict[str, object], field: str
) -> None:
    one = Intake(world)
    one.begin()
    one.open(question)
    before = everything(world)
    assert one.send(answer) == 422
    page = one.browser.page.text
    assert 'class="wrong"' in page, field
    described = re.search(rf'id="{re.escape(field)}-wrong"', page)
    assert described or field in ("hours.to", "supporters", "free", "other"), page
    assert everything(world) == before


def test_a_sentence_that_nobody_chose_is_not_kept_as_said(world: World) -> None:
    one = Intake(world)
    one.begin()
    one.open("together")
    assert one.send({"interaction": "1"}) == 303
    assert one.drafts()[0].answers["together"] == {"interaction": ["1"]}
    page = one.open("together")
    assert len(re.findall(r"<input[^>]+checked", page)) == 1
    closing = one.browser.get(f"/desk/intakes/{one.drafts()[0].id}/close").text
    assert closing.count("Where no sentence was chosen, a careful one is assumed.") == 1


def test_care_11_a_first_contact_does_not_ask_about_living_together(world: World) -> None:
    one = Intake(world)
    one.begin()
    page = one.open("agreed")
    assert 'value="matching"' in page
    assert 'value="communal_living"' not in page


def test_a_place_is_looked_up_and_chosen(world: World) -> None:
    one = Intake(world)
    one.begin()
    one.open("start")
    assert one.send({"place": "府中"}, look="yes") == 200
    values = re.findall(r'name="candidate" value="([^"]+)"', one.browser.page.text)
    assert len(values) > 3
    assert "checked" not in one.browser.page.text  # several of one name: none is guessed
    assert "only the middle of it" in one.browser.page.text
    (tokyo,) = [value for value in values if "府中駅（東京都" in value]
    assert one.send({"place": "府中", "candidate": tokyo}) == 303
    kept = one.drafts()[0].answers["start"]["candidate"][0]
    assert kept == tokyo
    latitude, longitude, _ = kept.split("|")
    for degrees in (latitude, longitude):
        assert round(float(degrees) * 200, 6) % 1 == 0  # CARE 20: on the grid before it is kept
    assert "府中駅" in one.open("start")
    assert one.send({"place": "どこでもない"}, look="yes") == 200
    assert "No such place is on our map" in one.browser.page.text


def test_a_question_left_open_is_taken_carefully_and_said_so(world: World) -> None:
    one = Intake(world)
    one.begin()
    assert "If it stays open" not in one.open("letters")
    for name in ("letters", "start"):
        one.open(name)
        one.send(HARU[name])
    for name in NAMES[3:]:
        assert "If it stays open, we take it as" in one.open(name)
        assert one.send({}, skip="yes") == 303
    page = one.open("close")
    assert (
        page.count("Left open, so this is assumed.") == len(NAMES) - 4
    )  # nothing is assumed to be agreed to
    assert one.send({}) == 303
    person = person_of(saved(world))
    assert person.comfort == CAREFUL.comfort
    assert person.red_lines == CAREFUL.red_lines
    assert person.consents == ()


def test_what_is_needed_cannot_be_left_open(world: World) -> None:
    one = Intake(world)
    one.begin()
    page = one.open("close")
    links = re.findall(r'<li><a href="[^"]+/(\w+)">', page)
    assert links == [name for name, question in QUESTIONS.items() if question.needed and name != "you"]
    assert "We have read it together" not in page
    assert one.browser.send(one.at("close")).status_code == 422
    assert people(world) == 0


def test_care_10_a_copy_to_somebody_close_needs_a_yes_of_its_own(world: World) -> None:
    one = Intake(world)
    one.begin()
    close = {
        **HARU["letters"], "supporter.relation": ["mother", ""], "supporter.address": ["m@example.org", ""],
        "supporter.copy": "0",
    }  # fmt: skip
    one.fill(letters=close)
    assert "A copy to somebody close needs a yes of its own" in one.open("close")
    assert one.browser.send(one.at("close")).status_code == 422
    one.open("agreed")
    one.send({"agreed": ["matching", "supporter_copy"]})
    one.open("close")
    assert one.send({}) == 303
    (supporter,) = person_of(saved(world)).supporters
    assert (supporter.relation, supporter.receives_copy) == ("mother", True)


def test_care_11_living_together_comes_by_its_own_consent_alone(world: World) -> None:
    one = Intake(world)
    one.begin()
    one.fill(agreed={"agreed": ["matching", "communal_living", "standing_approval"]})
    one.open("close")
    one.send({})
    person = person_of(saved(world))
    assert person.kinds[-1] == "communal_living"
    assert {consent.purpose for consent in person.consents} == {
        "matching",
        "communal_living",
        "standing_approval",
    }
    assert person.approval == "standing"
