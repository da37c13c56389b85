"""A scanner opens every page there is, with scripts: nothing changes by it, and no other origin is ever asked (CARE 9, 26)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from matcher.storage.tables import Base
from tests.browser.held import violations
from tests.browser.scanning import (
    Place,
    Scanner,
    home,
    links_in_letters,
    one_of_each_role,
    own_pages,
    served,
    sign_in,
)
from tests.builders import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1200)]

# Whoever signs in is seen to be there, and every look at somebody is on record: that is all a GET may leave behind.
NOTED = {"sign_in", "audit", "account"}
# What only a letter, a code or an act before leads to; each has tests of its own.
NOT_LINKED = {
    "portal_imports.look_at_row", "sign_in.ask_code", "sign_in.again", "sign_in.open_link", "sign_in.recovery_asked", "account.recovery_codes",
}  # fmt: skip
# Pages whose inside is not ours: a letter's own HTML, and the API's description.
OTHERS = {"dev_mail.as_html", "description.docs"}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with served(tmp_path) as found:
        yield found


def _everything(world: World) -> dict[str, list[Any]]:
    """Every row of every table that a look may not change."""
    with world.database.reading() as session:
        return {
            table.name: sorted(repr(tuple(row)) for row in session.execute(table.select()))
            for table in Base.metadata.sorted_tables
            if table.name.split("_")[0] not in NOTED and table.name not in NOTED
        }


def test_care_09_care_26_opening_every_page_changes_nothing_and_asks_nobody_else(
    browser: Browser, place: Place
) -> None:
    world, scanner = place.world, Scanner(place.app, place.origin)

    def hold_to_wcag(page: Page, endpoint: str, number: int) -> None:
        if number == 0 and endpoint not in OTHERS:
            scanner.wrong.extend(violations(page))

    scanner.look = hold_to_wcag
    links = links_in_letters(world)
    assert any(link.startswith("/i/") for link in links)
    with browser.new_context(locale="ja-JP") as context:
        own = own_pages(context, place)
        before, letters = _everything(world), len(world.letters())
        scanner.scan(context, "/", own, f"{own}/code", place.calendar, *links)
    for email, password in one_of_each_role(place.made):
        with browser.new_context(locale="en-GB") as context:
            sign_in(context, place.origin, email, password)
            scanner.scan(context, home(email))
    assert scanner.wrong == [], "\n".join(scanner.wrong)
    assert world.work() == 0, "a look gave the workers something to do"
    assert len(world.letters()) == letters
    after = _everything(world)
    assert {name for name in before if before[name] != after[name]} == set()
    left_out = sorted(_left_out(scanner) - NOT_LINKED)
    assert not left_out, " ".join(left_out)


def _left_out(scanner: Scanner) -> set[str]:
    """Pages that no link leads to."""
    return {
        rule.endpoint
        for rule in scanner.app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and not rule.rule.startswith(("/v1/", "/assets/", "/docs/", "/openapi"))
    } - scanner.opened
