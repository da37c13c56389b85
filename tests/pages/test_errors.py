"""Pages for what cannot be shown: kind, in the reader's language, without a word of what went on inside."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, event

from matcher import api, pages
from matcher.domain.errors import Conflict, MailTemporaryError
from matcher.services.access.keys import Role
from tests.accounts import a_human
from tests.builders import World, make_world
from tests.pages.browser import Browser
from tests.pages.conftest import SetScene
from tests.pages.desks import set_desk
from tests.pages.views import make_app


@pytest.fixture
def app(world: World) -> Flask:
    app = make_app(world)

    @app.get("/broken")
    def broken() -> str:
        raise RuntimeError("the secret inside")

    @app.get("/busy")
    def busy() -> str:
        raise MailTemporaryError("the secret inside")

    return app


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/nothing", 404, "There is nothing at this address"),
        ("POST", "/", 405, "That could not be read"),
        ("GET", "/broken", 500, "Something went wrong here"),
        ("GET", "/busy", 503, "One moment, please"),
    ],
)
def test_each_error_is_a_kind_page(app: Flask, method: str, path: str, status: int, words: str) -> None:
    page = app.test_client().open(path, method=method)
    assert page.status_code == status
    assert page.mimetype == "text/html"
    assert f"<h1>{words}</h1>" in page.text
    assert "secret" not in page.text
    assert "Traceback" not in page.text


NOTE = "川べりを歩きました。"  # as short as a sentence is


def test_what_was_written_is_not_lost_when_the_sign_in_has_ended(world: World) -> None:
    one = set_desk(world)
    one.look()
    world.clock.advance(days=60)
    page = one.browser.send(f"{one.path}/talks", notes=NOTE)
    assert page.status_code == 401
    assert NOTE in page.text
    assert 'href="/sign-in' in page.text


def test_a_deed_after_the_sign_in_ended_is_said_not_to_be_done_and_leads_back(world: World) -> None:
    one = set_desk(world)
    one.look()
    world.clock.advance(days=60)
    page = one.browser.send(f"{one.path}/freeze")
    assert page.status_code == 401
    assert "has not been done" in page.text
    assert f'href="/sign-in?next={one.path}"' in page.text
    assert one.row.state == "open"


def test_what_no_longer_fits_says_so_and_leads_to_how_things_are(app: Flask) -> None:
    @app.get("/refused")
    def refused() -> str:
        raise Conflict("the secret inside")

    page = app.test_client().get("/refused")
    assert page.status_code == 409
    assert "Something has changed meanwhile" in page.text
    assert "secret" not in page.text


def test_what_was_written_is_not_lost_when_a_page_has_grown_old(world: World) -> None:
    one = set_desk(world)
    made_up = "x" * 90
    page = one.browser.send_bare(f"{one.path}/talks", notes=NOTE, csrf_token=made_up)
    assert page.status_code == 400
    assert NOTE in page.text
    assert made_up not in page.text
    assert f'href="{one.path}"' in page.text


def test_what_staff_do_not_find_says_so_without_speaking_of_a_letter(world: World) -> None:
    one = set_desk(world)
    page = one.browser.get("/desk/people/00000000-0000-7000-8000-000000000000")
    assert page.status_code == 404
    assert "letter" not in page.text
    assert 'href="/desk"' in page.text


def test_errors_are_told_in_the_readers_language(app: Flask) -> None:
    page = app.test_client().get("/broken", headers={"Accept-Language": "ja"})
    assert "こちらで問題が起きました" in page.text


def test_a_method_that_is_not_taken_names_those_that_are(client: FlaskClient) -> None:
    assert set(client.post("/").headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_while_the_database_is_busy_the_page_asks_for_a_moment(scene: SetScene) -> None:
    one = scene()
    path, database = one.path, one.world.database

    def wait_little(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA busy_timeout=10")

    event.listen(database.engine, "begin", wait_little, insert=True)
    with closing(sqlite3.connect(str(database.url.database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        page = one.client.post(path, data={"answer": "accept"})
        assert page.status_code == 503
        assert int(page.headers["Retry-After"]) > 0
        assert "One moment, please" in page.text
        assert one.client.get(path).status_code == 200
    assert one.client.post(path, data={"answer": "accept"}).status_code == 200


def test_the_api_keeps_its_own_refusals(world: World) -> None:
    app = Flask("matcher", static_folder=None)
    pages.register(app, world.outside, mail_folder=None)
    api.register(app, world.outside, pages.error_page)
    client = app.test_client()
    assert client.get("/v1/nothing").mimetype == "application/problem+json"
    for path in ("/nothing", "/i/nobodys", "/pause/nobodys"):
        assert client.get(path).mimetype == "text/html"
        assert client.get(path).status_code == 404


NUL = "a\0b"


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        (Role.organisation, f"/portal/imports/{NUL}", 404),
        (Role.organisation, f"/portal/listings/{NUL}", 404),
        (Role.organisation, f"/portal?show=drafts&before={NUL}", 400),
        (Role.admin, f"/admin/organisations/{NUL}", 404),
        (Role.admin, f"/admin/trail?about={NUL}", 400),
        (Role.caseworker, f"/desk/people/{NUL}", 404),
    ],
)
def test_what_no_database_can_hold_is_the_readers_to_mend(
    tmp_path: Path, postgres_url: str, role: Role, path: str, status: int
) -> None:
    world = make_world(tmp_path, postgres_url)
    browser = Browser(make_app(world))
    owner = world.an_organisation() if role is Role.organisation else None
    browser.sign_in(a_human(world, role, owner))
    assert browser.get(path.replace("\0", "%00")).status_code == status
    browser.get("/account")
    assert browser.send("/account/browsers", browser=NUL).status_code == 400
    if role is Role.organisation:
        browser.get("/account")
        rows = "/portal/imports/01a20681-52eb-755f-8d0e-dadebb6fdf77/rows"
        assert browser.send(f"{rows}/99999999999").status_code in (400, 404)
    world.close()
