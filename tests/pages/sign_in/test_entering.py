"""Signing in by the pages: the steps, the cookie, forged forms, and what a stranger can find out (CARE 24, 25)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from urllib.parse import quote

import pyotp
import pytest
from flask import Flask

from matcher import pages
from matcher.services.access import accounts
from matcher.services.access.keys import Role
from matcher.services.access.signing_in import FREE_FROM_ONE_PLACE
from tests.accounts import PASSWORD, a_human, newest_link
from tests.builders import World
from tests.pages.browser import Browser
from tests.pages.conftest import everything
from tests.pages.views import LANGUAGES, make_app

UNKNOWN = "nobody@example.org"


@pytest.fixture
def app(world: World) -> Flask:
    return make_app(world)


def an_app(world: World, base_url: str = "http://127.0.0.1:8000", redis_url: str | None = None) -> Flask:
    """The same pages as they are deployed elsewhere."""
    made = Flask("matcher", static_folder=None)
    pages.register(made, replace(world.outside, base_url=base_url), mail_folder=None, redis_url=redis_url)
    return made


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


@pytest.mark.parametrize("email", ["mori@example.org", UNKNOWN])
@pytest.mark.parametrize("language", LANGUAGES)
def test_after_several_tries_the_page_asks_kindly_to_wait(
    app: Flask, world: World, email: str, language: str
) -> None:
    a_human(world)
    browser = Browser(app, language=language)
    browser.get("/sign-in")
    for _ in range(FREE_FROM_ONE_PLACE):
        assert browser.send("/sign-in", email=email, password="wrong").status_code == 422
    browser.send("/sign-in", email=email, password=PASSWORD)
    assert browser.page.status_code == 429
    assert browser.page.headers["Retry-After"] == "30"
    assert {"en": "in 30 seconds", "ja": "30 秒後に"}[language] in browser.page.text


def test_many_posts_from_one_network_wait_whoever_they_are_for(app: Flask, world: World) -> None:
    statuses = []
    for number in range(31):
        browser = Browser(app, address="2001:db8::1" if number % 2 else "2001:db8::ffff")
        browser.get("/sign-in")
        statuses.append(browser.send(email=f"{number}@example.org", password="x").status_code)
    assert statuses == [422] * 30 + [429]
    assert browser.page.headers["Retry-After"] == "60"
    assert "A short pause" in browser.page.text
    elsewhere = Browser(app, address="2001:db8:1::1")
    elsewhere.get("/sign-in")
    assert elsewhere.send(email=UNKNOWN, password="x").status_code == 422


@pytest.mark.servers
def test_limits_are_shared_through_redis(world: World, valkey_url: str) -> None:
    one, other = an_app(world, redis_url=valkey_url), an_app(world, redis_url=valkey_url)
    statuses = []
    for number in range(31):
        browser = Browser(one if number % 2 else other)
        browser.get("/sign-in")
        statuses.append(browser.send(email=f"{number}@example.org", password="x").status_code)
    assert statuses == [422] * 30 + [429]


def test_signing_in_works_while_redis_is_away(world: World) -> None:
    browser = Browser(an_app(world, redis_url="redis://127.0.0.1:1"))
    browser.sign_in(a_human(world))
    assert browser.is_signed_in()


@pytest.mark.parametrize(
    "path",
    ["/sign-in", "/sign-in/code", "/sign-in/again", "/sign-in/recovery", "/sign-in/link/abc", "/sign-in/out",
     "/account/browsers", "/account/everywhere", "/account/password", "/account/app", "/account/recovery-codes"],
)  # fmt: skip
def test_a_form_without_its_token_changes_nothing(app: Flask, world: World, path: str) -> None:
    browser = Browser(app)
    browser.sign_in(a_human(world))
    browser.get("/account")
    before = everything(world)
    for token in ({}, {"csrf_token": "forged"}):
        answer = browser.send_bare(path, email="mori@example.org", password=PASSWORD, **token)
        assert answer.status_code == 400
        assert "This page has grown old" in answer.text
    assert everything(world) == before
    assert browser.is_signed_in()


def test_a_token_from_another_browser_is_forged(app: Flask, world: World) -> None:
    mine, theirs = Browser(app), Browser(app)
    theirs.get("/sign-in")
    mine.get("/sign-in")
    mine.page = theirs.page
    assert mine.send("/sign-in", email="a", password="b").status_code == 400


def test_every_form_of_every_page_is_guarded_but_where_the_link_is_the_authority(app: Flask) -> None:
    posts = [rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    assert len(posts) > 10
    for rule in posts:
        path = re.sub(r"<[^>]+>", "x", re.sub(r"<int:[^>]+>", "1", rule.rule))
        status = app.test_client().post(path).status_code
        needs_none = rule.endpoint.startswith(("invitation.", "pause.", "my_pace"))
        assert (status == 400) != needs_none, (rule.rule, status)


def test_invitation_and_pause_set_no_cookie(app: Flask) -> None:
    for path in ("/", "/i/abc", "/pause/abc", "/assets/pages.css"):
        assert "Set-Cookie" not in app.test_client().get(path).headers


def test_over_https_the_cookie_is_host_only_secure_and_out_of_reach_of_scripts(world: World) -> None:
    browser = Browser(an_app(world, "https://matcher.example.org"), https=True)
    answer = browser.sign_in(a_human(world))
    set_cookie = answer.headers["Set-Cookie"]
    assert set_cookie.startswith("__Host-matcher=")
    flags = {part.strip() for part in set_cookie.split(";")[1:]}
    assert flags == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}


def test_over_http_the_cookie_has_a_plain_name(app: Flask, world: World) -> None:
    set_cookie = Browser(app).sign_in(a_human(world)).headers["Set-Cookie"]
    assert set_cookie.startswith("matcher=")
    assert {part.strip() for part in set_cookie.split(";")[1:]} == {"HttpOnly", "Path=/", "SameSite=Lax"}


def test_a_cookie_from_before_signing_in_is_worth_nothing_afterwards(app: Flask, world: World) -> None:
    human, victim = a_human(world), Browser(app)
    planted = []
    victim.get("/sign-in")
    planted.append(victim.cookie())
    victim.send(email=human.email, password=PASSWORD)
    planted.append(victim.cookie())
    victim.get("/sign-in/code")
    victim.send(code=human.code())
    assert victim.is_signed_in()
    for value in planted:
        assert value is not None
        attacker = Browser(app)
        attacker.client.set_cookie("matcher", value, domain="127.0.0.1")
        assert not attacker.is_signed_in()


def test_a_form_from_before_signing_in_is_worth_nothing_afterwards(app: Flask, world: World) -> None:
    victim = Browser(app)
    planted = re.search(r'name="csrf_token" value="([^"]+)"', victim.get("/sign-in").text)
    assert planted is not None
    victim.sign_in(a_human(world))
    refused = victim.send_bare("/account/everywhere", csrf_token=unescape(planted.group(1)))
    assert refused.status_code == 400
    assert victim.is_signed_in()


def test_a_cookie_that_is_not_ours_is_ignored(app: Flask) -> None:
    for value in ("", "x", "eyJ0b2tlbiI6MX0.aaaa.bbbb"):
        browser = Browser(app)
        browser.client.set_cookie("matcher", value, domain="127.0.0.1")
        assert not browser.is_signed_in()
        assert browser.get("/sign-in").status_code == 200


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


def test_signing_out_ends_it_on_the_server_too(app: Flask, world: World) -> None:
    browser = Browser(app)
    browser.sign_in(a_human(world))
    kept = browser.cookie()
    assert kept is not None
    browser.get("/account")
    browser.send("/sign-in/out")
    assert not browser.is_signed_in()
    thief = Browser(app)
    thief.client.set_cookie("matcher", kept, domain="127.0.0.1")
    assert not thief.is_signed_in()


def test_an_idle_browser_is_asked_to_sign_in_again(app: Flask, world: World) -> None:
    browser = Browser(app)
    browser.sign_in(a_human(world))
    world.clock.now += timedelta(hours=11)
    assert browser.is_signed_in()
    world.clock.now += timedelta(hours=11)
    assert browser.is_signed_in()
    world.clock.now += timedelta(hours=12)
    assert not browser.is_signed_in()


def test_a_form_of_unreasonable_size_is_refused(app: Flask) -> None:
    browser = Browser(app)
    browser.get("/sign-in")
    assert browser.send(email="x" * 20_000, password="y").status_code == 413


@pytest.mark.parametrize(
    "path", ["/sign-in", "/sign-in/recovery", "/sign-in/recovery/asked", "/sign-in/link/abc"]
)
def test_care_26_the_pages_say_who_may_do_what_with_them(app: Flask, path: str) -> None:
    answer = Browser(app).get(path)
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "script" not in answer.text
