"""The desk in a real browser: held to WCAG by axe, on a narrow screen, and a whole morning by keyboard without scripts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize
from sqlalchemy import select
from waitress.server import create_server

from matcher.domain.values import Aspect
from matcher.services.asking import host_words
from matcher.services.asking.host_words import HostWord
from matcher.services.desk.team import FEWEST_COUNTED
from matcher.storage.people import comfort_of
from matcher.storage.tables import ConsentRow, OrganisationRow
from tests.browser.held import check
from tests.builders import make_world
from tests.local_server import LOOPBACK
from tests.pages.desks import Desk, live_through, set_desk
from tests.pages.test_desk_team import came
from tests.pages.test_desk_together import HOUSE, stepped
from tests.pages.views import LANGUAGES

pytestmark = pytest.mark.browser

LOCALES = {"ja": "ja-JP", "en": "en-GB"}
NARROW: ViewportSize = {"width": 320, "height": 640}
TABS_MOST = 120  # more than stand on any page here

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


def look_at(page: Page, origin: str, paths: tuple[str, ...], language: str) -> None:
    """Each page with everything on it open: nothing wrong for axe, nothing wider than the screen."""
    for path in paths:
        page.goto(origin + path)
        assert page.locator("html").get_attribute("lang") == language
        for folded in page.locator("summary").all():
            folded.click()
        check(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("situation", ["proposed", "over", "visit_too_much", "frozen"])
def test_every_page_of_the_desk_is_accessible_and_fits_a_narrow_screen(
    browser: Browser, serve_desk: ServeDesk, situation: str, language: str
) -> None:
    origin, one = serve_desk(situation, language)
    their_side(one)
    answered = one.ask()
    one.world.work()
    paths = (
        "/desk",
        "/desk/people",
        one.path,
        f"{one.path}/requests",
        f"/desk/requests/{answered}",
        f"/desk/requests/{one.ask()}",
    )
    with browser.new_context(locale=LOCALES[language], viewport=NARROW) as context:
        be_signed_in(context, origin, one)
        look_at(context.new_page(), origin, paths, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_pictures_and_steps_are_accessible_and_fit_a_narrow_screen(
    browser: Browser, serve_desk: ServeDesk, language: str
) -> None:
    origin, one = serve_desk("proposed", language)
    live_through(
        one.world, one.person_id, (1, "ok", {"group": 3.0}), (1, "left_early", {}), (1, "too_much", {})
    )
    consent_and_house(one)
    ten = [one.world.a_person(alias=f"P{number}") for number in range(FEWEST_COUNTED)]
    came(one.world, ten)
    one.browser.sign_in(one.human)
    with browser.new_context(locale=LOCALES[language], viewport=NARROW) as context:
        be_signed_in(context, origin, one)
        page = context.new_page()
        look_at(page, origin, ("/desk", one.path, f"{one.path}/requests", "/desk/team"), language)
        assert page.locator(".told").count() > 0


def test_the_sentences_of_the_ladder_stand_level_with_its_lines(
    browser: Browser, serve_desk: ServeDesk
) -> None:
    origin, one = serve_desk("proposed", "en")
    for width in (NARROW["width"], 1200):
        with browser.new_context(locale="en-GB", viewport={"width": width, "height": 800}) as context:
            be_signed_in(context, origin, one)
            page = context.new_page()
            page.goto(origin + one.path)
            for side in page.locator(".side").all():
                words, rules = side.locator("li").all(), side.locator(".rule").all()
                for sentence, rule in zip(words, rules, strict=True):
                    said, drawn = sentence.bounding_box(), rule.bounding_box()
                    assert said is not None
                    assert drawn is not None
                    assert abs(said["y"] + said["height"] / 2 - drawn["y"]) <= 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_they_say_is_comfortable_is_noted_with_the_talk_by_keyboard_on_a_narrow_screen(
    browser: Browser, serve_desk: ServeDesk, language: str
) -> None:
    origin, one = serve_desk("visit_too_much", language)
    stood = comfort_of(one.row).rungs
    with browser.new_context(locale=LOCALES[language], viewport=NARROW) as context:
        be_signed_in(context, origin, one)
        page = context.new_page()
        look_at(page, origin, (one.path,), language)
        choices = page.locator("fieldset select").all()
        assert len(choices) == len(Aspect)
        for choice in choices:
            box = choice.bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= NARROW["width"]
        page.goto(origin + one.path)
        tab_to(page, 'select[name="stimulation"]')
        page.keyboard.press("End")
        tab_to(page, 'input[name="talked"]')
        page.keyboard.press("Space")
        tab_to(page, "form.fields button")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert page.url == f"{origin}{one.path}?done=talked"
        assert page.locator("fieldset select").count() == 0
    assert comfort_of(one.row).rungs == replace(stood, stimulation=round(stood.stimulation + 4) / 2)


def their_side(one: Desk) -> None:
    """Whoever received them has written how it was, where there was a visit."""
    now = one.world.clock()
    with one.world.database.writing() as session:
        for organisation_id in session.scalars(select(OrganisationRow.id)):
            for visit in host_words.past_visits(session, organisation_id, now):
                host_words.write(session, organisation_id, visit.handle, list(HostWord), "Tea was cold.", now)


def consent_and_house(one: Desk) -> None:
    """They agreed to living together, and have been to see a house."""
    house = one.world.an_opportunity(**HOUSE)
    with one.world.database.writing() as session:
        session.add(
            ConsentRow(
                person_id=one.person_id, purpose="communal_living", text_version="2026-11", given_by="Mori",
                given_at=one.world.clock(),
            )
        )  # fmt: skip
    stepped(one.world, one, house, "visit", "ok")


def tab_to(page: Page, wanted: str) -> None:
    """Go on with the tab key until the focus is where it says so."""
    for _ in range(TABS_MOST):
        page.keyboard.press("Tab")
        if page.locator(f"{wanted}:focus").count():
            return
    raise AssertionError(f"The tab key never reaches {wanted}.")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_morning_at_the_desk_by_keyboard_alone_and_without_scripts(
    browser: Browser, serve_desk: ServeDesk, language: str
) -> None:
    """On 320 px, which is 1280 px at 400 %: from the desk to a person, a question, its answer, and a yes."""
    origin, one = serve_desk("proposed", language)
    with browser.new_context(
        java_script_enabled=False, locale=LOCALES[language], viewport=NARROW, device_scale_factor=4
    ) as context:
        be_signed_in(context, origin, one)
        page = context.new_page()
        page.goto(f"{origin}/desk")
        tab_to(page, f'a[href="{one.path}"]')
        page.keyboard.press("Enter")
        tab_to(page, f'a[href="{one.path}/requests"]')
        page.keyboard.press("Enter")
        tab_to(page, 'input[name="kinds"][value="hobby"]')
        page.keyboard.press("Space")
        tab_to(page, "main form.fields button")
        timer = threading.Timer(0.5, one.world.work)  # the workers, while the page waits for them
        timer.start()
        with page.expect_navigation():
            page.keyboard.press("Enter")
        timer.join()
        assert page.locator('a[href$="wait=yes"]').count() == 0
        tab_to(page, "summary")
        page.keyboard.press("Enter")
        assert page.locator(".why").first.is_visible()
        tab_to(page, "button.yes")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert page.url == f"{origin}{one.path}?done=approved"
        assert page.get_by_role("status").count() == 1
    assert one.invitation.state == "approved"
