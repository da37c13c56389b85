"""The admin's pages: vetting by two, suspending, events set aside, and how Matcher is running."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select, update

from matcher import pages
from matcher.domain.opportunity import OrganisationState
from matcher.services import vetting
from matcher.services.keys import Role
from matcher.storage.tables import EventRow
from tests.accounts import a_human
from tests.builders import World
from tests.mail.test_words import FORBIDDEN
from tests.pages.browser import Browser
from tests.pages.conftest import everything
from tests.pages.test_care import POLICY, SOMEWHERE_ELSE, shown
from tests.pages.views import LANGUAGES, make_app


@pytest.fixture
def app(world: World) -> Flask:
    return make_app(world)


@pytest.fixture
def mine(app: Flask, world: World) -> Browser:
    """The first admin, signed in."""
    return an_admin(app, world, 0)


def an_admin(app: Flask, world: World, number: int, language: str = "en") -> Browser:
    made = Browser(app, language=language)
    made.sign_in(a_human(world, Role.admin, world.admins[number], email=f"admin{number}@example.org"))
    return made


def state(world: World, organisation_id: str) -> str:
    with world.database.reading() as session:
        return vetting.get_organisation(session, organisation_id).state


def set_aside(world: World) -> str:
    """The id of an event that was tried five times."""
    world.an_opportunity()
    with world.database.writing() as session:
        event_id: str = session.scalars(select(EventRow.id).order_by(EventRow.id)).first() or ""
        session.execute(
            update(EventRow)
            .where(EventRow.id == event_id)
            .values(dead_at=world.clock(), executions=5, error="It could not be reached.")
        )
    return event_id


def test_care_15_two_different_admins_approve_on_the_page(app: Flask, world: World, mine: Browser) -> None:
    organisation_id = world.an_organisation("Kamome", vetted=False)
    path = f"/admin/organisations/{organisation_id}/approve"
    assert path in mine.get("/admin").text
    for _ in range(2):
        mine.send(path)
        assert state(world, organisation_id) == OrganisationState.applied
        page = mine.get("/admin").text
        assert "You have agreed" in page
        assert f'action="{path}"' not in page
        mine.get(f"/admin/organisations/{organisation_id}/suspend")  # a page with a form
    other = an_admin(app, world, 1)
    assert "Admin 1 has agreed." in other.get("/admin").text
    other.send(path)
    assert state(world, organisation_id) == OrganisationState.vetted
    assert "Holds until" in other.get("/admin").text


def test_an_approval_of_an_earlier_round_is_not_shown(world: World, mine: Browser) -> None:
    organisation_id = world.an_organisation("Kamome")
    with world.database.writing() as session:
        vetting.suspend(session, organisation_id, world.clock())
    assert "has agreed" not in mine.get("/admin").text


def test_care_15_suspending_asks_first_and_then_stops_everything(world: World, mine: Browser) -> None:
    organisation_id = world.an_organisation("Kamome")
    page = mine.get(f"/admin/organisations/{organisation_id}/suspend")
    assert "Kamome" in page.text
    assert state(world, organisation_id) == OrganisationState.vetted
    assert mine.send().headers["Location"] == "/admin"
    assert state(world, organisation_id) == OrganisationState.suspended
    assert "two people look anew" in mine.get("/admin").text


def test_an_event_set_aside_is_shown_and_tried_again(world: World, mine: Browser) -> None:
    event_id = set_aside(world)
    page = mine.get("/admin").text
    assert "It could not be reached." in page
    assert mine.send(f"/admin/events/{event_id}/replay").headers["Location"] == "/admin"
    world.work()
    with world.database.reading() as session:
        assert session.get_one(EventRow, event_id).done_at is not None
    assert "It could not be reached." not in mine.get("/admin").text


def test_an_event_that_was_not_set_aside_is_not_tried_again(world: World, mine: Browser) -> None:
    organisation_id = world.an_organisation(vetted=False)
    mine.get(f"/admin/organisations/{organisation_id}/suspend")
    assert mine.send("/admin/events/nothing/replay").status_code == 404


def test_every_part_is_said_to_be_at_work_or_what_is_wrong_with_it(world: World) -> None:
    app = Flask("matcher", static_folder=None)
    pages.register(
        app, world.outside, mail_folder=world.mail_folder, checks={"broker": lambda: "It is silent."}
    )
    admin = an_admin(app, world, 0)
    page = shown(admin.get("/admin").text)
    assert re.search(r"The database\s+At work", page)
    assert re.search(r"The messenger between the parts\s+Please have a look:\s+It is silent\.", page)
    assert re.search(r"The workers\s+At work", page)
    world.an_organisation()
    world.clock.advance(minutes=2)
    page = shown(admin.get("/admin").text)
    assert re.search(r"The workers\s+Please have a look:", page)


def test_the_page_is_for_admins_alone(app: Flask, world: World) -> None:
    browser = Browser(app)
    assert browser.get("/admin").headers["Location"] == "/sign-in?next=/admin"
    browser.sign_in(a_human(world))
    assert browser.get("/admin").status_code == 403
    organisation_id = world.an_organisation(vetted=False)
    browser.get("/account")
    for deed in ("approve", "suspend"):
        before = everything(world)
        browser.get("/account")
        assert browser.send(f"/admin/organisations/{organisation_id}/{deed}").status_code == 403
        assert everything(world) == before


def test_care_9_looking_changes_nothing(world: World, mine: Browser) -> None:
    waiting = world.an_organisation("Kamome", vetted=False)
    set_aside(world)
    mine.get("/admin")
    before = everything(world)
    for path in ("/admin", f"/admin/organisations/{waiting}/suspend"):
        assert mine.get(path).status_code == 200
    assert mine.get(f"/admin/organisations/{waiting}/approve").status_code == 405
    assert everything(world) == before


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_read_calmly_in_both_languages(app: Flask, world: World, language: str) -> None:
    organisation_id = world.an_organisation("Kamome", vetted=False)
    set_aside(world)
    mine = an_admin(app, world, 0, language)
    for path in ("/admin", f"/admin/organisations/{organisation_id}/suspend"):
        page = mine.get(path)
        assert page.status_code == 200
        assert page.headers["Content-Security-Policy"] == POLICY
        assert f'<html lang="{language}">' in page.text
        assert FORBIDDEN.search(shown(page.text)) is None
        assert not re.search("[!！]", shown(page.text))
        assert SOMEWHERE_ELSE.search(page.text) is None
