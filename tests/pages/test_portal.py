"""The organisation's pages: for whom they are, how they read, and what stays unsaid."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask

from matcher.services.access.keys import Role
from matcher.services.listings import vetting
from tests.accounts import a_human
from tests.builders import World
from tests.mail.test_words import FORBIDDEN
from tests.pages.browser import Browser
from tests.pages.conftest import everything
from tests.pages.listings import TYPED, pages_of, write
from tests.pages.test_care import PAGE_BYTES_MAX, POLICY, SOMEWHERE_ELSE, shown
from tests.pages.views import LANGUAGES


def test_the_vetting_and_what_is_missing_for_it_are_said(app: Flask, world: World) -> None:
    applied = world.an_organisation("Kamome", vetted=False)
    mine = Browser(app)
    mine.sign_in(a_human(world, Role.organisation, applied, email="kamome@example.org"))
    assert "Neither has approved it yet" in mine.get("/portal").text
    with world.database.writing() as session:
        vetting.vet(session, applied, world.admins[0], world.clock())
    assert "One of the two has approved it" in mine.get("/portal").text
    with world.database.writing() as session:
        vetting.vet(session, applied, world.admins[1], world.clock())
    assert "This holds until" in mine.get("/portal").text
    with world.database.writing() as session:
        vetting.suspend(session, applied, world.clock())
    assert "on hold" in mine.get("/portal").text


def test_nobody_reads_or_writes_the_listing_of_another_organisation(world: World, mine: Browser) -> None:
    theirs = world.an_opportunity()
    mine.get("/portal")
    for path in ("", "/what", "/withdraw"):
        assert mine.get(f"/portal/listings/{theirs}{path}").status_code == 404
    mine.get("/portal/listings/new")
    for path in ("/what", "/publish", "/withdraw", "/copy"):
        before = everything(world)
        mine.get("/portal/listings/new")
        assert mine.send(f"/portal/listings/{theirs}{path}", **TYPED["what"]).status_code == 404
        assert everything(world) == before


def test_the_portal_is_for_organisations_alone(app: Flask, world: World) -> None:
    mine = Browser(app)
    assert mine.get("/portal").headers["Location"] == "/sign-in?next=/portal"
    mine.sign_in(a_human(world))
    assert mine.get("/portal").status_code == 403


def test_care_9_looking_changes_nothing(world: World, mine: Browser, organisation: str) -> None:
    listing_id = world.an_opportunity(organisation)
    draft = write(mine, until="when")
    before = everything(world)
    for path in pages_of(listing_id) + pages_of(draft):
        mine.get(path, follow=True)
    assert everything(world) == before


def test_care_16_no_page_moves_before_somebody_says_yes(
    world: World, mine: Browser, organisation: str
) -> None:
    listing_id = world.an_opportunity(organisation)
    world.work()

    def all_pages() -> list[str]:
        texts = [mine.get(path).text for path in pages_of(listing_id)]
        return [re.sub(r'name="(csrf_token|once)" value="[^"]+"', "", text) for text in texts]

    before = all_pages()
    person_id = world.a_person(alias="Zwölfender")
    world.work()
    assert all_pages() == before
    invitation_id = world.approve(world.matches(person_id)[0].id).id
    world.work()
    assert all_pages() == before
    world.answer(invitation_id, "accept")
    world.work()
    after = all_pages()
    assert after[0] == before[0]
    assert "Zwölfender" in after[1]
    assert "step-free access" in after[1]
    assert after[2:] == before[2:]


def test_care_17_the_visitors_of_another_organisation_are_not_named(world: World, mine: Browser) -> None:
    world.an_invitation("accepted", alias="Zwölfender")
    assert "Zwölfender" not in mine.get("/portal/visitors").text


def test_a_visitor_is_named_until_the_session_is_over_or_the_vetting_ends(app: Flask, world: World) -> None:
    invitation_id = world.an_invitation("accepted", alias="Zwölfender")
    theirs = world.invitation(invitation_id).organisation_id
    mine = Browser(app)
    mine.sign_in(a_human(world, Role.organisation, theirs, email="theirs@example.org"))
    assert "Zwölfender" in mine.get("/portal/visitors").text
    now = world.clock.now
    world.clock.advance(days=8)
    mine.sign_in(a_human(world, Role.organisation, theirs, email="second@example.org"))
    to_come, _, been = mine.get("/portal/visitors").text.partition("How was it from your side?")
    assert "Zwölfender" not in to_come
    assert "Zwölfender" in been
    world.clock.now = now
    with world.database.writing() as session:
        vetting.suspend(session, theirs, now)
    assert "Zwölfender" not in mine.get("/portal/visitors").text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_reads_calmly_in_both_languages(
    app: Flask, world: World, organisation: str, language: str
) -> None:
    mine = Browser(app, language=language)
    mine.sign_in(a_human(world, Role.organisation, organisation, email="izumi@example.org"))
    draft = write(mine, until="where")
    published = world.an_opportunity(organisation)
    for path in pages_of(draft) + pages_of(published):
        page = mine.get(path, follow=True)
        assert page.status_code == 200, path
        assert page.headers["Content-Security-Policy"] == POLICY
        assert f'<html lang="{language}">' in page.text
        assert FORBIDDEN.search(shown(page.text)) is None, (path, FORBIDDEN.search(shown(page.text)))
        assert not re.search("[!！]", shown(page.text))
        assert SOMEWHERE_ELSE.search(page.text) is None
        assert "<script" not in page.text
        for name in re.findall(r'<(?:input|textarea) id="([^"]+)"', page.text):
            assert f'<label for="{name}">' in page.text or f'for="{name}"' in page.text
        for ids in re.findall(r'aria-describedby="([^"]+)"', page.text):
            assert all(f'id="{one}"' in page.text for one in ids.split())


def test_the_stylesheet_and_a_form_stay_light(mine: Browser, organisation: str, world: World) -> None:
    page = mine.get("/portal/listings/new").text
    address = re.search(r'<link rel="stylesheet" href="([^"]+)"', page)
    assert address is not None
    style = mine.get(unescape(address.group(1))).text
    assert len(page.encode()) + len(style.encode()) < 2 * PAGE_BYTES_MAX
