"""Everybody of a team is found by name, whatever is on with them: also whoever is on none of today's lists (CARE 24)."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from matcher.services.desk.everybody import everybody
from matcher.services.people import people
from matcher.storage.tables import InvitationRow, PersonRow
from tests.accounts import a_human
from tests.builders import World
from tests.pages.browser import Browser
from tests.pages.conftest import everything
from tests.pages.test_care import shown


@pytest.fixture
def mine(app: Flask, world: World) -> Browser:
    browser = Browser(app)
    browser.sign_in(a_human(world))
    return browser


def names(text: str) -> list[str]:
    return re.findall(r'href="/desk/people/[\w-]+">([^<]+)</a>', text)


def find(mine: Browser, name: str) -> str:
    mine.get("/desk/people")
    return mine.send(name=name).text


def test_care_22_a_name_that_is_looked_for_stands_in_no_address(world: World, mine: Browser) -> None:
    world.a_person(alias="Umi")
    page = mine.get("/desk/people")
    assert re.search(r'<form[^>]*role="search"', page.text)
    assert not re.search(r'<form[^>]*method="get"', page.text)
    assert names(find(mine, "Umi")) == ["Umi"]
    assert "Umi" not in mine.page.request.full_path


def test_everybody_of_the_team_is_there_and_is_found_by_name(world: World, mine: Browser) -> None:
    for alias in ("Umi", "ｋａｉ", "Kaito"):
        world.a_person(alias=alias)
    elsewhere = world.a_caseworker("Sakai")
    world.a_person(elsewhere, alias="Kaisei")
    before = everything(world)
    assert names(mine.get("/desk/people").text) == ["ｋａｉ", "Kaito", "Umi"]
    assert names(find(mine, "KAI")) == ["ｋａｉ", "Kaito"]
    world.a_person(alias="はるカ")
    assert names(find(mine, "ハル")) == ["はるカ"]
    assert names(find(mine, "はるカさん")) == ["はるカ"]
    before = everything(world)
    assert "Nobody of this name" in shown(find(mine, "nobody"))
    assert everything(world) == before


def test_of_many_the_first_are_shown_and_the_way_to_all_of_them(
    world: World, mine: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("matcher.pages.desk.people.SHOWN", 2)
    for alias in ("Kai", "Kaito", "Umi"):
        world.a_person(alias=alias)
    page = mine.get("/desk/people").text
    assert names(page) == ["Kai", "Kaito"]
    assert "All 3 of them" in page
    assert names(mine.get("/desk/people?all=yes").text) == ["Kai", "Kaito", "Umi"]
    assert len(names(find(mine, "a"))) == 2
    assert "of them" not in shown(mine.page.text)


def test_each_says_how_it_stands(world: World, mine: Browser) -> None:
    world.an_opportunity()
    person_id = world.a_person()
    world.work()

    def said() -> str:
        return shown(mine.get("/desk/people").text)

    assert "Open to an idea." in said()
    row = world.approve(world.matches(person_id)[0].id)
    assert "“Quiet gardening” will be sent in their hours." in said()
    world.work()
    assert "“Quiet gardening” is with them." in said()
    with world.database.writing() as session:
        assert session.get_one(InvitationRow, row.id).state == "sent"
    world.answer(row.id, "accept")
    assert "Said yes to “Quiet gardening”, 1 December 2026 13:00." in said()
    with world.database.reading() as session:
        (later,) = everybody(session, world.caseworker, "", world.clock().replace(month=12, day=2))
    assert later.stands == "been"
    with world.database.writing() as session:
        people.freeze(session, session.get_one(PersonRow, person_id), world.clock())
    assert "Everything is stopped." in said()


def test_whoever_takes_a_rest_has_not_agreed_or_is_to_be_talked_with_says_so(
    world: World, mine: Browser
) -> None:
    ids = [world.a_person(alias=alias) for alias in ("A", "B", "C")]
    with world.database.writing() as session:
        resting, taken_back, talk = (session.get_one(PersonRow, one) for one in ids)
        people.pause(session, resting, world.clock())
        for one in list(taken_back.consents):
            people.withdraw_consent(session, taken_back, one.id, world.clock())
        talk.talk_reason = "too_much_visit"
    page = shown(mine.get("/desk/people").text)
    for sentence in ("Taking a rest.", "They have not agreed that anything is looked for.", "First a talk."):
        assert sentence in page
    own = shown(mine.get(f"/desk/people/{ids[1]}").text)
    assert "They have not agreed that anything is looked for." in own
    assert "See what there is" not in own
