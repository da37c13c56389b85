"""First contact in a real browser: over one small phone, without scripts, by keyboard alone, in both languages."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import select
from waitress.server import create_server

from matcher.pages.desk.intake.questions import NAMES
from matcher.storage.people import person_of
from matcher.storage.tables import PersonRow
from tests.browser.held import check
from tests.builders import World, make_world
from tests.local_server import LOOPBACK
from tests.pages.intakes import HARU, Intake
from tests.pages.views import CASEWORKERS, LANGUAGES, ORGANISATION

pytestmark = pytest.mark.browser

LOCALES = {"ja": "ja-JP", "en": "en-GB"}
PHONE = {"width": 320, "height": 640}
SAVE = {"en": "Save and go on", "ja": "保存して次へ"}
CONFIRM = {"en": "We have read it together: save it", "ja": "いっしょに読みました。保存します"}
LOOK = {"en": "Look it up", "ja": "調べる"}
OPEN = {"en": "Leave it open", "ja": "決めずにおく"}

Serve = Callable[[str], tuple[str, Intake]]


@pytest.fixture
def serve_intake(tmp_path: Path) -> Iterator[Serve]:
    """Somebody signed in at a desk (language), served; gives the address of the server and who is there."""
    ends: list[Callable[[], object]] = []

    def start(language: str) -> tuple[str, Intake]:
        world = make_world(tmp_path)
        world.caseworker = world.a_caseworker(CASEWORKERS[language])
        one = Intake(world, language=language)
        server = create_server(one.browser.client.application, host=LOOPBACK, port=0, threads=2)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        ends.extend((server.close, lambda: thread.join(timeout=5), world.close))
        return f"http://{LOOPBACK}:{server.effective_port}", one

    yield start
    for end in ends:
        end()


def be_signed_in(context: BrowserContext, origin: str, one: Intake) -> None:
    cookie = one.browser.cookie()
    assert cookie is not None
    context.add_cookies([{"name": "matcher", "value": cookie, "url": origin}])


def saved(world: World) -> PersonRow:
    with world.database.reading() as session:
        return session.scalars(select(PersonRow)).one()


def tab_to(page: Page, **attributes: str) -> None:
    """With the Tab key alone, to the field or button that has these attributes (`text`: what a button says)."""
    for _ in range(80):
        page.keyboard.press("Tab")
        here = page.locator(":focus")
        if here.count() and all(
            here.inner_text() == wanted if name == "text" else here.get_attribute(name) == wanted
            for name, wanted in attributes.items()
        ):
            return
    raise AssertionError(f"The Tab key never reaches {attributes} on {page.url}.")


def press(page: Page, **attributes: str) -> None:
    tab_to(page, **attributes)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def choose(page: Page, name: str, value: str) -> None:
    """One of several sentences, with the arrow keys."""
    tab_to(page, name=name)
    page.keyboard.press("Space")
    for _ in range(6):
        if page.locator(":focus").get_attribute("value") == value:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"The arrow keys never reach {name} {value}.")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_whole_intake_by_keyboard_alone_without_scripts_on_the_smallest_phone(
    browser: Browser, serve_intake: Serve, language: str
) -> None:
    origin, one = serve_intake(language)
    with browser.new_context(java_script_enabled=False, locale=LOCALES[language], viewport=PHONE) as context:
        be_signed_in(context, origin, one)
        page = context.new_page()
        page.goto(f"{origin}/desk/intakes")
        with page.expect_navigation():
            page.locator("main a.button").press("Enter")
        tab_to(page, name="alias")
        page.keyboard.type("Haru")
        tab_to(page, name="birth_year")
        page.keyboard.type("1994")
        press(page, text=SAVE[language])
        tab_to(page, name="address")
        page.keyboard.type("haru@example.org")
        press(page, text=SAVE[language])
        tab_to(page, name="place")
        page.keyboard.type("狛江")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        tab_to(page, name="candidate")
        page.keyboard.press("Space")
        press(page, text=SAVE[language])
        for chosen in (
            {"travel": "2"}, {"group": "1"}, {"interaction": "2", "stimulation": "0"}, {"unfamiliarity": "2"},
        ):  # fmt: skip
            for name, value in chosen.items():
                choose(page, name, value)
            press(page, text=SAVE[language])
        for _ in ("helps", "never", "likes", "time"):
            press(page, text=OPEN[language])
        tab_to(page, name="agreed", value="matching")
        page.keyboard.press("Space")
        press(page, text=SAVE[language])
        assert page.url.endswith("/close")
        assert "Haru" in page.locator("main").inner_text()
        press(page, text=CONFIRM[language])
        row = saved(one.world)
        assert page.url == f"{origin}/desk/people/{row.id}"
    person = person_of(row)
    assert person.comfort.as_tuple() == (1, 2, 2, 2, 1, 0)
    assert (person.start_point.latitude, person.start_point.longitude) == (35.63, 139.575)
    assert [consent.purpose for consent in person.consents] == ["matching"]


@pytest.mark.timeout(300)  # many pages, each read by axe
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_question_is_accessible_and_fits_a_phone(
    browser: Browser, serve_intake: Serve, language: str
) -> None:
    origin, one = serve_intake(language)
    draft_id = one.begin()
    one.fill("letters", "start")
    paths = [f"/desk/intakes/{draft_id}/{name}" for name in (*NAMES, "close")]
    with browser.new_context(locale=LOCALES[language], viewport=PHONE) as context:
        be_signed_in(context, origin, one)
        page = context.new_page()
        for path in ("/desk/intakes", "/desk/intakes/new", *paths):
            page.goto(origin + path)
            assert page.locator("html").get_attribute("lang") == language
            look(page)


@pytest.mark.timeout(300)  # many pages, each read by axe
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_what_is_known_is_accessible_and_fits_a_phone(
    browser: Browser, serve_intake: Serve, language: str
) -> None:
    origin, one = serve_intake(language)
    close = {
        "relation": "mother",
        "contact": {"channel": "email", "address": "m@example.org"},
        "receives_copy": False,
    }
    person_id = one.world.a_person(supporters=[close])
    one.world.a_person(alias="Nana")
    one.world.an_organisation(ORGANISATION)
    names = (
        "intake",
        "agreements",
        "apart",
        "introductions",
        "comfort",
        "record",
        "intake/letters",
        "intake/start",
    )
    with browser.new_context(locale=LOCALES[language], viewport=PHONE) as context:
        be_signed_in(context, origin, one)
        page = context.new_page()
        for name in names:
            page.goto(f"{origin}/desk/people/{person_id}/{name}")
            look(page)
        page.goto(f"{origin}/desk/people/{person_id}/apart")
        page.locator("form.fields button").first.click()
        look(page)  # with what has to be looked at once more
        page.goto(f"{origin}/desk/people/{person_id}/intake/letters")
        page.locator("#address").fill("")
        page.locator(".onward button").click()
        look(page)


def look(page: Page) -> None:
    """Nothing to find for axe, with everything unfolded, and nothing to scroll sideways, at 200 % either."""
    for summary in page.locator("summary").all():
        if summary.evaluate("it => !it.parentElement.open"):
            summary.click()
    check(page)
    for size in ("100%", "200%"):
        page.evaluate("size => document.documentElement.style.fontSize = size", size)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], page.url


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["you", "start", "people", "first_time", "never"])
def test_the_question_and_its_answers_stand_above_the_fold(
    browser: Browser, serve_intake: Serve, language: str, name: str
) -> None:
    origin, one = serve_intake(language)
    draft_id = one.begin()
    with browser.new_context(locale=LOCALES[language], viewport=PHONE) as context:
        be_signed_in(context, origin, one)
        page = context.new_page()
        page.goto(f"{origin}/desk/intakes/{draft_id}/{name}")
        last = page.locator("main input:not([type=hidden])").last.bounding_box()
        assert last is not None
        assert last["y"] + last["height"] <= PHONE["height"]


def test_nothing_comes_from_elsewhere(browser: Browser, serve_intake: Serve) -> None:
    origin, one = serve_intake("en")
    draft_id = one.begin()
    asked: list[str] = []
    with browser.new_context(locale="en-GB") as context:
        be_signed_in(context, origin, one)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        for name in NAMES:
            page.goto(f"{origin}/desk/intakes/{draft_id}/{name}")
    assert len(asked) >= len(NAMES)
    assert all(url.startswith(origin + "/") for url in asked)


@pytest.mark.parametrize("question", ["people"])
def test_what_was_typed_is_there_after_the_connection_was_lost(
    browser: Browser, serve_intake: Serve, question: str
) -> None:
    origin, one = serve_intake("en")
    draft_id = one.begin()
    one.fill(question)
    with browser.new_context(locale="en-GB", viewport=PHONE) as context:
        be_signed_in(context, origin, one)
        page = context.new_page()
        page.goto(f"{origin}/desk/intakes")
        page.get_by_role("link", name="Haru").click()
        assert page.url == f"{origin}/desk/intakes/{draft_id}/letters"  # the first that is still open
        page.goto(f"{origin}/desk/intakes/{draft_id}/{question}")
        assert page.locator("input:checked").get_attribute("value") == HARU[question]["group"]
