"""What the page of an invitation holds besides the answers: the calendar file, a question, company, the way in."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from matcher.services.asking import showing
from matcher.services.my_pace import own_words, privacy
from matcher.services.people import people
from matcher.storage.tables import LetterRow
from tests.pages.conftest import SetScene, everything
from tests.pages.invitations import OFFERED, offered
from tests.pages.views import LANGUAGES, POSTINGS


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


def test_care_04_the_page_of_a_question_has_the_button_that_pauses_everything(scene: SetScene) -> None:
    one = scene("open")
    page = one.client.get(f"{one.path}/question").text
    assert f'<form method="post" action="{one.path}">' in page
    assert '<button name="pause" value="on">' in page


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
        assert offered(one.post(answer="bring").text) == ["come_alone", "remind", "undo", "cancel", "on"]
    one.world.clock.advance(minutes=5)
    one.world.work()
    told = [
        letter for letter in one.world.letters(to="izumi@example.org") if "a seat for somebody" in letter.text
    ]
    assert len(told) == 1
    assert "Something is new about the visit of" in told[0].text
    assert "A visitor is coming to you" not in told[0].text
    with one.world.database.reading() as session:
        row = one.row
        visitor = showing.visitors(session, row.opportunity_id, row.organisation_id, one.world.clock())[0]
        assert visitor.needs[-1] == "seat_for_companion"
    assert offered(one.post(answer="come_alone").text) == OFFERED["accepted"]
    assert one.row.brings_somebody is False


def test_whoever_tries_both_buttons_is_written_about_once_as_it_is_in_the_end(scene: SetScene) -> None:
    one = scene("accepted")
    one.world.work()
    before = len(one.world.letters(to="izumi@example.org"))
    for _ in range(10):
        one.post(answer="bring")
        one.world.work()
        one.post(answer="come_alone")
        one.world.work()
    one.post(answer="bring")
    one.world.clock.advance(minutes=5)
    one.world.work()
    told = one.world.letters(to="izumi@example.org")
    assert len(told) == before + 1
    assert "a seat for somebody" in told[0].text


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_mail_before_it_is_asked_for_and_taken_back_by_a_button(scene: SetScene, language: str) -> None:
    one = scene("accepted", language)
    assert offered(one.post(answer="remind").text) == ["bring", "do_not_remind", "undo", "cancel", "on"]
    assert offered(one.post(answer="do_not_remind").text) == OFFERED["accepted"]


def test_of_a_companion_who_comes_and_does_not_nothing_is_written(scene: SetScene) -> None:
    one = scene("accepted")
    one.world.work()
    before = len(one.world.letters(to="izumi@example.org"))
    one.post(answer="bring")
    one.post(answer="come_alone")
    one.world.clock.advance(minutes=6)
    one.world.work()
    assert len(one.world.letters(to="izumi@example.org")) == before


def test_a_letter_that_is_going_out_does_not_stand_for_a_companion_named_since(scene: SetScene) -> None:
    one = scene("accepted")
    one.world.work()
    with one.world.database.writing() as session:  # a mail server that has not answered yet
        session.execute(
            update(LetterRow).where(LetterRow.kind == "visitor_announced").values(state="sending")
        )
    one.post(answer="bring")
    one.world.clock.advance(minutes=5)
    one.world.work()
    assert "a seat for somebody" in one.world.letters(to="izumi@example.org")[0].text


def test_just_before_it_begins_those_there_hear_of_a_companion_at_once(scene: SetScene) -> None:
    one = scene("accepted")
    one.world.work()
    starts_at = one.row.occurrence.starts_at
    assert starts_at is not None
    one.world.clock.now = starts_at - timedelta(minutes=4)
    one.post(answer="bring")
    one.world.work()
    assert "a seat for somebody" in one.world.letters(to="izumi@example.org")[0].text


def test_many_questions_at_once_are_one_letter_and_none_is_lost(scene: SetScene) -> None:
    one = scene("open")
    for number in range(5):
        one.client.post(f"{one.path}/question", data={"question": f"May I come {number} minutes late?"})
        one.world.work()
    assert len(one.world.letters(to="mori@example.org")) == 1
    with one.world.database.reading() as session:
        assert len(own_words.of_person(session, one.row.person_id)) == 5


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_program_fills_no_desk_with_questions(scene: SetScene, language: str) -> None:
    one = scene("open", language)
    asked = [f"May I come {number} minutes late?" for number in range(own_words.WAIT_AT_MOST)]
    for said in (*asked, asked[0]):  # the same once more is none too many
        assert one.client.post(f"{one.path}/question", data={"question": said}).status_code == 200
    refused = one.client.post(f"{one.path}/question", data={"question": "And <one> more?"})
    assert refused.status_code == 409
    assert {"ja": "読まれるのを待っています", "en": "wait to be read"}[language] in refused.text
    assert "And &lt;one&gt; more?</textarea>" in refused.text  # nothing that was written is lost
    with one.world.database.writing() as session:
        words = own_words.of_person(session, one.row.person_id)
        assert sorted(word.row.said or "" for word in words) == sorted(asked)
        words[0].row.heard_at = one.world.clock()
    assert one.client.post(f"{one.path}/question", data={"question": "And <one> more?"}).status_code == 200


def test_care_23_no_link_of_somebody_who_is_erased_opens_or_takes_anything(scene: SetScene) -> None:
    one = scene("accepted")
    with one.world.database.writing() as session:
        privacy.erase(session, people.lock(session, one.row.person_id), one.world.clock())
    before = everything(one.world)
    assert one.get().status_code == 404
    assert one.post(answer="cancel").status_code == 404
    assert one.client.post(f"{one.path}/question", data={"question": "Who is there?"}).status_code == 404
    assert everything(one.world) == before


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


def test_care_12_who_is_stopped_is_not_said_to_be_having_a_rest(scene: SetScene) -> None:
    one = scene("open")
    with one.world.database.writing() as session:
        people.freeze(session, people.lock(session, one.row.person_id), one.world.clock())
    one.world.work()
    page = one.get().text
    assert "will be in touch with you first" in page
    assert "having a rest" not in page
    assert "Pause everything" in page
