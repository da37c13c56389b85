"""Pages held to WCAG by axe, and which templates have been, in which language: a whole run fails for those left out."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from axe_playwright_python.base import AXE_SCRIPT
from flask import template_rendered
from playwright.sync_api import Page

from tests.pages.views import LANGUAGES

TEMPLATES: Final = Path(str(files("matcher.pages") / "templates"))
# Every rule of WCAG 2.2 A and AA and of good practice. `target-size` is new in 2.2, and off unless asked for.
ALL: Final = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
# Schemes differ in colours alone (`prefers-color-scheme` sets nothing else): in dark, those are looked at again.
COLOURS: Final = {"resultTypes": ["violations"], "runOnly": ["color-contrast", "link-in-text-block"]}

# A scheme is in force from the next picture on.
PAINTED: Final = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"

_rendered: list[str] = []
_held: set[tuple[str, str]] = set()


@template_rendered.connect
def _note(_app: Any, template: Any, **_context: Any) -> None:
    if template.name:
        _rendered.append(template.name)


def violations(page: Page) -> list[str]:
    """What axe finds wrong on a page in light and in dark, each with its address; the template shown last counts as held."""
    if _rendered:
        _held.add((_rendered[-1], page.locator("html").get_attribute("lang") or ""))
    page.evaluate(AXE_SCRIPT)
    found = []
    for scheme, options in (("dark", COLOURS), ("light", ALL)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.evaluate(PAINTED)
        found += page.evaluate("options => axe.run(options).then(result => result.violations)", options)
    return [f"{page.url}: {one['id']}: {node['html']}" for one in found for node in one["nodes"]]


def check(page: Page) -> None:
    """No violation of any rule of axe."""
    found = violations(page)
    assert not found, "\n".join(found)


def held() -> set[tuple[str, str]]:
    """Templates and languages that this process has held to it."""
    return set(_held)


def left_out(held: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Templates of whole pages, and a language, that are not among those held."""
    whole = {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html")}
    named = re.compile(r"{%-?\s*(?:extends|from|import|include)\s+\"([^\"]+)\"")
    parts = {name for path in TEMPLATES.rglob("*.html") for name in named.findall(path.read_text())}
    return {(name, language) for name in whole - parts for language in LANGUAGES} - held
