"""The cookie: its flags, how long it is good for, and that one from before signing in opens nothing (CARE 25)."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from tests.accounts import PASSWORD, a_human
from tests.builders import World
from tests.pages.browser import Browser
from tests.pages.sign_in.deployed import an_app


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


def test_a_cookie_that_is_not_ours_is_ignored(app: Flask) -> None:
    for value in ("", "x", "eyJ0b2tlbiI6MX0.aaaa.bbbb"):
        browser = Browser(app)
        browser.client.set_cookie("matcher", value, domain="127.0.0.1")
        assert not browser.is_signed_in()
        assert browser.get("/sign-in").status_code == 200


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
