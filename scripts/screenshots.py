"""Pictures of every page for the docs: one of each kind, in both languages, from the seeds at a fixed hour.

Run it as `make screenshots`. It serves the seeds on a free port, follows the links with the system's Chromium and
writes `docs/screenshots/LANGUAGE/PAGE.png`: what a person opens as a phone shows it, the others as a desk does.
"""

from __future__ import annotations

import logging
import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.browser.chromium import launch_options
from tests.browser.scanning import Place, Scanner, home, links_in_letters, served, sign_in

FOLDER = Path(__file__).parent.parent / "docs" / "screenshots"
LOCALES = {"ja": "ja-JP", "en": "en-GB"}
PHONE: ViewportSize = {"width": 390, "height": 780}
DESK: ViewportSize = {"width": 960, "height": 780}
TALLEST = 1600  # pixels; longer pages are cut, their parts repeat
OTHERS = re.compile(r"^(description|dev_mail\.as_html)")  # pages whose inside is not ours


def main() -> None:
    """Take them all anew, so that a page that is gone has no picture left."""
    options = launch_options()
    if options is None:
        raise SystemExit("Chromium is missing. On Debian or Ubuntu: sudo apt install chromium")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    shutil.rmtree(FOLDER, ignore_errors=True)
    with TemporaryDirectory() as folder, served(Path(folder)) as place, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**options)
        for language, locale in LOCALES.items():
            take(browser, place, language, locale)
        browser.close()


def take(browser: Browser, place: Place, language: str, locale: str) -> None:
    """The pages of everybody in one language."""
    folder = FOLDER / language
    folder.mkdir(parents=True)

    def look(page: Page, endpoint: str, number: int) -> None:
        if OTHERS.match(endpoint) or (number and not endpoint.startswith("invitation.")):
            return
        name = endpoint.replace(".", "-").replace("_", "-") + (f"-{number + 1}" if number else "")
        tall = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
        width = (page.viewport_size or DESK)["width"]
        page.screenshot(
            path=folder / f"{name}.png", full_page=True, clip={"x": 0, "y": 0, "width": width, "height": tall}
        )
        print(f"{language}/{name}.png")

    scanner = Scanner(place.app, place.origin, look=look)
    with browser.new_context(locale=locale, viewport=PHONE) as context:
        scanner.scan(context, "/", *links_in_letters(place.world))
    for email, password in {
        home(email): (email, password) for email, password in place.made.sign_ins.values()
    }.values():
        with browser.new_context(locale=locale, viewport=DESK) as context:
            sign_in(context, place.origin, email, password)
            scanner.scan(context, home(email))


if __name__ == "__main__":
    main()
