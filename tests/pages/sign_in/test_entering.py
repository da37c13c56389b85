"""Signing in by the pages: the steps, the links in letters, and what a stranger can find out (CARE 24, 25)."""

from __future__ import annotations

import re
from urllib.parse import quote

import pyotp
import pytest
from flask import Flask

from matcher.services.access import accounts
from matcher.services.access.keys import Role
from tests.accounts import PASSWORD, a_human, newest_link
from tests.builders import World
from tests.pages.browser import Browser
from tests.pages.conftest import everything
from tests.pages.sign_in.deployed import UNKNOWN, an_app
from tests.pages.views import LANGUAGES, make_app


def without_token(text: str) -> str:
    return re.sub(r'name="csrf_token" value="[^"]+"', "", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_short_pages_lead_in(app: Flask, world: World, language: str) -> None:
    browser = Browser(app, language=language)
    human = a_human(world)
    assert browser.get("/sign-in").status_code == 200
    browser.send(email=human.email, password=PASSWORD)
    assert browser.page.status_code == 303
    assert not browser.is_signed_in()
    browser.get(browser.page.headers["Location"])
    browser.send(code=human.code())
    assert browser.page.status_code == 303
    assert human.email in browser.get("/account").text


def test_the_first_run_is_signed_in_to_by_password_alone_and_production_is_not(world: World) -> None:
    human = a_human(world, app=False)
    embedded, production = Browser(make_app(world)), Browser(an_app(world, redis_url="redis://127.0.0.1:1"))
    embedded.sign_in(human)
    assert embedded.is_signed_in()
    production.sign_in(human)
    assert production.page.status_code == 422
    assert not production.is_signed_in()


def test_a_wrong_password_a_stranger_and_somebody_not_set_up_get_the_same_page(
    app: Flask, world: World
) -> None:
    human = a_human(world)
    with world.database.writing() as session:
        accounts.invite(session, Role.caseworker, world.a_caseworker().id, "new@example.org", world.clock())
    answers = set()
    for email in (human.email, UNKNOWN, "new@example.org", "", "no address"):
        browser = Browser(app)
        browser.get("/sign-in")
        browser.send(email=email, password="not the password")
        shown = without_token(browser.page.text).replace(f' value="{email}"', "")
        headers = {
            name: value
            for name, value in browser.page.headers
            if name not in ("Set-Cookie", "Content-Length")
        }
        answers.add((browser.page.status_code, shown, str(sorted(headers.items()))))
    assert len(answers) == 1
    assert answers.pop()[0] == 422


def test_asking_for_a_letter_looks_the_same_for_everybody(app: Flask, world: World) -> None:
    a_human(world)
    seen = set()
    for email in ("mori@example.org", UNKNOWN, ""):
        browser = Browser(app)
        browser.get("/sign-in/recovery")
        browser.send(email=email, follow=True)
        seen.add((browser.page.status_code, browser.page.text))
    assert len(seen) == 1


def test_after_signing_in_one_comes_where_one_wanted(app: Flask, world: World) -> None:
    browser, human = Browser(app), a_human(world)
    answer = browser.get("/account/password")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/sign-in?next=/account/password"
    browser.get(answer.headers["Location"])
    browser.send(email=human.email, password=PASSWORD)
    browser.get(browser.page.headers["Location"])
    browser.send(code=human.code())
    assert browser.page.headers["Location"] == "/account/password"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://example.org/account", "//example.org/account", "//example.org", "/\\example.org", "\\/example.org",
     "javascript:alert(1)", "/nowhere", "///account", "////account", "/\t/example.org", "account", "/sign-in/out",
     "/account\r\nX: y", "//[", "https:account"],
)  # fmt: skip
def test_a_link_to_sign_in_leads_to_our_own_pages_only(app: Flask, world: World, elsewhere: str) -> None:
    browser = Browser(app)
    browser.sign_in(a_human(world))
    home = browser.get("/sign-in").headers["Location"]
    answer = browser.get(f"/sign-in?next={quote(elsewhere)}")
    assert answer.headers["Location"] in (home, "/account", "/")
    assert "X" not in answer.headers


def test_the_second_step_without_the_first_leads_to_the_beginning(app: Flask, world: World) -> None:
    browser, human = Browser(app), a_human(world)
    assert browser.get("/sign-in/code").headers["Location"] == "/sign-in"
    browser.get("/sign-in")
    answer = browser.send("/sign-in/code", code=human.code())
    assert answer.headers["Location"] == "/sign-in"


def test_a_wrong_code_is_said_kindly_and_the_next_one_does(app: Flask, world: World) -> None:
    browser, human = Browser(app), a_human(world)
    browser.get("/sign-in")
    browser.send(email=human.email, password=PASSWORD)
    browser.get("/sign-in/code")
    answer = browser.send(code="12")
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert "This code does not fit" in answer.text
    assert browser.send(code=human.code()).status_code == 303
    assert browser.is_signed_in()


def test_an_empty_code_is_no_try(app: Flask, world: World) -> None:
    human = a_human(world)
    mine = Browser(app)
    mine.get("/sign-in")
    mine.send(email=human.email, password=human.password)
    mine.get(mine.page.headers["Location"])
    for _ in range(12):
        assert mine.send(code=" ").status_code == 422
    assert mine.send(code=human.code()).status_code == 303


def test_the_replayed_code_is_refused_on_another_browser(app: Flask, world: World) -> None:
    human, mine, theirs = a_human(world), Browser(app), Browser(app, address="198.51.100.9")
    code = human.code()
    for browser in (mine, theirs):
        browser.get("/sign-in")
        browser.send(email=human.email, password=PASSWORD)
        browser.get("/sign-in/code")
        browser.send(code=code)
    assert mine.is_signed_in()
    assert theirs.page.status_code == 422
    assert not theirs.is_signed_in()


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_invitation_is_set_up_by_its_link(app: Flask, world: World, language: str) -> None:
    with world.database.writing() as session:
        accounts.invite(session, Role.caseworker, world.caseworker.id, "mori@example.org", world.clock())
    path = f"/sign-in/link/{newest_link(world)}"
    browser = Browser(app, language=language)
    before = everything(world)
    page = browser.get(path)
    assert everything(world) == before  # mail programs open links by themselves (CARE 9)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert re.search(r'<svg viewBox="[^"]+" class="qr">', page.text)
    assert "mori" not in page.text  # no identity on a page whose link may have gone astray (CARE 25)
    secret = re.search(r'class="secret">([A-Z2-7]+)<', page.text)
    assert secret is not None
    code = pyotp.TOTP(secret.group(1)).at(world.clock())
    assert browser.send(password=PASSWORD, repeated="another", code=code).status_code == 422
    assert browser.send(password="short", repeated="short", code=code).status_code == 422
    assert browser.send(password=PASSWORD, repeated=PASSWORD, code="1").status_code == 422
    page = browser.send(password=PASSWORD, repeated=PASSWORD, code=code)
    assert page.status_code == 200
    assert len(re.findall(r"<li><code>[a-z2-7-]{19}</code></li>", page.text)) == 10
    assert browser.is_signed_in()
    again = Browser(app, language=language).get(path)
    assert again.status_code == 404
    assert 'href="/sign-in/recovery"' in again.text


def test_a_forgotten_password_is_recovered_by_its_link(app: Flask, world: World) -> None:
    human, browser = a_human(world), Browser(app)
    elsewhere = Browser(app, address="198.51.100.9")
    elsewhere.sign_in(human)
    browser.get("/sign-in/recovery")
    browser.send(email=human.email)
    path = f"/sign-in/link/{newest_link(world)}"
    browser.get(path)
    assert "qr" not in browser.page.text
    browser.send(password="four loud herons", repeated="four loud herons", code=human.code())
    assert browser.is_signed_in()
    assert not elsewhere.is_signed_in()
    assert browser.get(path).status_code == 404


@pytest.mark.parametrize(
    "path", ["/sign-in", "/sign-in/recovery", "/sign-in/recovery/asked", "/sign-in/link/abc"]
)
def test_care_26_the_pages_say_who_may_do_what_with_them(app: Flask, path: str) -> None:
    answer = Browser(app).get(path)
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "script" not in answer.text
