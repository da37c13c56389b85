"""The desk in a real browser: held to WCAG by axe, on a narrow screen, and a yes given without scripts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ViewportSize
from waitress.server import create_server

from tests.browser.test_accessibility import SCHEMES, check
from tests.builders import make_world
from tests.local_server import LOOPBACK
from tests.pages.desks import Desk, set_desk
from tests.pages.views import LANGUAGES

pytestmark = pytest.mark.browser

LOCALES = {"ja": "ja-JP", "en": "en-GB"}
NARROW: ViewportSize = {"width": 320, "height": 640}

ServeDesk = Callable[[str, str], tuple[str, Desk]]


@pytest.fixture
def serve_desk(tmp_path: Path) -> Iterator[ServeDesk]:
    """Makes a desk (situation, language) and serves it; gives the address of the server and the desk."""
    ends: list[Callable[[], object]] = []

    def start(situation: str, language: str) -> tuple[str, Desk]:
        world = make_world(tmp_path)
        one = set_desk(world, situation, language)
        server = create_server(one.browser.client.application, host=LOOPBACK, port=0, threads=2)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        ends.extend((server.close, lambda: thread.join(timeout=5), world.close))
        return f"http://{LOOPBACK}:{server.effective_port}", one

    yield start
    for end in ends:
        end()


def be_signed_in(context: BrowserContext, origin: str, one: Desk) -> None:
    """Hand the browser the cookie of somebody who has signed in."""
    cookie = one.browser.cookie()
    assert cookie is not None
    context.add_cookies([{"name": "matcher", "value": cookie, "url": origin}])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("situation", ["proposed", "over", "visit_too_much"])
def test_every_page_of_the_desk_is_accessible_and_fits_a_narrow_screen(
    browser: Browser, serve_desk: ServeDesk, situation: str, language: str
) -> None:
    origin, one = serve_desk(situation, language)
    request_id = one.ask()
    one.world.work()
    paths = ("/desk", one.path, f"{one.path}/requests", f"/desk/requests/{request_id}")
    for scheme in SCHEMES:
        with browser.new_context(color_scheme=scheme, locale=LOCALES[language], viewport=NARROW) as context:
            be_signed_in(context, origin, one)
            page = context.new_page()
            for path in paths:
                page.goto(origin + path)
                assert page.locator("html").get_attribute("lang") == language
                for letter in page.locator("summary").all():
                    letter.click()
                check(page)
                assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


def test_from_the_desk_to_a_yes_by_keyboard_and_without_scripts(
    browser: Browser, serve_desk: ServeDesk
) -> None:
    origin, one = serve_desk("proposed", "en")
    with browser.new_context(java_script_enabled=False, locale="en-GB", viewport=NARROW) as context:
        be_signed_in(context, origin, one)
        page = context.new_page()
        page.goto(f"{origin}/desk")
        page.locator(".entries a").first.press("Enter")
        page.locator("summary").first.press("Enter")
        assert page.locator(".letter").first.is_visible()
        with page.expect_navigation():
            page.get_by_role("button", name="Send them this").press("Enter")
        assert page.url == f"{origin}{one.path}"
    assert one.invitation.state == "approved"
