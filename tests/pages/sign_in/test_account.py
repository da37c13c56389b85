"""One's own account, and the door before pages that are for some roles only."""

from __future__ import annotations

import re

import pyotp
import pytest
from flask import Flask, Response

from matcher.pages.sign_in import signed_in
from matcher.services.access.keys import Caller, Role
from tests.accounts import PASSWORD, Human, a_human
from tests.builders import World
from tests.mail.test_words import FORBIDDEN
from tests.pages.browser import Browser
from tests.pages.test_care import shown
from tests.pages.views import LANGUAGES, make_app


@pytest.fixture
def app(world: World) -> Flask:
    made = make_app(world)

    @made.get("/only-admins", endpoint="only_admins")
    @signed_in(Role.admin)
    def only_admins(caller: Caller) -> Response:
        return Response(caller.name)

    @made.route("/grave/<name>", methods=["GET", "POST"], endpoint="grave")
    @signed_in(Role.caseworker, Role.admin, fresh=True)
    def grave(caller: Caller, name: str) -> Response:
        return Response(f"{caller.name} {name}")

    return made


@pytest.fixture
def human(world: World) -> Human:
    return a_human(world)


@pytest.fixture
def mine(app: Flask, human: Human) -> Browser:
    """Somebody at work, signed in."""
    made = Browser(app)
    made.sign_in(human)
    return made


def test_a_page_for_one_role_is_for_that_role_alone(app: Flask, world: World, mine: Browser) -> None:
    stranger, admin = Browser(app), Browser(app)
    admin.sign_in(a_human(world, Role.admin, email="admin@example.org"))
    assert stranger.get("/only-admins").headers["Location"] == "/sign-in?next=/only-admins"
    answer = mine.get("/only-admins")
    assert answer.status_code == 403
    assert "another account" in answer.text
    assert admin.get("/only-admins").text == f"admin:{world.admins[0]}"


def test_grave_things_ask_for_a_fresh_code_and_lead_back(world: World, human: Human, mine: Browser) -> None:
    assert mine.get("/grave/export").text == f"{world.caseworker.name} export"
    world.clock.advance(minutes=11)
    answer = mine.get("/grave/export")
    assert answer.headers["Location"] == "/sign-in/again?next=/grave/export"
    before = mine.cookie()
    mine.get(answer.headers["Location"])
    assert mine.send(code="0").status_code == 422
    assert mine.send(code=human.code()).headers["Location"] == "/grave/export"
    assert mine.cookie() != before
    assert mine.get("/grave/export").status_code == 200


def test_a_form_sent_too_late_leads_through_the_code_back_to_its_page(world: World, mine: Browser) -> None:
    mine.get("/account")
    world.clock.advance(minutes=11)
    answer = mine.send("/grave/export")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/sign-in/again?next=/grave/export"


def test_who_has_no_app_gives_the_password_again(app: Flask, world: World) -> None:
    human, mine = a_human(world, Role.admin, email="admin@example.org", app=False), Browser(app)
    mine.sign_in(human)
    world.clock.advance(minutes=11)
    mine.get(mine.get("/grave/export").headers["Location"])
    assert 'type="password"' in mine.page.text
    assert mine.send(code="wrong").status_code == 422
    assert mine.send(code=PASSWORD).headers["Location"] == "/grave/export"


def test_every_browser_is_listed_and_can_be_signed_out(
    app: Flask, world: World, human: Human, mine: Browser
) -> None:
    other = Browser(app, address="198.51.100.9")
    other.sign_in(human)
    world.clock.advance(minutes=20)
    page = mine.get("/account")
    assert page.text.count("Firefox, Linux") == 2
    assert "this one, now" in page.text
    assert "last used 21 minutes ago" in page.text
    buttons = re.findall(r'name="browser" value="([^"]+)"', page.text)
    mine.send("/account/browsers", browser=buttons[1])
    assert mine.is_signed_in()
    assert not other.is_signed_in()


def test_sign_out_everywhere_means_everywhere(app: Flask, human: Human, mine: Browser) -> None:
    others = [Browser(app, address=f"198.51.100.{number}") for number in range(2)]
    for other in others:
        other.sign_in(human)
    mine.get("/account")
    assert mine.send("/account/everywhere").headers["Location"] == "/sign-in"
    assert not any(one.is_signed_in() for one in (mine, *others))


def test_nobody_signs_somebody_else_out(app: Flask, world: World, mine: Browser) -> None:
    other = Browser(app)
    other.sign_in(a_human(world, Role.admin, email="admin@example.org"))
    found = re.search(r'name="browser" value="([^"]+)"', other.get("/account").text)
    assert found is not None
    mine.get("/account")
    mine.send("/account/browsers", browser=found.group(1))
    assert other.is_signed_in()


def test_another_password_rotates_the_cookie_and_ends_the_others(
    app: Flask, human: Human, mine: Browser
) -> None:
    other = Browser(app, address="198.51.100.9")
    other.sign_in(human)
    mine.get("/account/password")
    new = "four loud herons"
    assert mine.send(old_password=PASSWORD, password=new, repeated="else").status_code == 422
    assert "not the same" in mine.page.text
    assert mine.send(old_password="wrong", password=new, repeated=new).status_code == 422
    assert "not the password in use" in mine.page.text
    assert mine.send(old_password=PASSWORD, password="short", repeated="short").status_code == 422
    before = mine.cookie()
    assert mine.send(old_password=PASSWORD, password=new, repeated=new).status_code == 303
    assert mine.cookie() != before
    assert mine.is_signed_in()
    assert not other.is_signed_in()


def test_another_app_is_connected_and_brings_new_recovery_codes(
    world: World, human: Human, mine: Browser
) -> None:
    page = mine.get("/account/app")
    secret = re.search(r'class="secret">([A-Z2-7]+)<', page.text)
    assert secret is not None
    assert mine.send(code=human.code()).status_code == 422
    page = mine.send(code=pyotp.TOTP(secret.group(1)).at(world.clock()))
    assert page.text.count("<li><code>") == 10
    assert "Sign out" in mine.get("/account").text


def test_new_recovery_codes_are_shown_once_and_work(app: Flask, human: Human, mine: Browser) -> None:
    mine.get("/account/recovery-codes")
    assert "<code>" not in mine.page.text
    codes = re.findall(r"<li><code>([^<]+)</code>", mine.send().text)
    assert "10 left" in mine.get("/account").text
    other = Browser(app, address="198.51.100.9")
    other.get("/sign-in")
    other.send(email=human.email, password=PASSWORD)
    other.get("/sign-in/code")
    other.send(code=codes[0])
    assert other.is_signed_in()
    assert "9 left" in mine.get("/account").text


def test_without_an_app_the_account_says_so_and_offers_one(app: Flask, world: World) -> None:
    mine = Browser(app)
    mine.sign_in(a_human(world, Role.admin, email="admin@example.org", app=False))
    assert "Connect an app" in mine.get("/account").text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_reads_calmly_in_both_languages(
    app: Flask, world: World, human: Human, language: str
) -> None:
    mine = Browser(app, language=language)
    mine.sign_in(human)
    for path in (
        "/account",
        "/account/password",
        "/account/app",
        "/account/recovery-codes",
        "/sign-in/again",
    ):
        page = mine.get(path)
        assert page.status_code == 200, path
        assert f'<html lang="{language}">' in page.text
        assert FORBIDDEN.search(shown(page.text)) is None, path
        assert not re.search("[!！]", shown(page.text))
        for name in re.findall(r'<input id="(\w+)"', page.text):
            assert f'<label for="{name}">' in page.text
        for ids in re.findall(r'aria-describedby="([^"]+)"', page.text):
            assert all(f'id="{one}"' in page.text for one in ids.split())
