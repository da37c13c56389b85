"""The page of an invitation: what it says in each state, and what a post does."""

from __future__ import annotations

import re
from html import unescape

import pytest

from matcher.services.asking import showing
from matcher.services.my_pace import own_words
from tests.pages.conftest import SetScene, everything
from tests.pages.views import LANGUAGES, POSTINGS, VIEWS

BUTTON = re.compile(r'<button name="\w+" value="(\w+)">[^<]+</button>')
ANSWERS = ("not_now", "accept", "too_much", "not_for_me")
FORM = "application/x-www-form-urlencoded"
OFFERED = {
    "open": [*ANSWERS, "on"],
    "taken_back": [*ANSWERS, "on"],
    "accepted": ["bring", "cancel", "undo", "on"],
    "accepted_paused": ["bring", "cancel"],
    "accepted_later": ["bring", "cancel", "on"],
    "accepted_begun": ["on"],
    "not_now": ["undo", "on"],
    "not_now_paused": [],
    "too_much": ["undo", "on"],
    "not_for_me": ["undo", "on"],
    "declined_later": ["on"],
    "unanswered_in_time": ["on"],
    "expired": ["on"],
    "withdrawn": ["on"],
    "cancelled": ["on"],
    "over": ["on"],
    "paused": [],
}


def offered(text: str) -> list[str]:
    """The values of the buttons of a page, in their order."""
    return BUTTON.findall(text)


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
    assert "This plan is off" in one.get().text


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
    assert one.post(answer="accept").status_code == 200
    assert one.row.answer == "not_now"


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


def test_an_accepted_visit_has_a_calendar_file_with_the_time_alone(scene: SetScene) -> None:
    one = scene("accepted")
    assert f'href="{one.path}/calendar.ics"' in one.get().text
    entry = one.client.get(f"{one.path}/calendar.ics")
    assert entry.mimetype == "text/calendar"
    assert "DTSTART;TZID=Asia/Tokyo:20261201T130000" in entry.text
    assert "SUMMARY:Appointment" in entry.text
    for word in ("Weeding", "Izumi", "Aoki", "Mori"):
        assert word not in entry.text


def test_the_calendar_file_is_the_one_of_the_letter(scene: SetScene) -> None:
    one = scene("accepted")
    one.world.work()
    sent = next(letter.calendar for letter in one.world.letters() if letter.calendar)
    kept = one.client.get(f"{one.path}/calendar.ics").text
    for name in ("UID", "SEQUENCE", "DTSTART;", "DTEND;", "SUMMARY"):
        line = next(line for line in kept.splitlines() if line.startswith(name))
        assert line in sent.splitlines()


@pytest.mark.parametrize("view", ["open", "not_now", "cancelled", "withdrawn", "over"])
def test_there_is_no_calendar_file_of_what_is_not_to_come(scene: SetScene, view: str) -> None:
    one = scene(view)
    assert one.client.get(f"{one.path}/calendar.ics").status_code == 404
    assert "calendar.ics" not in one.get().text


def test_what_is_at_any_time_has_no_calendar_file(scene: SetScene) -> None:
    one = scene("accepted", "en", sessions=[], duration_minutes=30, open_when="Tuesdays, 12:00 to 17:00")
    assert "Tuesdays, 12:00 to 17:00" in one.get().text
    assert "calendar.ics" not in one.get().text
    assert one.client.get(f"{one.path}/calendar.ics").status_code == 404


def test_words_of_an_organisation_are_shown_as_words(scene: SetScene) -> None:
    title = "<script>alert(1)</script> & {{ 7 * 7 }} %(name)s"
    page = scene("open", "en", title=title).get().text
    assert "<script" not in page
    assert title in unescape(page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_question_goes_to_the_one_who_asks_by_name(scene: SetScene, language: str) -> None:
    one = scene("open", language)
    way = f"{one.path}/question"
    assert f'href="{way}"' in one.get().text
    name = {"ja": "森さん", "en": "Mori"}[language]
    assert name in one.client.get(way).text
    said = "Is there a dog? <b>" if language == "en" else "犬はいますか。<b>"
    for _ in range(2):  # a button pressed twice asks once
        answered = one.client.post(way, data={"question": said})
        assert answered.status_code == 200
    one.world.work()
    notices = one.world.letters(to="mori@example.org")
    assert len(notices) == 1
    assert said not in notices[0].text
    with one.world.database.reading() as session:
        words = own_words.of_person(session, one.row.person_id)
        assert [(word.row.said, word.row.invitation_id) for word in words] == [(said, one.invitation_id)]
    assert one.row.state == "sent"


def test_a_question_without_words_is_not_passed_on(scene: SetScene) -> None:
    one = scene()
    before = everything(one.world)
    for said in ("", "  ", "x" * 2001, "\u202e"):
        assert one.client.post(f"{one.path}/question", data={"question": said}).status_code == 422
    assert one.client.post(f"{one.path}/question", data={"question": "x" * 40_000}).status_code == 413
    for method in ("GET", "POST"):
        assert (
            one.client.open("/i/nobodys/question", method=method, data={"question": "x"}).status_code == 404
        )
    assert everything(one.world) == before


def test_somebody_may_come_along_and_those_there_hear_of_a_second_seat_alone(scene: SetScene) -> None:
    one = scene("accepted")
    one.world.work()
    assert "a seat for somebody who comes along" not in one.world.letters(to="izumi@example.org")[0].text
    for _ in range(2):
        assert offered(one.post(answer="bring").text) == ["come_alone", "cancel", "undo", "on"]
    one.world.work()
    told = [
        letter for letter in one.world.letters(to="izumi@example.org") if "a seat for somebody" in letter.text
    ]
    assert len(told) == 1
    with one.world.database.reading() as session:
        row = one.row
        visitor = showing.visitors(session, row.opportunity_id, row.organisation_id, one.world.clock())[0]
        assert visitor.needs[-1] == "seat_for_companion"
    assert offered(one.post(answer="come_alone").text) == OFFERED["accepted"]
    assert one.row.brings_somebody is False


def test_nobody_is_asked_to_bring_somebody_where_that_is_not_welcome(scene: SetScene) -> None:
    one = scene("accepted", "en", companion_welcome=False)
    assert "bring" not in offered(one.get().text)
    one.post(answer="bring")
    assert one.row.brings_somebody is False
    sent = scene("open")
    sent.post(answer="bring")
    assert sent.row.brings_somebody is False


def test_the_way_in_is_told_step_by_step(scene: SetScene) -> None:
    place = {**POSTINGS["en"]["place"], "entry": "Go past the bakery.\nCome in by the green gate."}
    page = scene("open", "en", place=place).get().text
    steps = page.partition('<dd class="steps-in">')[2].partition("</ol>")[0]
    assert re.findall("<li>(.*)</li>", steps) == [
        "Go past the bakery.", "Come in by the green gate.", "Aoki meets you at the door.",
    ]  # fmt: skip


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_leads_to_my_pace(scene: SetScene, view: str) -> None:
    one = scene(view)
    found = re.search(r'href="(/me/[^"]+)"', one.get().text)
    assert found is not None
    assert one.client.get(found[1]).headers["Location"] == f"{found[1]}/code"
