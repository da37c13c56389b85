"""First contact at the desk: twelve questions, put by and gone on with, and nothing matched before it is read together."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from matcher.pages.desk.intake.questions import NAMES
from matcher.storage.people import person_of
from matcher.storage.tables import EventRow, IntakeDraftRow, MatchRow, PersonRow
from tests.accounts import a_human
from tests.builders import World
from tests.mail.test_words import FORBIDDEN
from tests.pages.conftest import everything
from tests.pages.intakes import HARU, Intake, people, saved
from tests.pages.test_care import shown
from tests.pages.views import LANGUAGES


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
