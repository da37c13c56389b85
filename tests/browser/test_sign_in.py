"""Signing in with a real browser: by keyboard, without scripts, on a narrow screen, and held to WCAG by axe."""

from __future__ import annotations

from dataclasses import dataclass

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from matcher.services.access import accounts
from matcher.services.access.keys import Role
from tests.accounts import PASSWORD, Human, a_human, newest_link
from tests.browser.conftest import Serve
from tests.browser.held import check
from tests.builders import World
from tests.pages.views import LANGUAGES

TABS_MOST = 5  # between two fields
pytestmark = pytest.mark.browser

LOCALES = {"ja": "ja-JP", "en": "en-GB"}
NARROW = {"width": 320, "height": 640}


@dataclass
class Visit:
    """One page of one browser at one server."""

    page: Page
    origin: str
    world: World

    def open(self, path: str) -> None:
        self.page.goto(self.origin + path)

    def type(self, *texts: str) -> None:
        """From the first field on, with the keyboard alone; Enter at the end."""
        self.page.locator("input:not([type=hidden])").first.focus()
        for number, text in enumerate(texts):
            if number:
                self._to_the_next_field()
            self.page.keyboard.press("ControlOrMeta+a")
            self.page.keyboard.type(text)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def _to_the_next_field(self) -> None:
        """Past what can be followed on the way, such as the link that opens an app."""
        for _ in range(TABS_MOST):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("document.activeElement.tagName") == "INPUT":
                return
        raise AssertionError("no further field")

    def sign_in(self, human: Human) -> None:
        self.open("/sign-in")
        self.type(human.email, human.password)
        self.type(human.code())
        self.world.clock.advance(minutes=1)


def visit(context: BrowserContext, origin: str, world: World) -> Visit:
    return Visit(context.new_page(), origin, world)


def invited(world: World) -> str:
    """The path of the link that somebody was sent."""
    with world.database.writing() as session:
        accounts.invite(
            session, Role.organisation, world.an_organisation(), "mori@example.org", world.clock()
        )
    return f"/sign-in/link/{newest_link(world)}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_from_the_letter_to_ones_account_by_keyboard_and_without_scripts(
    browser: Browser, serve: Serve, language: str
) -> None:
    origin, scene = serve("open", language)
    world = scene.world
    with browser.new_context(java_script_enabled=False, locale=LOCALES[language], viewport=NARROW) as context:
        here = visit(context, origin, world)
        here.open(invited(world))
        secret = here.page.locator(".secret").inner_text()
        here.type(PASSWORD, PASSWORD, pyotp.TOTP(secret).at(world.clock()))
        assert here.page.locator(".codes li").count() == 10
        with here.page.expect_navigation():
            here.page.locator("a.button").press("Enter")
        assert "/sign-in" not in here.page.url
        here.open("/account")
        with here.page.expect_navigation():
            here.page.locator("main button").last.press("Enter")
        assert here.page.url == f"{origin}/sign-in"
        world.clock.advance(minutes=1)
        here.type("mori@example.org", PASSWORD)
        here.type(pyotp.TOTP(secret).at(world.clock()))
        assert "/sign-in" not in here.page.url


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_signing_in_is_accessible(browser: Browser, serve: Serve, language: str) -> None:
    origin, scene = serve("open", language)
    world = scene.world
    with browser.new_context(locale=LOCALES[language], viewport=NARROW) as context:
        here = visit(context, origin, world)

        def look() -> None:
            assert here.page.locator("html").get_attribute("lang") == language
            width = here.page.evaluate("document.documentElement.scrollWidth")
            assert width <= NARROW["width"], here.page.url
            check(here.page)

        link = invited(world)
        for path in ("/sign-in", "/sign-in/recovery", "/sign-in/recovery/asked", "/sign-in/link/gone", link):
            here.open(path)
            look()
        here.type("short", "short", "000000")
        look()
        human = a_human(world, Role.admin, email="admin@example.org")
        here.open("/sign-in")
        here.type(human.email, "wrong password")
        look()
        here.type(human.email, PASSWORD)
        look()
        here.type("000")
        look()
        here.type(human.code())
        world.clock.advance(minutes=1)
        for path in (
            "/account",
            "/account/password",
            "/account/app",
            "/account/recovery-codes",
            "/sign-in/again",
        ):
            here.open(path)
            look()
        here.open("/account/recovery-codes")
        with here.page.expect_navigation():
            here.page.locator("main button").click()
        look()
        for _ in range(6):
            here.open("/sign-in/again")
            here.type("000")
        look()
        here.open("/sign-in/recovery")
        here.type(human.email)
        here.open(f"/sign-in/link/{newest_link(world, human.email)}")
        look()


def test_a_forgotten_password_is_chosen_anew(browser: Browser, serve: Serve) -> None:
    origin, scene = serve("open", "en")
    world = scene.world
    human = a_human(world)
    with browser.new_context(java_script_enabled=False, locale="en-GB") as context:
        here = visit(context, origin, world)
        here.open("/sign-in")
        here.page.get_by_role("link", name="I do not remember my password").click()
        here.type(human.email)
        assert here.page.get_by_role("heading").inner_text() == "Please look at your mail"
        here.open(f"/sign-in/link/{newest_link(world)}")
        here.type("four loud herons", "four loud herons", human.code())
        assert "/sign-in" not in here.page.url


def test_signing_in_asks_no_other_server_for_anything(browser: Browser, serve: Serve) -> None:
    origin, scene = serve("open", "en")
    asked: list[str] = []
    with browser.new_context(locale="en-GB") as context:
        here = visit(context, origin, scene.world)
        here.page.on("request", lambda request: asked.append(request.url))
        here.sign_in(a_human(scene.world))
    assert len(asked) > 4
    assert all(url.startswith(origin + "/") for url in asked)
