"""Posts are counted, and a form without its token changes nothing."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask

from matcher.services.access.signing_in import FREE_FROM_ONE_PLACE
from tests.accounts import PASSWORD, a_human
from tests.builders import World
from tests.pages.browser import Browser
from tests.pages.conftest import everything
from tests.pages.sign_in.deployed import UNKNOWN, an_app
from tests.pages.views import LANGUAGES


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
        needs_none = rule.endpoint.startswith(("invitation.", "pause.", "my_pace", "language."))
        assert (status == 400) != needs_none, (rule.rule, status)


def test_a_form_from_before_signing_in_is_worth_nothing_afterwards(app: Flask, world: World) -> None:
    victim = Browser(app)
    planted = re.search(r'name="csrf_token" value="([^"]+)"', victim.get("/sign-in").text)
    assert planted is not None
    victim.sign_in(a_human(world))
    refused = victim.send_bare("/account/everywhere", csrf_token=unescape(planted.group(1)))
    assert refused.status_code == 400
    assert victim.is_signed_in()


def test_a_form_of_unreasonable_size_is_refused(app: Flask) -> None:
    browser = Browser(app)
    browser.get("/sign-in")
    assert browser.send(email="x" * 20_000, password="y").status_code == 413
