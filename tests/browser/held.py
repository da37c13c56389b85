"""Pages held to WCAG by axe, and which templates have been: a whole run of the browser's tests names those left out."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from flask import template_rendered
from playwright.sync_api import Page

SCHEMES = ("light", "dark")
TEMPLATES = Path(str(files("matcher.pages") / "templates"))

_rendered: list[str] = []
_held: set[str] = set()


@template_rendered.connect
def _note(_app: Any, template: Any, **_context: Any) -> None:
    if template.name:
        _rendered.append(template.name)


def violations(page: Page) -> list[str]:
    """What axe finds wrong on a page, each with its address; the template shown last counts as held."""
    if _rendered:
        _held.add(_rendered[-1])
    found = Axe().run(page).response["violations"]
    return [f"{page.url}: {one['id']}: {one['nodes'][0]['html']}" for one in found]


def check(page: Page) -> None:
    """No violation of any rule of axe."""
    assert violations(page) == []


def left_out() -> set[str]:
    """Templates of whole pages that were not held to it in this run."""
    whole = {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html")}
    named = re.compile(r"{%-?\s*(?:extends|from|import|include)\s+\"([^\"]+)\"")
    parts = {name for path in TEMPLATES.rglob("*.html") for name in named.findall(path.read_text())}
    return whole - parts - _held
