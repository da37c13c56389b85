"""The invitation as a person meets it: without JavaScript, by keyboard alone, on the smallest screen."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Serve
from tests.pages.views import LANGUAGES

pytestmark = pytest.mark.browser

ANSWERS = {
    "en": ["Not now", "Yes, I'd like to come", "This one is too much", "Not for me"],
    "ja": ["今はやめておく", "行ってみる", "これは負担が大きい", "自分には合わない"],
}
THANKS = {"en": "Thank you for your answer", "ja": "お返事をありがとうございます"}
QUESTION = {"en": "A question to Mori", "ja": "森さんに聞いてみる"}
PACE = {"en": "My pace", "ja": "わたしのペース"}
PAUSE = {"en": "Pause everything", "ja": "すべてお休みする"}
RESTING = {"en": "You are having a rest", "ja": "お休み中です"}
AGAIN = {"en": "Choose again", "ja": "選びなおす"}
CANCEL = {"en": "Cancel this plan", "ja": "この予定を取り消す"}
RATHER_NOT = {"en": "If you would rather not after all", "ja": "やっぱりやめておこうと思ったときは"}
OFF = {"en": "This plan has been cancelled", "ja": "この予定は取り消されました"}


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "java_script_enabled": False, "viewport": {"width": 320, "height": 640}}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_journey_needs_no_javascript(page: Page, serve: Serve, language: str) -> None:
    origin, scene = serve("open", language)
    page.goto(origin + scene.path)
    page.get_by_role("button", name=ANSWERS[language][1]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(THANKS[language])
    page.reload()
    assert scene.row.state == "accepted"
    page.get_by_role("button", name=AGAIN[language]).click()
    expect(page.get_by_role("button", name=ANSWERS[language][0])).to_be_visible()
    page.get_by_role("button", name=ANSWERS[language][1]).click()
    page.locator("details > summary", has_text=RATHER_NOT[language]).click()
    page.get_by_role("button", name=CANCEL[language]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(OFF[language])
    assert scene.row.state == "cancelled"
    page.get_by_role("button", name=PAUSE[language]).click()
    expect(page.get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_keyboard_is_enough(page: Page, serve: Serve, language: str) -> None:
    origin, scene = serve("open", language)
    page.goto(origin + scene.path)
    reached = []
    for _ in range(8):
        page.keyboard.press("Tab")
        reached.append(page.locator(":focus").inner_text())
    assert reached == [
        *ANSWERS[language],
        QUESTION[language],
        PACE[language],
        PAUSE[language],
        "0120-000-000",
    ]
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(RESTING[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_answer_is_as_many_keys_away_as_its_place(page: Page, serve: Serve, language: str) -> None:
    for place, _ in enumerate(ANSWERS[language], start=1):
        origin, scene = serve("open", language)
        page.goto(origin + scene.path)
        for _ in range(place):
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text(THANKS[language])
        assert scene.row.answer == ["not_now", "accept", "too_much", "not_for_me"][place - 1]


@pytest.mark.parametrize("width", [320, 600, 1200])
@pytest.mark.parametrize("language", LANGUAGES)
def test_care_4_answers_are_of_one_size_and_look(page: Page, serve: Serve, language: str, width: int) -> None:
    origin, scene = serve("open", language)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(origin + scene.path)
    boxes = [page.get_by_role("button", name=name).bounding_box() for name in ANSWERS[language]]
    sizes = {(round(box["width"]), round(box["height"])) for box in boxes if box}
    assert len(sizes) == 1
    assert min(next(iter(sizes))) >= 44  # WCAG 2.5.5: large enough for a finger
    assert [(box["y"], box["x"]) for box in boxes if box] == sorted(
        (box["y"], box["x"]) for box in boxes if box
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_care_4_answers_are_painted_alike(browser: Browser, serve: Serve, language: str) -> None:
    origin, scene = serve("open", language)
    looks = (
        "['color', 'backgroundColor', 'borderColor', 'borderWidth', 'fontSize', 'fontWeight', 'boxShadow']"
    )
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(origin + scene.path)
        seen = page.locator("form.choices button").evaluate_all(
            f"all => all.map(button => {looks}.map(look => getComputedStyle(button)[look]).join())"
        )
    assert len(seen) == 4
    assert len(set(seen)) == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("view", ["open", "accepted", "not_now", "over"])
def test_nothing_is_cut_off_on_the_smallest_screen(
    browser: Browser, serve: Serve, view: str, language: str
) -> None:
    origin, scene = serve(view, language)
    with browser.new_context(viewport={"width": 320, "height": 640}) as context:
        page = context.new_page()
        page.goto(origin + scene.path)
        for size in ("100%", "200%"):
            page.evaluate("size => document.documentElement.style.fontSize = size", size)
            assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_calendar_file_is_handed_over(page: Page, serve: Serve) -> None:
    origin, scene = serve("accepted")
    page.goto(origin + scene.path)
    with page.expect_download() as download:
        page.get_by_role("link", name="A file for your calendar").click()
    assert download.value.suggested_filename == "calendar.ics"


def test_the_pause_link_is_one_click(page: Page, serve: Serve) -> None:
    origin, scene = serve("accepted")
    page.goto(origin + scene.pause_path)
    page.get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(RESTING["en"])


def test_the_reader_of_letters_leads_to_the_invitation(page: Page, serve: Serve) -> None:
    origin, _ = serve("open")
    # The letter names the address of the deployment; here another port answers.
    page.route("http://127.0.0.1:8000/**", lambda route: route.continue_(url=origin + route.request.url[21:]))
    page.goto(f"{origin}/dev/mail")
    page.get_by_role("link", name="For when you have a moment").click()
    page.locator(".letter").get_by_role("link", name="/i/").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Weeding a garden")
    page.goto(f"{origin}/dev/mail")
    page.get_by_role("link", name="For when you have a moment").click()
    page.get_by_role("link", name="as a mail program shows it").click()
    page.get_by_role("link", name="answer if you like").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Weeding a garden")


def test_care_26_the_page_asks_nobody_else_for_anything(browser: Browser, serve: Serve) -> None:
    origin, scene = serve("open", "ja")
    with browser.new_context() as context:
        page = context.new_page()
        asked: list[str] = []
        said: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.goto(origin + scene.path)
        assert context.cookies() == []
    assert asked
    assert all(url.startswith(origin) for url in asked)
    assert said == []  # the policy had nothing to block
