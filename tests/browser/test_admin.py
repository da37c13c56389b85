"""The admin's day in a real browser: by keyboard, without scripts, on a narrow screen; and every page held to WCAG."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page

from matcher.services.access import staff
from matcher.services.access.keys import Role
from matcher.services.audit import sealing
from matcher.services.desk import break_glass
from matcher.storage.tables import InvitationRow, PersonRow
from tests.accounts import Human, a_human
from tests.browser.conftest import Serve
from tests.browser.held import check
from tests.browser.test_sign_in import LOCALES, NARROW, Visit, visit
from tests.pages.views import LANGUAGES, Scene

pytestmark = pytest.mark.browser

WHY = "Nobody of their own team answers just now"


def signed_in(context: object, origin: str, scene: Scene, human: Human) -> Visit:
    here = visit(context, origin, scene.world)  # type: ignore[arg-type]
    here.sign_in(human)
    return here


def press(page: Page, selector: str) -> None:
    """Go there with the keyboard and press Enter."""
    with page.expect_navigation():
        page.locator(selector).first.press("Enter")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_admins_day_by_keyboard_and_without_scripts(
    browser: Browser, serve: Serve, language: str
) -> None:
    origin, scene = serve("accepted", language)
    world = scene.world
    first = a_human(world, Role.admin, world.admins[0], email="first@example.org")
    second = a_human(world, Role.admin, world.admins[1], email="second@example.org")
    with (
        browser.new_context(java_script_enabled=False, locale=LOCALES[language], viewport=NARROW) as context,
        browser.new_context(java_script_enabled=False, locale=LOCALES[language], viewport=NARROW) as other,
    ):
        here, there = signed_in(context, origin, scene, first), signed_in(other, origin, scene, second)
        page = here.page
        press(page, 'a[href="/admin/organisations/new"]')
        fields = page.locator("main form.fields input:not([type=hidden])")
        fields.first.focus()
        for text in ("Kamome", "kamome@example.org", "Sato, 03-0000-0000"):
            page.keyboard.type(text)
            page.keyboard.press("Tab")
        with page.expect_navigation():
            page.keyboard.press("Enter")  # on the button by now
        organisation = page.url.partition("?")[0]
        for reader in (page, there.page):
            reader.goto(organisation)
            press(reader, 'a[href$="/approve"]')
            press(reader, "main form.fields button")
            assert reader.url == f"{organisation}?done=agreed"
        press(page, 'a[href$="/sign-ins"]')
        press(page, "main form.fields button")
        world.work()
        assert world.letters(to="kamome@example.org")
        # The organisation that somebody said yes to is suspended, and the page shows what has been stopped.
        here.open(f"/admin/organisations/{scene.row.organisation_id}")
        press(page, 'a[href$="/suspend"]')
        press(page, "main form.fields button")
        assert page.locator('[role=status] a[href*="/admin/organisations/"]').count() == 1
        world.work()
        press(page, '[role=status] a[href*="/admin/organisations/"]')
        assert page.locator("[role=status] a").count() == 0
        assert scene.row.state == "cancelled"
        here.open("/admin/trail")
        assert page.locator("ol.rows li").count() > 10
        assert page.locator("html").get_attribute("lang") == language


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_an_admin_is_accessible_and_fits_a_narrow_screen(
    browser: Browser, serve: Serve, language: str
) -> None:
    origin, scene = serve("accepted", language)
    world = scene.world
    waiting = world.an_organisation("Kamome", vetted=False)
    colleague, gone = world.a_caseworker("Ito"), world.a_caseworker("Abe").id
    with world.database.writing() as session:
        break_glass.open_person(session, colleague, scene.row.person_id, WHY, world.clock())
        staff.disable_caseworker(session, gone, None, world.clock())
    sealing.seal(world.database, world.clock())
    human = a_human(world, Role.admin, world.admins[0], email="first@example.org")
    worker = f"/admin/caseworkers/{colleague.id}"
    paths = [
        "/admin", "/admin/organisations/new", f"/admin/organisations/{waiting}",
        f"/admin/organisations/{waiting}/approve", f"/admin/organisations/{waiting}/suspend",
        f"/admin/organisations/{waiting}/contacts",
        f"/admin/organisations/{waiting}/sign-ins", "/admin/teams", worker, f"/admin/caseworkers/{gone}",
        f"/admin/admins/{world.admins[0]}/sign-ins", "/admin/admins", "/admin/openings", "/admin/trail",
        "/admin/trail/seals", "/admin/upkeep",
    ]  # fmt: skip
    with browser.new_context(locale=LOCALES[language], viewport=NARROW) as context:
        here = signed_in(context, origin, scene, human)
        for path in paths:
            here.open(path)
            look(here.page, path)
        # The states that only a form brings about: what was typed wrongly, and what has been stopped.
        here.open("/admin/organisations/new")
        here.page.locator("main form.fields").evaluate("form => { form.noValidate = true; }")
        here.page.locator("main form.fields button").click()
        look(here.page, "wrong")
        here.open(f"/admin/organisations/{scene.row.organisation_id}/suspend")
        here.page.locator("main form.fields button").click()
        look(here.page, "stopping")
        world.work()
        here.page.reload()
        look(here.page, "stopped")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_opening_at_the_desk_is_accessible_by_keyboard_and_without_scripts(
    browser: Browser, serve: Serve, language: str
) -> None:
    origin, scene = serve("accepted", language)
    world = scene.world
    human = a_human(world, owner_id=world.a_caseworker("Ito").id, email="ito@example.org")
    with browser.new_context(java_script_enabled=False, locale=LOCALES[language], viewport=NARROW) as context:
        here = signed_in(context, origin, scene, human)
        press(here.page, 'a[href="/desk/opening"]')
        here.page.locator("#person").press_sequentially(scene.row.person_id)
        here.page.keyboard.press("Tab")
        here.page.keyboard.type(WHY)
        here.page.keyboard.press("Tab")
        with here.page.expect_navigation():
            here.page.keyboard.press("Enter")
        assert here.page.url.endswith(f"/desk/people/{scene.row.person_id}")
        opened = here.page.url
        press(here.page, "main .notice button")
        assert here.page.goto(opened).status == 404  # type: ignore[union-attr]
    with world.database.writing() as session:
        caseworker_id = session.get_one(
            PersonRow, session.get_one(InvitationRow, scene.invitation_id).person_id
        ).caseworker_id
        ito = break_glass.recent(session)[0].row
        ito.ends_at = world.clock() + break_glass.LASTS
    own = a_human(world, owner_id=caseworker_id, email="own@example.org")
    with browser.new_context(locale=LOCALES[language], viewport=NARROW) as context:
        theirs = signed_in(context, origin, scene, own)
        theirs.page.goto(opened)
        assert WHY in theirs.page.content()
        look(theirs.page, "their own page")
    with browser.new_context(locale=LOCALES[language], viewport=NARROW) as context:
        here = signed_in(context, origin, scene, human)
        for path in ("/desk/opening", re.sub(f"^{origin}", "", opened)):
            here.open(path)
            look(here.page, path)


def look(page: Page, what: str) -> None:
    """Narrow enough, and without a violation in light and dark."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), what
    check(page)
