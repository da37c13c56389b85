"""Signing in as it is deployed: beside the API, behind a proxy, and under changed keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from structlog.testing import capture_logs

from matcher.bootstrap import Runtime, build, create_app, prepare_database
from matcher.services.access import accounts
from matcher.services.access.keys import Role
from matcher.services.access.signing_in import FREE_FROM_ONE_PLACE
from matcher.services.upkeep.reencrypting import reencrypt
from matcher.settings import load_settings
from matcher.storage.encryption import UnreadableSecret
from matcher.storage.tables import AdminRow
from tests.accounts import PASSWORD
from tests.pages.browser import Browser

EMAIL = "admin@example.org"


def start(folder: Path, **settings: str) -> tuple[Runtime, Flask]:
    runtime = build(
        load_settings(
            {
                "MATCHER_DATA_DIR": str(folder),
                "MATCHER_BOOTSTRAP_ADMIN_KEYS": "a",
                "MATCHER_LANGUAGE": "en",
                **settings,
            }
        )
    )
    prepare_database(runtime)
    return runtime, create_app(runtime)


def an_admin(runtime: Runtime, email: str = EMAIL) -> None:
    """The account of the first admin, without an app, as a first run makes it."""
    with runtime.outside.database.writing() as session:
        admin = session.query(AdminRow).one()
        now = runtime.outside.clock()
        accounts.create_account(session, Role.admin, admin.id, email, PASSWORD, None, now)


@pytest.fixture
def started(tmp_path: Path) -> Any:
    runtime, app = start(tmp_path)
    an_admin(runtime)
    yield app
    runtime.close()


def test_the_api_asks_for_keys_and_not_for_tokens_of_forms(started: Flask) -> None:
    client = started.test_client()
    assert client.post("/v1/organisations", json={}).status_code == 401
    answer = client.post("/v1/organisations", json={}, headers={"Authorization": "Bearer a"})
    assert answer.status_code == 422
    assert "Set-Cookie" not in answer.headers


def test_refusals_of_the_pages_stay_pages_beside_the_api(started: Flask) -> None:
    browser = Browser(started)
    assert browser.get("/account").headers["Location"] == "/sign-in?next=/account"
    assert browser.send_bare("/sign-in", email=EMAIL, password=PASSWORD).status_code == 400
    browser.get("/sign-in")
    for _ in range(FREE_FROM_ONE_PLACE):
        assert browser.send("/sign-in", email=EMAIL, password="wrong").status_code == 422
    answer = browser.send("/sign-in", email=EMAIL, password=PASSWORD)
    assert answer.status_code == 429
    assert answer.mimetype == "text/html"
    assert int(answer.headers["Retry-After"]) <= 30


def test_a_sign_in_opens_no_call_of_the_api(started: Flask) -> None:
    browser = Browser(started)
    browser.get("/sign-in")
    browser.send(email=EMAIL, password=PASSWORD)
    assert browser.is_signed_in()
    assert browser.get("/v1/opportunities").status_code == 401


@pytest.mark.parametrize(("proxies", "expected"), [("0", [422] * 30 + [429]), ("1", [422] * 31)])
def test_readers_behind_a_proxy_are_told_apart_only_where_it_is_set(
    tmp_path: Path, proxies: str, expected: list[int]
) -> None:
    runtime, app = start(tmp_path, MATCHER_PROXIES=proxies)
    client = app.test_client()
    page = client.get("/sign-in").text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    statuses = [
        client.post(
            "/sign-in",
            data={"csrf_token": token, "email": f"{number}@example.org", "password": "x"},
            headers={"X-Forwarded-For": f"203.0.113.{number}"},
        ).status_code
        for number in range(31)
    ]
    runtime.close()
    assert statuses == expected


def test_a_change_of_keys_signs_nobody_out(tmp_path: Path) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    runtime, app = start(tmp_path, MATCHER_SECRET_KEYS=old)
    an_admin(runtime)
    browser = Browser(app)
    browser.get("/sign-in")
    browser.send(email=EMAIL, password=PASSWORD)
    cookie = browser.cookie()
    assert cookie is not None
    runtime.close()
    for keys, kept in ((f"{new},{old}", True), (new, False)):
        runtime, app = start(tmp_path, MATCHER_SECRET_KEYS=keys)
        reencrypt(runtime.outside.database, lambda _done, _total: None)
        again = Browser(app)
        again.client.set_cookie("matcher", cookie, domain="127.0.0.1")
        assert again.is_signed_in() is kept
        runtime.close()


@pytest.mark.parametrize("kind", [ValueError, UnreadableSecret])
def test_care_22_25_of_an_unforeseen_error_the_log_says_its_kind_and_place_alone(
    started: Flask,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    kind: type[Exception],
) -> None:
    def fail(*_: object) -> None:
        raise kind("contact haru@example.org")

    monkeypatch.setattr("matcher.services.answers.answering.open_invitation", fail)
    with capture_logs() as lines:
        answer = started.test_client().get("/i/SECRET-TOKEN-OF-HARU")
    assert answer.status_code == 500
    (said,) = [line for line in lines if line["event"] == "request.failed"]
    assert said["error"].startswith(f"{kind.__name__} at invitation.py:")
    seen = str(lines) + "".join(capfd.readouterr())
    assert "SECRET-TOKEN" not in seen
    assert "haru@" not in seen + answer.text
