"""The page of an invitation: what it says in each state, and what a post does."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.pages.conftest import SetScene, everything
from tests.pages.invitations import ANSWERS, OFFERED, offered
from tests.pages.views import LANGUAGES, VIEWS

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_is_a_page_that_offers_what_can_still_be_done(scene: SetScene, view: str) -> None:
    page = scene(view).get()
    assert page.status_code == 200
    assert offered(page.text) == OFFERED[view]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_end_reads_differently(scene: SetScene, language: str) -> None:
    views = ("not_now", "too_much", "not_for_me", "expired", "withdrawn", "cancelled", "over", "paused")
    said = {scene(view, language).get().text.partition("<main>")[2].partition("</main>")[0] for view in views}
    assert len(said) == len(views)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_speaks_the_persons_language_whatever_the_browser_asks_for(
    scene: SetScene, language: str
) -> None:
    one = scene("open", language)
    for asked in ("ja", "en", "fr"):
        page = one.client.get(one.path, headers={"Accept-Language": asked})
        assert f'<html lang="{language}">' in page.text
        assert page.headers["Content-Language"] == language


def test_the_page_says_who_is_asking_and_how_long_the_way_is(scene: SetScene) -> None:
    page = scene("open", "ja").get().text
    assert "森さんを通して" in page
    assert "自転車で6分くらいです。" in page


def test_an_answer_is_met_by_the_page_and_loading_that_anew_changes_nothing(scene: SetScene) -> None:
    one = scene()
    answered = one.post(answer="accept")
    assert answered.status_code == 200
    assert "Thank you for your answer" in answered.text
    before = everything(one.world)
    for again in (one.post(answer="accept"), one.get()):
        assert again.text == answered.text
    assert everything(one.world) == before
    assert one.row.state == "accepted"


@pytest.mark.parametrize("answer", ANSWERS)
def test_care_9_each_answer_is_kept_and_can_be_taken_back(scene: SetScene, answer: str) -> None:
    one = scene()
    one.post(answer=answer)
    assert one.row.answer == answer
    one.world.clock.advance(minutes=14)
    assert one.post(answer="undo").status_code == 200
    assert one.row.state == "sent"
    assert offered(one.get().text) == OFFERED["open"]


def test_after_a_quarter_of_an_hour_an_undo_changes_nothing(scene: SetScene) -> None:
    one = scene("not_now")
    one.world.clock.advance(minutes=15)
    assert "undo" not in offered(one.get().text)
    assert one.post(answer="undo").status_code == 200
    assert one.row.state == "declined"


def test_care_9_a_visit_can_be_cancelled_until_it_begins(scene: SetScene) -> None:
    one = scene("accepted_later")
    one.post(answer="cancel")
    assert one.row.state == "cancelled"
    assert "This plan has been cancelled" in one.get().text


@pytest.mark.parametrize("view", ["expired", "withdrawn", "cancelled", "over", "accepted_begun"])
def test_an_answer_that_comes_too_late_changes_nothing_and_is_met_kindly(scene: SetScene, view: str) -> None:
    one = scene(view)
    page, before = one.get().text, everything(one.world)
    for answer in (*ANSWERS, "undo", "cancel"):
        assert one.post(answer=answer).status_code == 200
        assert one.get().text == page
    assert everything(one.world) == before


def test_answering_twice_keeps_the_first_answer(scene: SetScene) -> None:
    one = scene("not_now")
    said = "You had answered before, and that answer stands."
    answered = one.post(answer="accept")
    assert (answered.status_code, one.row.answer, said in answered.text) == (200, "not_now", True)
    assert said not in one.post(answer="not_now").text
    assert said not in one.get().text


def test_a_pause_may_come_alone_or_with_an_answer(scene: SetScene) -> None:
    alone, with_answer = scene(), scene()
    alone.post(pause="on")
    assert alone.row.answer is None
    assert "You are having a rest" in alone.get().text
    with_answer.post(pause="on", answer="accept")
    assert with_answer.row.state == "accepted"
    assert "nothing new is sent to you" in with_answer.get().text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_post_that_cannot_be_read_changes_nothing_and_shows_the_page(
    scene: SetScene, language: str
) -> None:
    one = scene("open", language)
    before = everything(one.world)
    for body in (
        "answer=maybe", "answer=", "", "answer=accept&answer=not_now", "answer=not&answer=_now", "pause=off", "pause=on&answer=later",
        "answer=accept&pause=yes", "answer=%00", "answer=%FF%FE", "{}", "answer=ACCEPT", "answer=accept%20",
    ):  # fmt: skip
        page = one.client.post(one.path, data=body, content_type=FORM)
        assert page.status_code == 422, body
        assert 'role="status"' in page.text
        assert offered(page.text) == OFFERED["open"]
        assert page.headers["Content-Language"] == language
    assert everything(one.world) == before


@pytest.mark.parametrize("content_type", [FORM, "multipart/form-data; boundary=x"])
def test_a_body_that_is_too_large_is_refused(scene: SetScene, content_type: str) -> None:
    one = scene()
    before = everything(one.world)
    page = one.client.post(one.path, data=b"answer=accept&more=" + b"x" * 5000, content_type=content_type)
    assert page.status_code == 413
    assert "That is more than fits" in page.text
    assert everything(one.world) == before


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_link_that_nobody_was_given_gets_a_kind_page(scene: SetScene, language: str) -> None:
    one = scene("open", "en")
    before = everything(one.world)
    for token in ("nobodys", "x" * 32, "%00", "%F0%9F%8C%B1", "a" * 2000, f"{one.path[3:]}x", one.path[3:-1]):
        for method in ("GET", "POST"):
            page = one.client.open(
                f"/i/{token}", method=method, data={"answer": "accept"}, headers={"Accept-Language": language}
            )
            assert page.status_code == 404
            assert f'<html lang="{language}">' in page.text
            assert "<h1>" in page.text
    assert everything(one.world) == before


def test_words_of_an_organisation_are_shown_as_words(scene: SetScene) -> None:
    title = "<script>alert(1)</script> & {{ 7 * 7 }} %(name)s"
    page = scene("open", "en", title=title).get().text
    assert "<script" not in page
    assert title in unescape(page)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_leads_to_my_pace(scene: SetScene, view: str) -> None:
    one = scene(view)
    found = re.search(r'href="(/me/[^"]+)"', one.get().text)
    assert found is not None
    assert one.client.get(found[1]).headers["Location"] == f"{found[1]}/code"
