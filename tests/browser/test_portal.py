"""The organisation's pages in a real browser: without scripts, on a narrow screen, and held to WCAG."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from matcher.services.access.keys import Role
from tests.accounts import PASSWORD, a_human
from tests.browser.conftest import Serve
from tests.browser.held import check
from tests.pages.views import LANGUAGES, Scene

pytestmark = pytest.mark.browser

LOCALES = {"ja": "ja-JP", "en": "en-GB"}
NARROW = {"width": 320, "height": 640}  # WCAG 2.2, 1.4.10


def signed_in(context: BrowserContext, origin: str, scene: Scene, role: Role) -> Page:
    """A page of somebody in a role; the organisation is the one that somebody said yes to."""
    owner_id = scene.row.organisation_id if role is Role.organisation else None
    human = a_human(scene.world, role, owner_id, email=f"{role}@example.org", app=False)
    page = context.new_page()
    page.goto(f"{origin}/sign-in")
    page.locator("#email").fill(human.email)
    page.locator("#password").fill(PASSWORD)
    page.locator("main button").click()
    return page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_portal_is_accessible_and_fits_a_narrow_screen(
    browser: Browser, serve: Serve, language: str
) -> None:
    origin, scene = serve("accepted", language)
    scene.world.an_organisation("Kamome", vetted=False)
    with browser.new_context(locale=LOCALES[language], viewport=NARROW) as context:
        page = signed_in(context, origin, scene, Role.organisation)
        one = f"/portal/listings/{scene.row.opportunity_id}"
        steps = [
            f"{one}/{step}" for step in ("where", "when", "people", "like", "host", "newcomer", "withdraw")
        ]
        for path in ("/portal", "/portal/visitors", "/portal/listings/new", one, *steps):
            page.goto(origin + path)
            assert page.url == origin + path
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
            check(page)
        page.goto(origin + one)
        page.locator(
            "main form.fields button"
        ).first.click()  # a copy, to be looked at before it is published
        page.goto(f"{page.url.rpartition('/')[0]}/publish")
        assert page.locator("aside.card").count() == 1
        check(page)


def test_a_listing_is_begun_without_scripts_and_stays_as_typed(browser: Browser, serve: Serve) -> None:
    origin, scene = serve("accepted")
    with browser.new_context(java_script_enabled=False, locale="en-GB") as context:
        page = signed_in(context, origin, scene, Role.organisation)
        page.get_by_role("link", name="Something new").click()
        page.get_by_label("What is it called?").fill("Tea in the garden")
        page.get_by_label("A hobby").check()
        page.get_by_role("button", name="Save and go on").click()
        assert page.url.endswith("/where")
        page.get_by_label("What is the place called?").fill("Izumi allotment")
        page.get_by_role("button", name="Save and go on").click()
        assert page.get_by_role("alert").is_visible()
        assert page.get_by_label("What is the place called?").input_value() == "Izumi allotment"
        page.get_by_label("At a place one goes to").check()
        page.get_by_role("button", name="Save and go on").click()
        assert page.get_by_role("complementary").get_by_text("Tea in the garden").is_visible()
