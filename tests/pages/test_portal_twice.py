"""The portal's forms sent twice, and one step open in two browsers: one effect, and nobody's words lost."""

from __future__ import annotations

import re

from flask import Flask

from matcher.services.access.keys import Role
from tests.accounts import a_human
from tests.builders import World
from tests.pages.browser import Browser
from tests.pages.listings import TYPED, read, rows, write


def test_two_browsers_at_one_step_lose_nobodys_words(
    app: Flask, world: World, mine: Browser, organisation: str
) -> None:
    listing_id = write(mine)
    path = f"/portal/listings/{listing_id}/host"
    theirs = Browser(app)
    theirs.sign_in(a_human(world, Role.organisation, organisation, email="second@example.org"))
    for one in (mine, theirs):
        one.get(path)
    form = dict(re.findall(r'type="hidden" name="(csrf_token|seen)" value="([^"]*)"', mine.page.text))
    assert theirs.send(**TYPED["host"] | {"host.name": "Ito"}).status_code == 303
    refused = mine.send(**TYPED["host"] | {"host.role": "cook"})
    assert refused.status_code == 409
    assert "Somebody else has answered this meanwhile." in refused.text
    assert 'value="cook"' in refused.text
    assert read(world, organisation, listing_id).host.name == "Ito"
    assert mine.send(**TYPED["host"] | {"host.role": "cook"}).status_code == 303  # once more, having seen it
    assert read(world, organisation, listing_id).host.role == "cook"
    mine.get(path)
    assert (
        mine.send(**TYPED["host"] | {"host.role": "cook"} | form).status_code == 303
    )  # the same form sent twice


def test_a_form_sent_twice_makes_one_draft_and_one_copy(
    world: World, mine: Browser, organisation: str
) -> None:
    def twice(path: str, **typed: str) -> set[str]:
        form = dict(re.findall(r'type="hidden" name="(csrf_token|once)" value="([^"]*)"', mine.page.text))
        return {mine.send(path, **typed | form).headers["Location"] for _ in range(2)}

    mine.get("/portal/listings/new")
    assert len(twice("/portal/listings/new", **TYPED["what"])) == 1
    published = world.an_opportunity(organisation)
    mine.get(f"/portal/listings/{published}")
    assert len(twice(f"/portal/listings/{published}/copy")) == 1
    assert len(rows(world, organisation)) == 3
