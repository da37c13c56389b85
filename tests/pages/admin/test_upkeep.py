"""How Matcher is running, what was set aside, and that every admin's page is calm and changes nothing when looked at."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select, update

from matcher import pages
from matcher.storage.tables import EventRow
from tests.builders import World
from tests.mail.test_words import FORBIDDEN
from tests.pages.admin.admins import an_admin
from tests.pages.browser import Browser
from tests.pages.conftest import everything
from tests.pages.test_care import POLICY, SOMEWHERE_ELSE, shown
from tests.pages.views import LANGUAGES


@pytest.fixture
def mine(app: Flask, world: World) -> Browser:
    return an_admin(app, world)


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


def every_page(world: World) -> list[str]:
    """The addresses of all of them."""
    organisation = f"/admin/organisations/{world.an_organisation('Kamome', vetted=False)}"
    worker = f"/admin/caseworkers/{world.caseworker.id}"
    return [
        "/admin", "/admin/organisations/new", organisation, f"{organisation}/approve", f"{organisation}/suspend",
        f"{organisation}/sign-ins", "/admin/teams", worker, f"{worker}/sign-ins", "/admin/admins",
        f"/admin/admins/{world.admins[0]}/sign-ins", "/admin/openings", "/admin/trail",
        f"/admin/trail?who={world.admins[0]}", "/admin/trail/seals", "/admin/upkeep",
    ]  # fmt: skip


def test_an_event_set_aside_is_shown_and_tried_again(world: World, mine: Browser) -> None:
    event_id = set_aside(world)
    page = mine.get("/admin/upkeep").text
    assert "It could not be reached." in page
    for _ in range(2):
        answer = mine.send(f"/admin/events/{event_id}/replay")
        assert answer.headers["Location"] == "/admin/upkeep?done=replayed"
        assert "It is at work again." in mine.get(answer.headers["Location"]).text
    world.work()
    with world.database.reading() as session:
        assert session.get_one(EventRow, event_id).done_at is not None
    assert "It could not be reached." not in mine.get("/admin/upkeep").text
    assert "<strong>Tried an event again" in mine.get("/admin/trail?act=event.replayed").text


def test_an_event_that_was_not_set_aside_is_not_tried_again(world: World, mine: Browser) -> None:
    set_aside(world)
    mine.get("/admin/upkeep")
    assert mine.send("/admin/events/nothing/replay").status_code == 404


def test_every_part_is_said_to_be_at_work_or_what_is_wrong_with_it(world: World) -> None:
    app = Flask("matcher", static_folder=None)
    pages.register(
        app, world.outside, mail_folder=world.mail_folder, checks={"broker": lambda: "It is silent."}
    )
    admin = an_admin(app, world)
    page = shown(admin.get("/admin/upkeep").text)
    assert re.search(r"The database\s+At work", page)
    assert re.search(r"The message broker\s+Please have a look:\s+It is silent\.", page)
    assert re.search(r"The workers\s+At work", page)
    world.an_organisation()
    world.clock.advance(minutes=2)
    assert re.search(r"The workers\s+Please have a look:", shown(admin.get("/admin/upkeep").text))


def test_care_9_looking_changes_nothing_but_the_trail(world: World, mine: Browser) -> None:
    set_aside(world)
    paths = every_page(world)
    before = everything(world)
    for path in paths:
        assert mine.get(path).status_code == 200, path
    assert mine.get(f"{paths[2]}/approve?do=it").status_code == 200
    assert everything(world) == before


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_read_calmly_in_both_languages(app: Flask, world: World, language: str) -> None:
    set_aside(world)
    mine = an_admin(app, world, 0, language)
    for path in every_page(world):
        page = mine.get(path)
        assert page.status_code == 200, path
        assert page.headers["Content-Security-Policy"] == POLICY
        assert f'<html lang="{language}">' in page.text
        found = FORBIDDEN.search(shown(page.text))
        assert found is None, (path, found)
        assert not re.search("[!！]", shown(page.text)), path
        assert SOMEWHERE_ELSE.search(page.text) is None
