"""An organisation's whole way in a real browser: by keyboard alone, without scripts, on a narrow screen, in each language."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page

from matcher.pages.portal.organisation import KEYS_MAX
from matcher.services.access import keys
from matcher.services.access.keys import Role
from matcher.services.asking import host_words
from matcher.services.listings import importing, vetting
from tests.accounts import PASSWORD, Human, a_human
from tests.browser.conftest import Serve
from tests.browser.held import check
from tests.browser.test_portal import LOCALES, NARROW
from tests.builders import World
from tests.exchange.municipal_files import as_text
from tests.pages.listings import TYPED
from tests.pages.test_portal_imports import NAMELESS, READING, ROWS
from tests.pages.views import LANGUAGES

pytestmark = pytest.mark.browser

TABS_MAX = 120  # more than any page of the portal has stops
SCREENS_MAX = 8  # a listing in three minutes: no more screens than this, each with a few questions


def tab_to(page: Page, target: Locator) -> None:
    """Go to something with the Tab key, as somebody without a mouse does."""
    for _ in range(TABS_MAX):
        if target.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"No key leads to {target}.")


def press(page: Page, target: Locator) -> None:
    """Go to a link or button, and press Enter."""
    tab_to(page, target)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def answer(page: Page, name: str, value: str) -> None:
    """Answer one question by keyboard."""
    field = page.locator(f'main [name="{name}"]')
    kind = field.first.get_attribute("type")
    if kind == "radio":
        wanted = page.locator(f'main [name="{name}"][value="{value}"]')
        tab_to(page, field.first)
        page.keyboard.press("Space")
        while not wanted.is_checked():
            page.keyboard.press("ArrowDown")
    elif kind == "checkbox":
        tab_to(page, page.locator(f'main [name="{name}"][value="{value}"]'))
        page.keyboard.press("Space")
    else:
        tab_to(page, field)
        if kind in ("date", "time"):
            field.fill(value)  # which keys a browser wants here depends on its own language
        else:
            page.keyboard.type(value)


def sign_in(page: Page, origin: str, human: Human) -> None:
    """By keyboard, as everything here."""
    page.goto(f"{origin}/sign-in")
    tab_to(page, page.locator("#email"))
    page.keyboard.type(human.email)
    tab_to(page, page.locator("#password"))
    page.keyboard.type(PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def somebody_says_yes(world: World, organisation: str) -> str:
    """Somebody is asked about the listing and says yes; gives who."""
    person_id = world.a_person(alias="Zwölfender")
    world.work()
    match = next(one for one in world.matches(person_id) if one.organisation_id == organisation)
    invitation_id = world.approve(match.id).id
    world.work()
    world.answer(invitation_id, "accept")
    world.work()
    return person_id


@pytest.mark.parametrize("language", LANGUAGES)
def test_from_the_first_word_of_a_listing_to_how_the_visit_was(
    browser: Browser, serve: Serve, language: str
) -> None:
    origin, scene = serve("open", language)
    world, organisation = scene.world, scene.world.an_organisation("Kamome")
    human = a_human(world, Role.organisation, organisation, email="kamome@example.org", app=False)
    with browser.new_context(java_script_enabled=False, locale=LOCALES[language], viewport=NARROW) as context:
        page = context.new_page()
        sign_in(page, origin, human)
        press(page, page.locator('main a[href="/portal/listings/new"]'))
        screens = 1
        for step, fields in TYPED.items():
            assert page.url.endswith("/new" if step == "what" else f"/{step}")
            for name, value in fields.items():
                answer(page, name, value)
            press(page, page.locator("main form button").last)
            screens += 1
        assert screens == SCREENS_MAX
        press(page, page.locator("main form button").last)
        assert page.locator("aside.card").get_by_text("Weeding a garden").is_visible()
        person_id = somebody_says_yes(world, organisation)
        press(page, page.locator('header a[href="/portal/visitors"]'))
        assert page.get_by_text("Zwölfender").is_visible()
        world.clock.advance(days=9)
        sign_in(page, origin, human)
        press(page, page.locator('header a[href="/portal/visitors"]'))
        press(page, page.locator('main a[href^="/portal/visitors/"]'))
        answer(page, "words", "door_open")
        answer(page, "note", "The gate opens wide.")
        press(page, page.locator("main form button").last)
        assert page.url == f"{origin}/portal/visitors"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    with world.database.reading() as session:
        (told,) = host_words.about(session, person_id)
    assert (told.words, told.note) == (("door_open",), "The gate opens wide.")


def held(page: Page, address: str | None = None) -> None:
    """What the page shows now, or another one, keeps WCAG and fits."""
    if address is not None:
        page.goto(address)
        assert page.url == address
    check(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_an_organisation_keeps_of_its_own_is_accessible(
    browser: Browser, serve: Serve, language: str
) -> None:
    origin, scene = serve("accepted", language)
    world, theirs = scene.world, scene.row.organisation_id
    new = world.an_organisation("Kamome", vetted=False)
    waiting = a_human(world, Role.organisation, new, email="k@example.org", app=False)
    human = a_human(world, Role.organisation, theirs, email="theirs@example.org", app=False)
    with browser.new_context(locale=LOCALES[language], viewport=NARROW) as context:
        page = context.new_page()
        sign_in(page, origin, waiting)
        held(page, f"{origin}/portal/organisation")
        world.clock.advance(days=9)  # the visit is over
        context.clear_cookies()
        sign_in(page, origin, human)
        held(page, f"{origin}/portal/organisation")
        held(page, f"{origin}/portal/visitors")
        page.locator('main a[href^="/portal/visitors/"]').first.click()
        held(page)
        page.locator("textarea").evaluate("one => one.value = 'x'.repeat(2001)")
        page.locator("main form button").click()
        held(page)  # with the note that is too long
        for name in ("keys", "calendar"):
            held(page, f"{origin}/portal/organisation/{name}")
            page.locator("main form button").last.click()
            held(page)  # what is shown once
            held(page, f"{origin}/portal/organisation/{name}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_full_or_over_is_accessible(browser: Browser, serve: Serve, language: str) -> None:
    origin, scene = serve("open", language)
    world, theirs = scene.world, scene.row.organisation_id
    with world.database.writing() as session:
        for _ in range(KEYS_MAX):
            keys.issue_key(session, Role.organisation, theirs, world.clock())
        for _ in range(importing.WAITING_MAX):
            importing.receive(session, theirs, "municipal-csv", b"x,y\n", world.clock())
    human = a_human(world, Role.organisation, theirs, email="theirs@example.org", app=False)
    with browser.new_context(locale=LOCALES[language], viewport=NARROW) as context:
        page = context.new_page()
        sign_in(page, origin, human)
        held(page, f"{origin}/portal/organisation/keys")
        assert page.get_by_role("status").count() == 1
        page.goto(f"{origin}/portal/imports")
        page.locator("main input[type=file]").set_input_files(
            {"name": "a.csv", "mimeType": "text/csv", "buffer": b"x,y\n"}
        )
        page.locator("main form button").click()
        held(page)
        assert page.get_by_role("alert").count() == 1
        with world.database.writing() as session:
            vetting.suspend(session, theirs, world.clock())
        for path in ("/portal", "/portal/organisation"):
            held(page, origin + path)
        with world.database.writing() as session:
            for admin_id in world.admins:
                vetting.vet(session, theirs, admin_id, world.clock())
        world.clock.advance(days=366)
        sign_in(page, origin, human)
        for path in ("/portal", "/portal/organisation"):
            held(page, origin + path)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_file_and_its_mending_are_accessible(browser: Browser, serve: Serve, language: str) -> None:
    origin, scene = serve("accepted", language)
    world, theirs = scene.world, scene.row.organisation_id
    human = a_human(world, Role.organisation, theirs, email="theirs@example.org", app=False)
    contents = (as_text(*ROWS).encode(), b"x,y\n", as_text(*ROWS[:1]).encode())
    with world.database.writing() as session:
        made = [importing.receive(session, theirs, "municipal-csv", one, world.clock()) for one in contents]
    reports = [f"{origin}/portal/imports/{one.id}" for one in made]
    with browser.new_context(locale=LOCALES[language], viewport=NARROW) as context:
        page = context.new_page()
        sign_in(page, origin, human)
        held(page, f"{origin}/portal/imports")
        page.locator("main form button").click()
        held(page)  # without a file
        held(page, reports[0])  # not read yet
        world.work()
        for report in reports:
            held(page, report)
        page.goto(f"{reports[0]}?line={READING}")
        page.locator('[name="session.on"]').fill("2020-01-01")
        page.locator(".rows form button").click()
        held(page)  # with the day that is over
        page.goto(f"{reports[0]}?line={NAMELESS}")
        page.locator(".rows form button").click()
        held(page)  # without a name
