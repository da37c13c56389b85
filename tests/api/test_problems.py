"""Every refusal is a problem document in plain words that says nothing of what went on inside."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from matcher import api
from matcher.api import application
from matcher.api.limits import limit_calls
from matcher.api.problems import problem_of
from matcher.api.strict_json import BODY_MAX_BYTES
from matcher.domain.errors import MailPermanentError, MatcherError, TemporarilyUnavailable
from matcher.services.listings import posting
from matcher.services.outside import Outside
from tests.api.conftest import Caller, World, make_app
from tests.api.documents import opportunity


def send(caller: Caller, body: bytes, content_type: str = "application/json", **more: Any) -> TestResponse:
    return caller.client.post(
        "/v1/opportunities",
        data=body,
        content_type=content_type,
        headers={"Authorization": f"Bearer {caller.key}"},
        **more,
    )


def is_problem(response: TestResponse, status: int) -> None:
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")
    assert (response.json["status"], bool(response.json["title"]), bool(response.json["detail"])) == (
        status,
        True,
        True,
    )


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 100_000, b'{"title": "a", "title": "b"}', b'{"capacity": 1e309}',
        b'{"place": {"latitude": NaN}}', b'{"place": {"latitude": -Infinity}}', b'{"capacity": ' + b"9" * 5000 + b"}",
        b'{"title": "\\ud800"}', b'{"\\ud800": 1}', b'{"title": "\\u0000"}', b"null", b"[]", b'"x"', b"3",
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_read_is_refused_in_plain_words(organisation: Caller, body: bytes) -> None:
    response = send(organisation, body)
    is_problem(response, 422)
    assert response.json["errors"]
    response.data.decode("utf-8")


def test_a_body_that_is_too_large_is_refused_unread(organisation: Caller) -> None:
    is_problem(send(organisation, b'{"title": "' + b"x" * BODY_MAX_BYTES + b'"}'), 413)
    is_problem(send(organisation, b"{}", environ_overrides={"CONTENT_LENGTH": str(100 * 1024 * 1024)}), 413)


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_only_json_is_taken(organisation: Caller, content_type: str) -> None:
    is_problem(send(organisation, b"{}", content_type), 415)


def test_a_call_without_a_body_takes_none(organisation: Caller, posted: dict[str, Any]) -> None:
    at = f"/v1/opportunities/{posted['id']}/withdraw"
    is_problem(organisation.post(at, {"why": "rain"}), 422)
    assert organisation.post(at, {}).status_code == 200


def test_unknown_addresses_and_methods_are_problems_too(organisation: Caller) -> None:
    is_problem(organisation.get("/v1/nothing"), 404)
    response = organisation.client.delete("/v1/opportunities")
    is_problem(response, 405)
    assert "POST" in response.headers["Allow"]


def test_outside_the_api_errors_are_somebody_elses(outside: Outside) -> None:
    app = Flask("matcher", static_folder=None)
    api.register(app, outside, lambda error: (f"kindly: {type(error).__name__}", 404))
    assert app.test_client().get("/nothing").text == "kindly: NotFound"
    is_problem(app.test_client().get("/v1/nothing"), 404)


def test_what_nobody_foresaw_says_nothing_of_itself(
    organisation: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("haru@example.org at /srv/matcher")

    monkeypatch.setattr(posting, "create", fail)
    response = organisation.post("/v1/opportunities", opportunity())
    is_problem(response, 500)
    assert "haru" not in response.text
    assert "RuntimeError" not in response.text


def test_a_busy_database_asks_to_come_back(organisation: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: Any, **__: Any) -> None:
        raise OperationalError("select secret", {}, Exception("database is locked"))

    monkeypatch.setattr(posting, "create", busy)
    response = organisation.post("/v1/opportunities", opportunity())
    is_problem(response, 503)
    assert int(response.headers["Retry-After"]) > 0
    assert "select" not in response.text


def test_errors_that_no_call_should_see_are_not_repeated_and_their_kind_is_in_the_log() -> None:
    for error in (MatcherError("haru@example.org"), MailPermanentError("haru@example.org")):
        with capture_logs() as lines:
            response = problem_of(error)
        assert (response.status_code, "haru" in response.get_data(as_text=True)) == (500, False)
        assert lines == [{"event": "request.failed", "error": type(error).__name__, "log_level": "error"}]
    with capture_logs() as lines:
        assert problem_of(TemporarilyUnavailable("The map does not answer.")).status_code == 503
    assert lines == []


def test_a_key_that_calls_without_end_is_asked_to_wait_and_others_are_not(
    outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "limit_calls", partial(limit_calls, calls="40 per minute"))
    world = World(make_app(outside), outside)
    organisation = world.organisation()
    answers = [organisation.get("/v1/opportunities") for _ in range(41)]
    assert {answer.status_code for answer in answers[:40]} == {200}
    is_problem(answers[40], 429)
    assert int(answers[40].headers["Retry-After"]) > 0
    assert world.admin.get(f"/v1/organisations/{organisation.id}").status_code == 200
    assert organisation.client.get("/openapi.json").status_code == 200
