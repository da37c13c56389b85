"""The front page, and what its files are kept by."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from matcher import pages
from tests.builders import World


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("ja", "ja"),
        ("ja-JP,en;q=0.8", "ja"),
        ("en-GB", "en"),
        ("fr,en;q=0.1", "en"),
        ("ja;q=0,en", "en"),
        ("x" * 5000, "en"),
        ("*", "en"),
        ("fr", "en"),
        ("", "en"),
    ],
)
def test_the_front_page_speaks_what_the_browser_asks_for(
    client: FlaskClient, asked: str, language: str
) -> None:
    page = client.get("/", headers={"Accept-Language": asked})
    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text


def test_the_front_page_leads_to_the_api_and_to_the_letters(client: FlaskClient) -> None:
    page = client.get("/").text
    assert 'href="/docs"' in page
    assert 'href="/dev/mail"' in page


def test_where_mail_is_really_sent_there_is_no_reader(world: World) -> None:
    app = Flask("matcher", static_folder=None)
    pages.register(app, world.outside, mail_folder=None)
    client = app.test_client()
    assert "/dev/mail" not in client.get("/").text
    for path in ("/dev/mail", "/dev/mail/1", "/dev/mail/1/html"):
        assert client.get(path).status_code == 404


def test_the_stylesheet_may_be_kept_and_a_changed_one_has_another_address(client: FlaskClient) -> None:
    page = client.get("/").text
    address = page.partition('<link rel="stylesheet" href="')[2].partition('"')[0]
    sheet = client.get(address)
    assert "?v=" in address
    assert sheet.mimetype == "text/css"
    assert sheet.cache_control.public
    assert sheet.cache_control.max_age == 31536000
    assert "Set-Cookie" not in sheet.headers
