"""My pace: the link alone shows nothing, and behind the digits stands what is kept, to be looked at, taken along and erased."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape

import pytest
from sqlalchemy import select

from matcher.domain.values import Purpose
from matcher.pages.my_pace.subjects import SUBJECTS
from matcher.storage.tables import AuditEntryRow, PersonRow
from tests.mail.test_words import FORBIDDEN
from tests.pages.conftest import SetScene, everything
from tests.pages.pace import OwnPages, digits_in, own_pages
from tests.pages.views import ALIAS, LANGUAGES, make_app

PAGES = ("", "/close", "/known", "/end", *(f"/change/{name}" for name in SUBJECTS))


def shown(text: str) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", text.partition("<body>")[2]))


def test_care_25_the_link_alone_shows_nothing_of_anybody(scene: SetScene) -> None:
    closed = own_pages(scene())
    for where in ("/code", "/digits"):
        text = closed.get(where).text
        for secret in (ALIAS, "haru@example.org", "1994", "Weeding", "Mori"):
            assert secret not in text


def test_care_25_before_the_digits_every_page_leads_to_the_door(scene: SetScene) -> None:
    closed = own_pages(scene())
    before = everything(closed.world)
    looks = [closed.get(where) for where in (*PAGES, "/known/record.json")]
    for answer in (
        *looks, closed.post("/end", sure="on"), closed.post("/change/often", pace="28-1"),
    ):  # fmt: skip
        assert answer.status_code == 303
        assert answer.headers["Location"] in (f"{closed.path}/code", f"{closed.path}/code?late=1")
    assert "has not been kept" in closed.get("/code?late=1").text
    assert everything(closed.world) == before


def test_care_4_a_pause_needs_no_code_and_a_visit_that_is_over_does_not_stop_it(scene: SetScene) -> None:
    closed = own_pages(scene())
    page = closed.post("/pause")
    assert page.status_code == 200
    assert "You are having a rest" in page.text
    assert closed.person().state == "paused"


def test_a_mistyped_link_gets_a_kind_page(scene: SetScene) -> None:
    closed = own_pages(scene())
    for path in ("/me/nobodys", f"{closed.path}x", "/me/nobodys/code", "/me/nobodys/change/way"):
        page = closed.client.get(path)
        assert page.status_code == 404
        assert "<h1>" in page.text
    assert closed.client.post("/me/nobodys/code").status_code == 404


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_way_in_is_a_button_and_six_digits(scene: SetScene, language: str) -> None:
    mine = own_pages(scene("open", language))
    asked = mine.get("", follow=True)
    assert asked.text.count("<button") == 2  # and the one that pauses
    mine.client.post(f"{mine.path}/code")
    mine.world.work()
    assert mine.post("/digits", code="nonsense").status_code == 422
    came_in = mine.post("/digits", code=digits_in(mine.world))
    cookie = came_in.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "Path=/me" in cookie
    assert "SameSite=Lax" in cookie
    home = mine.get()
    assert home.status_code == 200
    assert f'<html lang="{language}">' in home.text


def test_where_there_is_https_browsers_keep_the_cookie_to_this_host(scene: SetScene) -> None:
    one = scene()
    one.world.outside = replace(one.world.outside, base_url="https://matcher.example.org")
    client = make_app(one.world).test_client()
    mine = OwnPages(one.world, client, one.row.person_id, own_pages(one).path)
    mine.post("/code")
    one.world.handler._outside = one.world.outside
    one.world.work()
    cookie = mine.post("/digits", code=digits_in(one.world)).headers["Set-Cookie"]
    assert cookie.startswith("__Host-matcher-pace=")
    assert "Secure" in cookie
    assert "Path=/;" in cookie


@pytest.mark.parametrize("language", LANGUAGES)
def test_care_5_no_page_shows_a_score_a_rung_or_a_word_that_hurts(scene: SetScene, language: str) -> None:
    mine = own_pages(scene("accepted", language)).open()
    for where in PAGES:
        text = mine.get(where)
        assert text.status_code == 200, where
        found = FORBIDDEN.search(shown(text.text))
        assert found is None, (where, found)
        assert not re.search("[!！]", shown(text.text))
        assert not re.search(r"\b(rung|score|chance|rank)\b", shown(text.text))
        assert not re.search(r"\b[0-4]\.[05]\b", shown(text.text)), where
        assert re.findall("<title>(.*)</title>", text.text)
        assert "tel:0120-000-000" in text.text


def test_care_9_looking_changes_nothing(opened: OwnPages) -> None:
    before = everything(opened.world)
    for where in (*PAGES, "/known/record.json"):
        assert opened.get(where).status_code == 200
    assert everything(opened.world) == before


def test_care_25_26_the_headers_keep_the_link_here(opened: OwnPages) -> None:
    for where in (*PAGES, "/known/record.json", "/code"):
        headers = opened.get(where).headers
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert "script" not in headers["Content-Security-Policy"]


def test_care_21_a_consent_is_taken_back_here_and_everything_on_it_stops(opened: OwnPages) -> None:
    page = opened.get("/known").text
    path = re.findall(r'href="/me/[^/]+(/known/consents/[^"]+)"', page)[0]
    before = opened.get(path).text
    assert "a visit you said yes to is called off" in before
    assert "a pause is enough" in before
    assert opened.post(path).status_code == 303
    opened.world.work()
    assert not opened.person().agreed_to(Purpose.matching, opened.world.clock())
    states = [row for row in everything(opened.world)["invitation"] if "cancelled" in row]
    assert len(states) == 1


@pytest.mark.parametrize(
    ("view", "said"),
    [("accepted", "What you said yes to"), ("open", "An idea that is with you"), ("not_now", "")],
)
def test_what_is_planned_stands_first_with_the_way_to_its_page(scene: SetScene, view: str, said: str) -> None:
    one = scene(view)
    page = own_pages(one).open().get("").text
    assert (f'href="{one.path}"' in page) == bool(said)
    assert said in page
    assert ("What you said yes to" in page) == (view == "accepted")


def test_a_pause_begun_here_says_so_once(opened: OwnPages) -> None:
    answer = opened.post("/pause")
    assert answer.headers["Location"].endswith("?paused=1#rest")
    assert "Your rest has begun." in opened.get("?paused=1").text
    assert "Your rest has begun." not in opened.get("").text


def test_care_21_what_follows_from_taking_a_consent_back_is_told_as_their_own_wish(opened: OwnPages) -> None:
    page = opened.get("/known").text
    path = re.findall(r'href="/me/[^/]+(/known/consents/[^"]+)"', page)[0]
    opened.post(path)
    opened.world.work()
    letters = [letter.text for letter in opened.world.letters("haru@example.org")]
    assert any("just as you wished" in letter for letter in letters)
    assert not any("nothing to do with anything you did" in letter for letter in letters)


def test_care_21_who_took_it_back_can_agree_again_by_their_own_hand(opened: OwnPages) -> None:
    page = opened.get("/known").text
    assert "I agree to this" not in page
    path = re.findall(r'href="/me/[^/]+(/known/consents/[^"]+)"', page)[0]
    opened.post(path)
    assert opened.get(path).status_code == 303  # there is nothing left to take back
    assert "I agree to this" in opened.get("/known").text
    for _ in range(2):
        assert opened.post("/known/consents").status_code == 303
    person = opened.person()
    given = [one for one in person.consents if one.in_force(opened.world.clock())]
    assert [(one.purpose, one.given_by) for one in given] == [(Purpose.matching, "person")]
    assert "I agree to this" not in opened.get("/known").text


def test_care_23_the_file_holds_what_is_kept_and_no_number_of_comfort(opened: OwnPages) -> None:
    file = opened.get("/known/record.json")
    assert file.headers["Content-Disposition"] == 'attachment; filename="record.json"'
    assert file.json["kept"]["person"][0]["alias"] == ALIAS
    assert file.json["in_words"]["comfortable"][0] == "Two others"
    assert not {"comfort", "score", "aspects"} & set(re.findall(r'"(\w+)":', json.dumps(file.json)))


def test_care_23_erasing_closes_everything_at_once(opened: OwnPages) -> None:
    assert opened.post("/end").status_code == 422
    ended = opened.post("/end", sure="on")
    assert "It is being erased" in ended.text
    for path in (opened.path, f"{opened.path}/code"):
        assert opened.client.get(path).status_code == 404
    for _ in range(3):
        opened.world.work()
        opened.world.clock.advance(minutes=1)
    assert everything(opened.world)["person"] == []


def test_who_accompanies_them_hears_quietly_that_they_have_left(opened: OwnPages) -> None:
    opened.post("/end", sure="on")
    for _ in range(3):
        opened.world.work()
        opened.world.clock.advance(minutes=1)
    (letter,) = [one for one in opened.world.letters(to="mori@example.org") if ALIAS in one.text]
    assert "chosen to have everything about them erased" in letter.text
    assert "haru@example.org" not in letter.text


def test_care_23_what_they_look_at_themselves_stands_in_the_trail(opened: OwnPages) -> None:
    opened.get("/change/way")
    opened.get("/known/record.json")
    opened.client.delete_cookie("matcher-pace", path="/me")
    opened.get("/known")  # before the digits nothing is seen, and nothing noted
    with opened.world.database.reading() as session:
        query = select(AuditEntryRow).filter_by(actor_role="person", actor_id=opened.person_id)
        noted = [(one.act, one.person_id) for one in session.scalars(query.order_by(AuditEntryRow.id))]
    read, exported = ("person.read", opened.person_id), ("person.exported", opened.person_id)
    assert noted[-2:] == [read, exported]


def test_leaving_closes_the_pages_in_this_browser(opened: OwnPages) -> None:
    assert "Your pages are closed" in opened.post("/leave").text
    assert opened.get().status_code == 303


def test_care_04_pausing_everything_is_there_when_the_pages_are_closed(opened: OwnPages) -> None:
    assert re.search(r'<form method="post" action="/pause/[^"]+">', opened.post("/leave").text)


def test_a_page_that_is_none_is_not_found(opened: OwnPages) -> None:
    for page in ("/change/nothing", "/change/base", "/change/pieces", "/nothing"):
        assert opened.get(page).status_code == 404


@pytest.mark.parametrize("page", ["/code", "/digits"])
def test_care_04_the_door_too_has_the_button_that_pauses_everything(scene: SetScene, page: str) -> None:
    mine = own_pages(scene("open"))
    found = re.search(
        r'<form method="post" action="(/pause/[^"]+)">', mine.client.get(f"{mine.path}{page}").text
    )
    assert found is not None
    assert mine.client.post(found.group(1)).status_code == 200
    with mine.world.database.reading() as session:
        assert session.scalars(select(PersonRow.state)).one() == "paused"
