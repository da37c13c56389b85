"""The same command sent again has one effect and one answer, even when both are sent at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from matcher.services.outside import Outside
from matcher.services.upkeep import idempotency
from matcher.storage import schema
from matcher.storage.tables import ApiKeyRow, EventRow, OpportunityRow
from tests.api.conftest import Caller, StandingClock, World, make_app, make_outside
from tests.api.documents import opportunity


def count(outside: Outside, table: Any) -> int:
    with outside.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_repeat_gets_the_same_answer_and_has_no_effect(organisation: Caller, outside: Outside) -> None:
    first, again = (
        organisation.post("/v1/opportunities", opportunity(), Idempotency_Key="a") for _ in range(2)
    )
    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.json, again.headers["Location"]) == (first.json, first.headers["Location"])
    events = count(outside, EventRow)
    organisation.post("/v1/opportunities", opportunity(), Idempotency_Key="a")
    assert (count(outside, OpportunityRow), count(outside, EventRow)) == (1, events)


def test_another_key_or_none_is_another_command(organisation: Caller, outside: Outside) -> None:
    for headers in ({"Idempotency_Key": "a"}, {"Idempotency_Key": "b"}, {}, {}):
        assert organisation.post("/v1/opportunities", {}, **headers).status_code == 201
    assert count(outside, OpportunityRow) == 4


def test_the_same_key_with_another_body_is_refused(organisation: Caller, outside: Outside) -> None:
    organisation.post("/v1/opportunities", {"title": "One"}, Idempotency_Key="a")
    refused = organisation.post("/v1/opportunities", {"title": "Two"}, Idempotency_Key="a")
    assert refused.status_code == 422
    assert "another body" in refused.json["detail"]
    assert count(outside, OpportunityRow) == 1


def test_a_key_belongs_to_its_caller_and_its_route(
    world: World, organisation: Caller, outside: Outside
) -> None:
    other = world.organisation("Other")
    made = organisation.post("/v1/opportunities", {}, Idempotency_Key="a").json["id"]
    assert other.post("/v1/opportunities", {}, Idempotency_Key="a").json["id"] != made
    assert (
        organisation.post(f"/v1/opportunities/{made}/withdraw", Idempotency_Key="a").json["state"]
        == "withdrawn"
    )


def test_a_refused_command_does_not_use_its_key_up(organisation: Caller) -> None:
    assert organisation.post("/v1/opportunities", {"capacity": 0}, Idempotency_Key="a").status_code == 422
    assert organisation.post("/v1/opportunities", {"capacity": 1}, Idempotency_Key="a").status_code == 201


def test_a_secret_shown_once_is_shown_again_to_a_repeat_and_kept_encrypted(
    world: World, organisation: Caller, outside: Outside
) -> None:
    at = f"/v1/organisations/{organisation.id}/keys"
    keys = count(outside, ApiKeyRow)
    first, again = (world.admin.post(at, Idempotency_Key="a") for _ in range(2))
    assert (again.status_code, again.json) == (201, first.json)
    assert count(outside, ApiKeyRow) == keys + 1
    kept = outside.database.engine.raw_connection().execute("select secret from idempotency").fetchall()
    assert first.json["key"] not in str(kept)


def test_a_key_is_forgotten_after_a_day(organisation: Caller, outside: Outside, clock: StandingClock) -> None:
    organisation.post("/v1/opportunities", {}, Idempotency_Key="a")
    clock.now += idempotency.KEPT_FOR - timedelta(seconds=1)
    organisation.post("/v1/opportunities", {}, Idempotency_Key="a")
    assert count(outside, OpportunityRow) == 1
    clock.now += timedelta(seconds=1)
    assert organisation.post("/v1/opportunities", {"title": "New"}, Idempotency_Key="a").status_code == 201
    assert count(outside, OpportunityRow) == 2


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_a_key_that_cannot_be_is_refused(organisation: Caller, key: str) -> None:
    assert organisation.post("/v1/opportunities", {}, Idempotency_Key=key).status_code == 422


@pytest.fixture(params=["sqlite", "postgres"])
def shared_world(request: pytest.FixtureRequest, tmp_path: Path, clock: StandingClock) -> Iterator[World]:
    """A database that several threads use at once."""
    postgres = request.param == "postgres"
    url = request.getfixturevalue("postgres_url") if postgres else f"sqlite:///{tmp_path / 'shared.db'}"
    outside = make_outside(url, clock, tmp_path)
    schema.upgrade(outside.database)
    yield World(make_app(outside), outside)
    outside.database.close()


def test_the_same_command_at_the_same_moment_has_one_effect(shared_world: World) -> None:
    organisation = shared_world.organisation()
    answers: list[TestResponse] = []
    start = threading.Barrier(6)

    def send() -> None:
        client = shared_world.app.test_client()
        start.wait()
        caller = Caller(client, organisation.key, organisation.id)
        answers.append(caller.post("/v1/opportunities", opportunity(), Idempotency_Key="a"))

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json["id"] for answer in answers}) == 1
    assert count(shared_world.outside, OpportunityRow) == 1


def test_a_second_one_in_flight_waits_and_is_then_told_so(shared_world: World) -> None:
    organisation = shared_world.organisation()
    outside = shared_world.outside
    sent = idempotency.command(
        outside.database.keyring,
        caller=f"organisation:{organisation.id}",
        route="POST /v1/opportunities",
        key="a",
        body=b"{}",
    )
    with outside.database.writing() as session:
        assert idempotency.claim(session, sent, outside.clock())
        second = organisation.post("/v1/opportunities", {}, Idempotency_Key="a")
    assert (second.status_code, second.json["code"]) == (409, "in_flight")
