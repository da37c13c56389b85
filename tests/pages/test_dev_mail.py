"""The reader of letters kept in a folder."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from matcher import pages
from matcher.domain.ports import OutgoingMail
from tests.builders import World
from tests.pages.conftest import SetScene

LINK = re.compile(r'href="(/dev/mail/[^"]+)"')


def test_an_empty_folder_is_no_error(client: FlaskClient) -> None:
    page = client.get("/dev/mail")
    assert page.status_code == 200
    assert "There are none yet." in page.text


def test_letters_are_listed_newest_first(scene: SetScene) -> None:
    one = scene("accepted")
    one.world.work()
    listed = [path.rpartition("/")[2] for path in LINK.findall(one.client.get("/dev/mail").text)]
    assert len(listed) > 1
    assert listed == [letter.id for letter in one.world.letters()]


def test_the_journey_can_be_clicked_through(scene: SetScene) -> None:
    one = scene()
    letter = one.client.get(LINK.findall(one.client.get("/dev/mail").text)[0]).text
    link = f"{one.world.outside.base_url}{one.path}"
    assert f'<a href="{link}" rel="noopener">{link}</a>' in letter
    assert "For when you have a moment" in letter
    assert "haru@example.org" in letter


def test_an_attached_calendar_entry_is_shown(scene: SetScene) -> None:
    one = scene("accepted")
    one.world.work()
    letter = next(letter for letter in one.world.letters() if letter.calendar)
    page = one.client.get(f"/dev/mail/{letter.id}").text
    assert "BEGIN:VCALENDAR" in page
    assert letter.attachments
    assert all(name in page for name in letter.attachments)


def test_a_letters_html_is_shut_off_from_everything_here(scene: SetScene) -> None:
    one = scene()
    path = LINK.findall(one.client.get("/dev/mail").text)[0]
    assert f'href="{path}/html"' in one.client.get(path).text
    letter = one.client.get(f"{path}/html")
    assert "Weeding a garden" in letter.text
    policy = letter.headers["Content-Security-Policy"]
    assert policy == "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    assert letter.headers["Referrer-Policy"] == "no-referrer"


def test_what_a_letter_says_is_shown_as_words(world: World, client: FlaskClient) -> None:
    text = "<script>alert(1)</script> https://example.org/?a=1&b=<2> javascript:alert(1)"
    letter = OutgoingMail(
        "<1@example.org>", "a@example.org", "<b>bold</b>", text, headers={"From": "b@example.org"}
    )
    world.outside.mailer.send(letter)
    path = LINK.findall(client.get("/dev/mail").text)[0]
    for page in (client.get(path), client.get("/dev/mail")):
        assert not re.search('<script|<b>|href="javascript', page.text)
    assert client.get(f"{path}/html").status_code == 404


def test_only_letters_of_the_folder_are_read(scene: SetScene) -> None:
    client = scene().client
    for letter_id in ("nothing", "..", "../matcher.db", "%2e%2e%2fmatcher.db", "new"):
        assert client.get(f"/dev/mail/{letter_id}").status_code == 404


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"environ_base": {"REMOTE_ADDR": "198.51.100.9"}},
        {"headers": {"X-Forwarded-For": "198.51.100.9"}},
        {"headers": {"Forwarded": "for=198.51.100.9"}},
    ],
)
def test_care_22_nobody_reads_letters_from_elsewhere(client: FlaskClient, elsewhere: dict[str, Any]) -> None:
    assert client.get("/dev/mail").status_code == 200
    assert client.get("/dev/mail", **elsewhere).status_code == 404


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "127.1.2.3", "[::1]:8000"])
def test_this_machine_has_several_names(client: FlaskClient, host: str) -> None:
    assert client.get("/dev/mail", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "rebound.example.org:8000",
        "localhost.example.org",
        "127.0.0.1.example.org",
        "192.0.2.7",
        "[::1",
        "::1",
        "",
    ],
)
def test_care_22_a_name_from_elsewhere_that_leads_here_reads_no_letters(
    client: FlaskClient, host: str
) -> None:
    assert client.get("/dev/mail", headers={"Host": host}).status_code in (400, 404)


def test_the_name_that_links_begin_with_is_taken(world: World) -> None:
    app = Flask("matcher", static_folder=None)
    outside = replace(world.outside, base_url="http://matcher.example.org:8000")
    pages.register(app, outside, mail_folder=world.mail_folder)
    at_home = app.test_client()
    assert at_home.get("/dev/mail", headers={"Host": "matcher.example.org:8000"}).status_code == 200
    assert at_home.get("/dev/mail", headers={"Host": "other.example.org:8000"}).status_code == 404
