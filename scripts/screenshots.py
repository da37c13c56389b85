"""Pictures of every page for the docs: one of each kind, in both languages, from the seeds at a fixed hour.

Run it as `make screenshots`. It serves the seeds on a free port, follows the links with the system's Chromium and
writes `docs/screenshots/LANGUAGE/TEMPLATE.webp`: what a person opens as a phone shows it, the others as a desk does.
"""

from __future__ import annotations

import logging
import re
import shutil
from base64 import b64decode, b64encode
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog
from flask import Flask, template_rendered
from jinja2 import Template
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.browser.chromium import launch_options
from tests.browser.scanning import Place, Scanner, home, links_in_letters, one_of_each_role, served, sign_in

FOLDER = Path(__file__).parent.parent / "docs" / "screenshots"
LOCALES = {"ja": "ja-JP", "en": "en-GB"}
PHONE: ViewportSize = {"width": 390, "height": 780}
DESK: ViewportSize = {"width": 960, "height": 780}
TALLEST = 1500  # pixels; longer pages are cut, their parts repeat
AS_WEBP = """async png => {
  const picture = new Image()
  picture.src = "data:image/png;base64," + png
  await picture.decode()
  const canvas = new OffscreenCanvas(picture.width, picture.height)
  canvas.getContext("2d").drawImage(picture, 0, 0)
  const blob = await canvas.convertToBlob({type: "image/webp", quality: 0.45})
  return await new Promise(done => {
    const reader = new FileReader()
    reader.onload = () => done(reader.result)
    reader.readAsDataURL(blob)
  })
}"""
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
    folder, taken, press = FOLDER / language, set[str](), browser.new_page()
    folder.mkdir(parents=True)

    rendered: list[str] = []

    def note(_app: Flask, template: Template, **_context: object) -> None:
        rendered.append((template.name or "").removesuffix(".html").replace("/", "-").replace("_", "-"))

    def look(page: Page, endpoint: str, _number: int) -> None:
        if OTHERS.match(endpoint) or not rendered or rendered[-1] in taken:
            return
        taken.add(rendered[-1])
        tall = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
        width = (page.viewport_size or DESK)["width"]
        path = folder / f"{rendered[-1]}.webp"
        taken_as_png = page.screenshot(full_page=True, clip={"x": 0, "y": 0, "width": width, "height": tall})
        path.write_bytes(as_webp(press, taken_as_png))
        print(path.relative_to(FOLDER))

    scanner = Scanner(place.app, place.origin, look=look)
    with template_rendered.connected_to(note):
        visit(browser, place, scanner, locale)


def as_webp(press: Page, png: bytes) -> bytes:
    """A picture at a fifth of its size, by the browser's own canvas on a page that holds nothing else."""
    found = press.evaluate(AS_WEBP, b64encode(png).decode())
    return b64decode(found.partition(",")[2])


def visit(browser: Browser, place: Place, scanner: Scanner, locale: str) -> None:
    """Everything that is open to anybody, and then what each role may see."""
    with browser.new_context(locale=locale, viewport=PHONE) as context:
        scanner.scan(context, "/", *links_in_letters(place.world))
    for email, password in one_of_each_role(place.made):
        with browser.new_context(locale=locale, viewport=DESK) as context:
            sign_in(context, place.origin, email, password)
            scanner.scan(context, home(email))


if __name__ == "__main__":
    main()
