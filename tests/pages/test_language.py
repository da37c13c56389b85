"""The language of a page: the person's own, what was chosen in this browser, or what the browser asks for."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.accounts import a_human
from tests.builders import World
from tests.pages.browser import Browser
from tests.pages.conftest import SetScene, everything


def test_a_language_is_chosen_and_leads_back_to_the_page(app: Flask, world: World) -> None:
    mine = Browser(app)
    mine.sign_in(a_human(world))
    assert 'value="ja"' in mine.get("/desk?all=proposed").text
    before = everything(world)
    answer = mine.send_bare("/language", language="ja", back="/desk?all=proposed")
    assert answer.headers["Location"] == "/desk?all=proposed"
    assert 'lang="ja"' in mine.get("/desk/people").text
    assert everything(world)["person"] == before["person"]


@pytest.mark.parametrize("language", ["", "xx", "JA"])
def test_what_is_no_language_of_ours_changes_nothing(client: FlaskClient, language: str) -> None:
    assert "Set-Cookie" not in client.post("/language", data={"language": language}).headers


@pytest.mark.parametrize("back", ["https://example.org/elsewhere", "//example.org/x", "/nothing", ""])
def test_it_leads_nowhere_else(client: FlaskClient, back: str) -> None:
    answer = client.post("/language", data={"language": "ja", "back": back})
    assert answer.headers["Location"] == "/"


def test_an_invitation_stays_in_the_language_of_its_person(scene: SetScene) -> None:
    one = scene("open", "ja")
    one.client.set_cookie("matcher-language", "en")
    page = one.client.get(one.path).text
    assert '<html lang="ja">' in page
    assert 'action="/language"' not in page
