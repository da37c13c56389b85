"""Every page, in both languages and both colour schemes, held to WCAG by axe."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask_wtf.csrf import CSRFError
from playwright.sync_api import Browser
from werkzeug.exceptions import InternalServerError, RequestEntityTooLarge

from matcher.domain.errors import (
    Conflict,
    InvalidInput,
    NotAllowed,
    NotSignedIn,
    TemporarilyUnavailable,
    TooManyTries,
)
from matcher.pages import error_page
from tests.browser.conftest import Serve
from tests.browser.held import check, violations
from tests.pages.views import LANGUAGES, VIEWS

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_of_an_invitation_is_accessible(
    browser: Browser, serve: Serve, view: str, language: str
) -> None:
    origin, scene = serve(view, language)
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(origin + scene.path)
        check(page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_other_page_is_accessible(browser: Browser, serve: Serve, language: str) -> None:
    origin, scene = serve("accepted", language)
    scene.world.work()
    letter = next(letter for letter in scene.world.letters() if letter.calendar)
    paths = (
        f"{scene.path}/question",
        scene.pause_path,
        "/",
        "/styleguide",
        "/dev/mail",
        f"/dev/mail/{letter.id}",
        "/nothing",
    )
    locale = {"ja": "ja-JP", "en": "en-GB"}[language]
    with browser.new_context(locale=locale) as context:
        page = context.new_page()
        for path in paths:
            page.goto(origin + path)
            assert page.locator("html").get_attribute("lang") == language
            check(page)
        page.goto(origin + scene.pause_path)
        page.get_by_role("button").click()
        check(page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_an_error_is_accessible(browser: Browser, serve: Serve, language: str) -> None:
    origin, scene = serve("open", language)
    errors = {
        "not_allowed": NotAllowed("Not for you."),
        "changed": Conflict("The listing is over."),
        "unread": InvalidInput.at("/answer", "One answer."),
        "busy": TemporarilyUnavailable("Busy."),
        "pause": TooManyTries(scene.world.clock() + timedelta(minutes=5)),
        "form": CSRFError("Missing."),
        "too_large": RequestEntityTooLarge(),
        "ours": InternalServerError(),
    }
    scene.client.application.add_url_rule("/refused/<name>", "refused", lambda name: error_page(errors[name]))
    locale = {"ja": "ja-JP", "en": "en-GB"}[language]
    with browser.new_context(locale=locale) as context:
        page = context.new_page()
        for name in errors:
            page.goto(f"{origin}/refused/{name}")
            assert page.locator("html").get_attribute("lang") == language
            check(page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_written_comes_back_accessibly(browser: Browser, serve: Serve, language: str) -> None:
    origin, scene = serve("open", language)
    refuse = lambda: error_page(NotSignedIn("Please sign in."))  # noqa: E731
    scene.client.application.add_url_rule(
        "/v1/refused", "refused", refuse, methods=["POST"]
    )  # no token is asked for there
    locale = {"ja": "ja-JP", "en": "en-GB"}[language]
    with browser.new_context(locale=locale) as context:
        page = context.new_page()
        page.set_content(
            f'<form method="post" action="{origin}/v1/refused"><textarea name="notes">{"Long ago. " * 9}</textarea><button></form>'
        )
        page.get_by_role("button").click()
        assert page.locator("html").get_attribute("lang") == language
        assert "Long ago." in page.locator("textarea").input_value()
        check(page)


def test_the_check_finds_what_it_is_for(browser: Browser) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.set_content("<html><body><img src='x'><button></button></body></html>")
        assert violations(page)
