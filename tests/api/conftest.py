"""The API over a real SQLite database, with a clock that stands still and a caller for each role."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from matcher import api
from matcher.geocoding import make_geocoder
from matcher.mail.transports import make_mailer
from matcher.services.access import keys
from matcher.services.outside import Outside
from matcher.storage import schema
from matcher.storage.encryption import Keyring
from matcher.storage.engine import Database
from tests.api.documents import opportunity, person

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)  # a Monday, noon in Tokyo
SECRET = Fernet.generate_key().decode()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file without rows, copied for each test."""
    path = tmp_path_factory.mktemp("api") / "empty.db"
    database = Database(f"sqlite:///{path}", Keyring((SECRET,)))
    schema.upgrade(database)
    database.close()  # the last connection folds the write-ahead log into the file
    return path


@dataclass
class StandingClock:
    """A clock that moves only when a test moves it."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def outside(empty_database: Path, tmp_path: Path, clock: StandingClock) -> Iterator[Outside]:
    path = tmp_path / "matcher.db"
    shutil.copy(empty_database, path)
    made = make_outside(f"sqlite:///{path}", clock, tmp_path)
    yield made
    made.database.close()


def make_outside(url: str, clock: StandingClock, folder: Path) -> Outside:
    """Everything a call works with, over the database at `url`."""
    return Outside(
        database=Database(url, Keyring((SECRET,))),
        mailer=make_mailer(f"maildir:{folder / 'mail'}"),
        geocoder=make_geocoder("gazetteer"),
        clock=clock,
        base_url="http://127.0.0.1:8000",
        sender="Matcher <post@example.org>",
        language="en",
        help_lines={},
    )


@pytest.fixture
def app(outside: Outside) -> Flask:
    return make_app(outside)


def make_app(outside: Outside) -> Flask:
    """An application with the API alone."""
    app = Flask("matcher", static_folder=None)
    api.register(app, outside)
    return app


@dataclass
class Caller:
    """Somebody with a key."""

    client: FlaskClient
    key: str
    id: str

    def get(self, path: str, **headers: str) -> TestResponse:
        return self._open("GET", path, None, headers)

    def post(self, path: str, document: Any = None, **headers: str) -> TestResponse:
        return self._open("POST", path, document, headers)

    def patch(self, path: str, document: Any, **headers: str) -> TestResponse:
        return self._open("PATCH", path, document, headers)

    def _open(self, method: str, path: str, document: Any, headers: dict[str, str]) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.open(
            path, method=method, json=document, headers={"Authorization": f"Bearer {self.key}", **named}
        )


@dataclass
class World:
    """A client, the first admins, and what they made."""

    app: Flask
    outside: Outside

    def __post_init__(self) -> None:
        with self.outside.database.writing() as session:
            keys.create_first_admins(session, ("admin-a", "admin-b"), self.outside.clock())
        self.client = self.app.test_client()
        self.admin = Caller(self.client, "admin-a", "")
        self.other_admin = Caller(self.client, "admin-b", "")

    def organisation(self, name: str = "Izumi", *, vetted: bool = True) -> Caller:
        form = {
            "name": name,
            "contact_email": "izumi@example.org",
            "safeguarding_contact": "Sato, 03-0000-0000",
        }
        made = self.admin.post("/v1/organisations", form).json["id"]
        if vetted:
            for admin in (self.admin, self.other_admin):
                assert admin.post(f"/v1/organisations/{made}/vet").status_code == 200
        return Caller(self.client, self.admin.post(f"/v1/organisations/{made}/keys").json["key"], made)

    def caseworker(self, team_id: str | None = None) -> Caller:
        team_id = team_id or self.admin.post("/v1/teams", {"name": "North"}).json["id"]
        form = {"name": "Sakura", "email": "sakura@example.org", "team_id": team_id}
        made = self.admin.post("/v1/caseworkers", form).json["id"]
        return Caller(self.client, self.admin.post(f"/v1/caseworkers/{made}/keys").json["key"], made)


@pytest.fixture
def world(app: Flask, outside: Outside) -> World:
    return World(app, outside)


@pytest.fixture
def organisation(world: World) -> Caller:
    return world.organisation()


@pytest.fixture
def caseworker(world: World) -> Caller:
    return world.caseworker()


@pytest.fixture
def posted(organisation: Caller) -> dict[str, Any]:
    """A published opportunity."""
    response = organisation.post("/v1/opportunities", opportunity())
    assert response.status_code == 201, response.text
    return dict(response.json)


@pytest.fixture
def registered(caseworker: Caller) -> dict[str, Any]:
    """Somebody who may be invited."""
    response = caseworker.post("/v1/people", person())
    assert response.status_code == 201, response.text
    return dict(response.json)


def pointers(response: TestResponse) -> list[str]:
    """Where a refused body is wrong."""
    assert response.status_code == 422, response.text
    assert response.mimetype == "application/problem+json"
    return [error["pointer"] for error in response.json["errors"]]
