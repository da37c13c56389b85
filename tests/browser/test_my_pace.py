"""My pace as a person meets it: without JavaScript, by keyboard alone, on the smallest screen, held to WCAG by axe."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from matcher.pages.my_pace.subjects import SUBJECTS
from tests.browser.conftest import Serve
from tests.browser.held import check
from tests.pages.pace import OwnPages, digits_in, own_pages
from tests.pages.views import LANGUAGES

pytestmark = pytest.mark.browser

PAGES = ("", "/close", "/known", "/end", *(f"/change/{name}" for name in SUBJECTS))
TITLE = {"en": "My pace", "ja": "わたしのペース"}
SEND = {"en": "Send me the digits", "ja": "番号を送ってもらう"}
OPEN = {"en": "Open my pages", "ja": "ページを開く"}
KEEP = {"en": "Save it like this", "ja": "これにする"}
KEPT = {"en": "It is kept", "ja": "うけたまわりました"}
SEVEN = {"en": "Once in four weeks", "ja": "4週間に1回"}
CLOSE = {"en": "Close these pages", "ja": "このページを閉じる"}
CLOSED = {"en": "Your pages are closed", "ja": "ページを閉じました"}


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "java_script_enabled": False, "viewport": {"width": 320, "height": 640}}


def come_in(page: Page, origin: str, mine: OwnPages, language: str) -> None:
    """By the link from the letter, the button and the digits."""
    page.goto(origin + mine.path)
    page.get_by_role("button", name=SEND[language]).click()
    mine.world.work()
    page.get_by_role("textbox").fill(digits_in(mine.world))
    page.get_by_role("button", name=OPEN[language]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_journey_needs_no_javascript(page: Page, serve: Serve, language: str) -> None:
    origin, scene = serve("accepted", language)
    mine = own_pages(scene)
    come_in(page, origin, mine, language)
    page.goto(f"{origin}{mine.path}/change/often")
    page.get_by_label(SEVEN[language]).check()
    page.get_by_role("button", name=KEEP[language]).click()
    expect(page.get_by_role("status")).to_contain_text(KEPT[language])
    assert mine.person().pace.min_days_between == 28
    with page.expect_download() as download:
        page.goto(f"{origin}{mine.path}/known")
        page.locator("a.button").click()
    assert download.value.suggested_filename == "record.json"
    page.get_by_role("button", name=CLOSE[language]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(CLOSED[language])
    page.goto(f"{origin}{mine.path}/known")
    expect(page.get_by_role("button", name=SEND[language])).to_be_visible()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_keyboard_is_enough(page: Page, serve: Serve, language: str) -> None:
    origin, scene = serve("accepted", language)
    mine = own_pages(scene)
    page.goto(origin + mine.path)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/digits*")
    mine.world.work()
    page.keyboard.press("Tab")
    page.keyboard.type(digits_in(mine.world))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE[language])
    page.goto(f"{origin}{mine.path}/change/people")
    before = mine.person().comfort.group
    for _ in range(3):  # the way home, the button that closes, the first choice
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(KEPT[language])
    assert mine.person().comfort.group > before


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_accessible_and_nothing_is_cut_off(
    browser: Browser, serve: Serve, language: str
) -> None:
    origin, scene = serve("accepted", language)
    mine = own_pages(scene)
    with browser.new_context(viewport={"width": 320, "height": 640}) as context:
        page = context.new_page()
        for closed in ("/code", "/digits"):
            page.goto(f"{origin}{mine.path}{closed}")
            check(page)
        come_in(page, origin, mine, language)
        for where in PAGES:
            page.goto(f"{origin}{mine.path}{where}")
            assert page.locator("html").get_attribute("lang") == language
            check(page)
            page.evaluate("document.documentElement.style.fontSize = '200%'")
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, where
        page.goto(f"{origin}{mine.path}/known")
        page.locator('main a[href*="/known/consents/"]').first.click()
        check(page)  # before an agreement is taken back
        page.locator("main form button").click()
        check(page)  # and after
        page.get_by_role("button", name=CLOSE[language]).click()
        check(page)  # closed
        come_in(page, origin, mine, language)
        page.goto(f"{origin}{mine.path}/end")
        page.get_by_role("checkbox").check()
        page.locator("main form button").click()
        check(page)  # erased
