"""Export and erasure over HTTP: for the team alone, and with a fresh code wherever there is an app that gives one."""

from __future__ import annotations

from typing import Any

import pyotp
import pytest

from matcher.api.application import openapi_document
from matcher.services.access import accounts
from matcher.services.access.keys import Role
from matcher.services.outside import Outside
from matcher.storage.erasing import delete_everything
from tests.api.conftest import Caller, StandingClock, World

PASSWORD = "three quiet herons"


def delete(caller: Caller, path: str, **headers: str) -> Any:
    return caller._open("DELETE", path, None, headers)


def with_an_app(outside: Outside, caseworker: Caller) -> pyotp.TOTP:
    secret = pyotp.random_base32()
    with outside.database.writing() as session:
        accounts.create_account(
            session, Role.caseworker, caseworker.id, "sakura@example.org", PASSWORD, secret, outside.clock()
        )
    return pyotp.TOTP(secret)


def test_a_key_is_enough_where_no_app_is_set_up(caseworker: Caller, registered: dict[str, Any]) -> None:
    at = f"/v1/people/{registered['id']}"
    exported = caseworker.get(f"{at}/export")
    assert exported.status_code == 200
    assert exported.headers["Cache-Control"] == "no-store"
    assert exported.json["kept"]["person"][0]["alias"] == registered["alias"]
    erased = delete(caseworker, at)
    assert erased.status_code == 202
    assert erased.json == {
        "person_id": registered["id"], "state": "erasing", "erased_by": "2026-11-24T03:00:00Z",
    }  # fmt: skip
    assert caseworker.get(at).status_code == 404
    assert caseworker.get(f"{at}/export").status_code == 404
    assert caseworker.get("/v1/people").json["items"] == []


def test_care_23_where_there_is_an_app_its_fresh_code_is_asked_for(
    outside: Outside, clock: StandingClock, caseworker: Caller, registered: dict[str, Any]
) -> None:
    at, app = f"/v1/people/{registered['id']}", with_an_app(outside, caseworker)
    for refused in (
        caseworker.get(f"{at}/export"), delete(caseworker, at),
        caseworker.get(f"{at}/export", Matcher_Code="000000x"),
    ):  # fmt: skip
        assert refused.status_code == 403
        assert refused.mimetype == "application/problem+json"
        assert "code" in refused.json["detail"]
    code = app.at(clock())
    assert caseworker.get(f"{at}/export", Matcher_Code=code).status_code == 200
    assert delete(caseworker, at, Matcher_Code=code).status_code == 403  # no code is taken twice
    assert delete(caseworker, at, Matcher_Code=app.at(clock().timestamp() + 30)).status_code == 202


def test_guessing_codes_has_to_wait(outside: Outside, caseworker: Caller, registered: dict[str, Any]) -> None:
    with_an_app(outside, caseworker)
    at = f"/v1/people/{registered['id']}/export"
    answers = [caseworker.get(at, Matcher_Code="12345x").status_code for _ in range(6)]
    assert answers == [403] * 5 + [429]
    waiting = caseworker.get(at, Matcher_Code="12345x")
    assert waiting.headers["Retry-After"]
    assert waiting.json["from"]


@pytest.mark.parametrize("role", ["organisation", "admin", "other_team"])
def test_care_24_nobody_else_can(world: World, registered: dict[str, Any], role: str) -> None:
    caller = {
        "organisation": world.organisation,
        "admin": lambda: world.admin,
        "other_team": world.caseworker,
    }[role]()
    at, expected = f"/v1/people/{registered['id']}", 404 if role == "other_team" else 403
    assert caller.get(f"{at}/export").status_code == expected
    assert delete(caller, at).status_code == expected


def test_the_header_is_described() -> None:
    document = openapi_document()
    for path, method in (("/v1/people/{person_id}/export", "get"), ("/v1/people/{person_id}", "delete")):
        operation = document["paths"][path][method]
        assert "Matcher-Code" in [one["name"] for one in operation["parameters"]]
        assert {"403", "404", "429"} <= set(map(str, operation["responses"]))


@pytest.mark.parametrize(
    ("what", "document"),
    [
        ("talks", {"notes": "We spoke."}),
        (
            "consents",
            {"purpose": "standing_approval", "given_at": "2026-11-22T01:00:00Z", "text_version": "1"},
        ),
        ("exclusions", {"organisation_id": None}),
        ("match-requests", {}),
        ("pause", None),
    ],
)
def test_care_23_a_command_that_comes_again_finds_nobody_once_they_are_gone(
    world: World, caseworker: Caller, registered: dict[str, Any], what: str, document: Any
) -> None:
    at = f"/v1/people/{registered['id']}"
    if what == "exclusions":
        document = {"organisation_id": world.organisation().id}
    for _ in range(2):
        assert caseworker.post(f"{at}/{what}", document, Idempotency_Key="a").status_code in (200, 201, 202)
    assert delete(caseworker, at).status_code == 202
    with world.outside.database.writing() as session:
        delete_everything(session, registered["id"], but_event="")
    again = caseworker.post(f"{at}/{what}", document, Idempotency_Key="a")
    assert (again.status_code, again.mimetype) == (404, "application/problem+json")


def test_care_23_a_command_that_comes_again_finds_nobody_as_soon_as_it_is_asked(
    caseworker: Caller, registered: dict[str, Any]
) -> None:
    at = f"/v1/people/{registered['id']}"
    assert caseworker.post(f"{at}/talks", {"notes": "We spoke."}, Idempotency_Key="a").status_code == 201
    assert delete(caseworker, at).status_code == 202
    again = caseworker.post(f"{at}/talks", {"notes": "We spoke."}, Idempotency_Key="a")
    assert (again.status_code, again.json["detail"]) == (404, caseworker.get(at).json["detail"])
