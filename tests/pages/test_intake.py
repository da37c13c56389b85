"""First contact at the desk: twelve questions, put by and gone on with, and nothing matched before it is read together."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from matcher.domain.intake import CAREFUL
from matcher.pages.desk.intake.questions import NAMES, QUESTIONS
from matcher.storage.people import person_of
from matcher.storage.tables import EventRow, IntakeDraftRow, MatchRow, PersonRow
from tests.accounts import a_human
from tests.builders import World
from tests.mail.test_words import FORBIDDEN
from tests.pages.conftest import everything
from tests.pages.intakes import HARU, Intake
from tests.pages.test_care import shown
from tests.pages.views import LANGUAGES


def saved(world: World) -> PersonRow:
    with world.database.reading() as session:
        return session.scalars(select(PersonRow)).one()


def people(world: World) -> int:
    with world.database.reading() as session:
        return len(session.scalars(select(PersonRow)).all())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_whole_intake_becomes_a_person_as_it_was_said(world: World, language: str) -> None:
    one = Intake(world, language=language)
    one.begin()
    one.fill()
    page = one.open("close")
    for said in (
        "Haru",
        "1994",
        "haru@example.org",
        "14:00–20:00",
        "狛江駅",
        "a seat by the window",
        "gardening",
    ):
        assert said in shown(page)
    assert people(world) == 0
    assert one.send({}) == 303
    row = saved(world)
    person = person_of(row)
    assert one.browser.page.headers["Location"] == f"/desk/people/{row.id}"
    assert (person.alias, person.birth_year, person.language) == ("Haru", 1994, "ja")
    assert person.contact is not None
    assert person.contact.address == "haru@example.org"
    assert (person.start_point.latitude, person.start_point.longitude) == (35.63, 139.58)
    assert person.contact_hours.timezone == "Asia/Tokyo"
    assert (person.contact_hours.window.start, person.contact_hours.window.end) == (14 * 60, 20 * 60)
    assert person.comfort.as_tuple() == (1, 2, 3, 2, 2, 1)
    assert (person.travel.mode, person.travel.max_minutes, person.travel.half_life_minutes) == (
        "bicycle",
        30,
        20,
    )
    assert person.max_group_size == 4
    assert person.companion
    assert person.needs == ("staffed", "step_free", "a seat by the window")
    assert person.share_needs == ("step_free",)
    assert person.red_lines == {"phone_call", "camera"}
    assert person.topics == ("gardening", "cats")
    assert person.kinds == ("volunteering", "communal_space")
    assert [(free.weekday, free.window.start, free.window.end) for free in person.availability] == [
        (1, 540, 1020)
    ]
    (consent,) = person.consents
    assert (consent.purpose, consent.text_version, consent.given_by) == (
        "matching", "2026-11", world.caseworker.name,
    )  # fmt: skip
    assert person.approval == "each"


def test_care_1_nothing_is_matched_before_it_was_read_together_and_agreed_to(world: World) -> None:
    world.an_opportunity()
    one = Intake(world)
    one.begin()
    one.fill(time={"commitment": "2"})
    world.work()
    with world.database.reading() as session:
        assert session.scalars(select(PersonRow)).all() == []
        assert not [event for event in session.scalars(select(EventRow)) if event.type.startswith("person.")]
    one.open("agreed")
    assert one.send({}) == 303  # nothing is agreed to
    assert "Without their yes nothing is looked for" in one.open("close")
    one.send({})
    world.work()
    with world.database.reading() as session:
        assert session.scalars(select(MatchRow)).all() == []


def test_with_their_yes_matching_begins_when_it_is_saved(world: World) -> None:
    world.an_opportunity()
    one = Intake(world)
    one.begin()
    one.fill(helps={"needs": ["staffed", "leave_any_time"]})
    one.open("close")
    one.send({})
    world.work()
    assert world.matches(saved(world).id)


def test_it_is_gone_on_with_on_another_phone_after_a_night(world: World) -> None:
    human = a_human(world)
    one = Intake(world, human)
    draft_id = one.begin()
    one.fill("letters")
    world.clock.advance(hours=14)
    other = Intake(world, human)
    assert "Haru" in shown(other.browser.get("/desk/intakes").text)
    page = other.browser.get(f"/desk/intakes/{draft_id}", follow=True)
    assert page.request.path == f"/desk/intakes/{draft_id}/start"
    other.path = page.request.path
    assert 'value="haru@example.org"' in other.open("letters")


def test_care_24_another_team_sees_and_touches_nothing_of_it(world: World) -> None:
    one = Intake(world)
    draft_id = one.begin()
    world.caseworker = world.a_caseworker("Ito")
    other = Intake(world, a_human(world, email="ito@example.org"))
    assert "Haru" not in other.browser.get("/desk/intakes").text
    before = everything(world)
    for path in ("", "/you", "/close"):
        assert other.browser.get(f"/desk/intakes/{draft_id}{path}").status_code == 404
    other.browser.get("/desk/intakes/new")
    for path in ("/you", "/close", "/discard"):
        other.browser.get("/desk/intakes/new")
        assert other.browser.send(f"/desk/intakes/{draft_id}{path}", **HARU["you"]).status_code == 404
    assert everything(world) == before


def test_care_22_what_was_said_is_sealed_at_rest(world: World) -> None:
    one = Intake(world)
    one.begin()
    one.fill("letters")
    with world.database.reading() as session:
        kept = str(session.connection().exec_driver_sql("select answers from intake_draft").scalars().all())
    assert len(kept) > 200
    for secret in ("Haru", "haru@example.org", "1994"):
        assert secret not in kept


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


def test_a_place_is_looked_up_and_chosen(world: World) -> None:
    one = Intake(world)
    one.begin()
    one.open("start")
    assert one.send({"place": "府中"}, look="yes") == 200
    values = re.findall(r'name="candidate" value="([^"]+)"', one.browser.page.text)
    assert len(values) > 3
    assert "checked" not in one.browser.page.text  # several of one name: none is guessed
    assert "only the middle of it" in one.browser.page.text
    (tokyo,) = [value for value in values if "府中駅 (東京都" in value]
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


def test_pressed_twice_it_is_one_person(world: World) -> None:
    one = Intake(world)
    one.begin()
    one.fill()
    one.open("close")
    form = one.browser.page
    assert one.send({}) == 303
    where = one.browser.page.headers["Location"]
    one.browser.page = form
    assert one.send({}) == 303
    assert one.browser.page.headers["Location"] == where
    for path in ("close", "you"):
        assert one.browser.get(one.at(path)).headers["Location"] == where
    with world.database.reading() as session:
        assert session.scalars(select(IntakeDraftRow)).one().answers is None
    assert people(world) == 1
    assert "Begun so far" not in one.browser.get("/desk/intakes").text


def test_it_can_be_thrown_away_for_good(world: World) -> None:
    one = Intake(world)
    one.begin()
    one.open("close")
    assert one.browser.send(one.at("discard")).status_code == 303
    assert one.drafts() == []
    assert one.browser.get(one.at("you")).status_code == 404


@pytest.mark.parametrize("language", LANGUAGES)
def test_care_9_14_looking_changes_nothing_and_no_word_weighs_on_anybody(world: World, language: str) -> None:
    one = Intake(world, language=language)
    one.begin()
    one.fill("letters", "start")
    before = everything(world)
    for name in (*NAMES, "close"):
        page = shown(one.open(name))
        assert FORBIDDEN.search(page) is None, (name, FORBIDDEN.search(page))
        assert not re.search("[!！]|diagnos|診断|点数", page)
    for path in ("/desk/intakes", "/desk/intakes/new", f"{one.path.rpartition('/')[0]}/nothing"):
        one.browser.get(path)
    assert everything(world) == before


def test_a_forged_form_keeps_nothing(world: World) -> None:
    one = Intake(world)
    one.begin()
    before = everything(world)
    for path in ("/desk/intakes/new", one.at("you"), one.at("close"), one.at("discard")):
        assert one.browser.send_bare(path, **HARU["you"]).status_code == 400
    assert everything(world) == before
