"""What an organisation sees of itself: how the vetting stands, until when, and its keys for programs."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from matcher.pages.portal.organisation import KEYS_MAX
from matcher.services.access import keys
from matcher.services.access.keys import Role
from matcher.services.listings import vetting
from tests.accounts import Human, a_human
from tests.builders import World
from tests.pages.browser import Browser
from tests.pages.conftest import everything
from tests.pages.test_care import shown

KEYS = "/portal/organisation/keys"


@pytest.fixture
def human(world: World, organisation: str) -> Human:
    return a_human(world, Role.organisation, organisation, email="izumi@example.org")


@pytest.fixture
def mine(app: Flask, human: Human) -> Browser:
    made = Browser(app)
    made.sign_in(human)
    return made


def working_keys(world: World, organisation: str) -> list[str]:
    with world.database.reading() as session:
        return [row.id for row in keys.organisation_keys(session, organisation, world.clock())]


def test_care_25_a_key_is_shown_once_and_works(world: World, mine: Browser, organisation: str) -> None:
    mine.get(KEYS)
    key = re.search(r"<code class=\"secret\">([^<]+)<", mine.send().text)
    assert key is not None
    with world.database.reading() as session:
        assert keys.authenticate(session, key.group(1), world.clock()).id == organisation
    page = mine.get(KEYS)
    assert key.group(1) not in page.text
    assert key.group(1)[: keys.PREFIX_LENGTH] in page.text
    assert "works until 23 November 2027" in shown(page.text)


def test_a_form_sent_again_makes_no_second_key(world: World, mine: Browser, organisation: str) -> None:
    mine.get(KEYS)
    form = dict(re.findall(r'name="(csrf_token|seen)" value="([^"]*)"', mine.page.text))
    assert mine.send(**form).status_code == 200
    again = mine.send(KEYS, **form)
    assert again.status_code == 409
    assert "No second key was made" in again.text
    assert len(working_keys(world, organisation)) == 1


def test_a_key_is_ended_and_those_of_others_are_not(world: World, mine: Browser, organisation: str) -> None:
    other = world.an_organisation("Kamome")
    with world.database.writing() as session:
        keys.issue_key(session, Role.organisation, organisation, world.clock())
        keys.issue_key(session, Role.organisation, other, world.clock())
    (theirs,) = working_keys(world, other)
    (ours,) = working_keys(world, organisation)
    mine.get(KEYS)
    for key_id in (theirs, ours):
        assert mine.send(end=key_id).headers["Location"] == KEYS
        mine.get(KEYS)
    assert working_keys(world, other) == [theirs]
    assert working_keys(world, organisation) == []


def test_there_are_only_so_many_keys_at_a_time(world: World, mine: Browser, organisation: str) -> None:
    mine.get(KEYS)
    for _ in range(KEYS_MAX):
        assert mine.send().status_code == 200
        mine.get(KEYS)
    assert "Make a key" not in mine.page.text
    before = everything(world)
    assert mine.send().status_code == 409
    assert everything(world) == before


def test_keys_ask_for_a_fresh_code(world: World, mine: Browser) -> None:
    mine.get(KEYS)
    world.clock.advance(minutes=11)
    assert mine.get(KEYS).headers["Location"].startswith("/sign-in/again")
    mine.get("/portal/listings/new")
    before = everything(world)
    assert mine.send(KEYS).headers["Location"].startswith("/sign-in/again")
    assert everything(world) == before


def test_the_end_of_the_vetting_is_said_in_time(app: Flask, world: World, human: Human) -> None:
    def looked(days: float) -> str:
        world.clock.advance(days=days)
        mine = Browser(app)
        mine.sign_in(human)
        return shown(mine.get("/portal/organisation").text)

    page = looked(0)
    assert "This holds until 23 November 2027" in page
    assert "look once more" not in page
    assert "Sato" in page
    assert "look once more" in looked(310)
    over = looked(60)
    assert "The earlier look is over" in over
    assert "This holds until" not in over


def test_an_organisation_on_hold_is_told_so_and_nothing_of_an_earlier_look(
    world: World, mine: Browser, organisation: str
) -> None:
    with world.database.writing() as session:
        vetting.suspend(session, organisation, world.clock())
    page = shown(mine.get("/portal/organisation").text)
    assert "on hold" in page
    assert "earlier look" not in page


def test_a_first_look_that_has_not_come_yet_is_no_earlier_one(app: Flask, world: World) -> None:
    applied = world.an_organisation("Kamome", vetted=False)
    mine = Browser(app)
    mine.sign_in(a_human(world, Role.organisation, applied, email="kamome@example.org"))
    page = shown(mine.get("/portal/organisation").text)
    assert "Neither has approved it yet" in page
    assert "earlier look" not in page
