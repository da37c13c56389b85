"""Who is let in: wrong, expired and revoked keys read the same, and say what to do."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from matcher.domain.errors import SettingError
from matcher.services.access.keys import (
    KEY_LASTS,
    create_first_admins,
    organisation_keys,
    revoke_organisation_key,
)
from matcher.storage.tables import ApiKeyRow
from tests.api.conftest import Caller, StandingClock, World, make_app, make_outside


def refusals(world: World, headers: dict[str, str]) -> tuple[int, bytes, str | None]:
    response = world.client.get("/v1/people", headers=headers)
    return response.status_code, response.data, response.headers.get("WWW-Authenticate")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer x"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer mk_c_00000000_x_00000000"},
        {"Authorization": "Bearer \xff\xfe"},
        {"Authorization": "Bearer " + "x" * 5000},
    ],
)
def test_a_wrong_key_is_refused_in_the_same_words(world: World, headers: dict[str, str]) -> None:
    status, body, asked = refusals(world, headers)
    assert (status, asked) == (401, 'Bearer realm="matcher"')
    assert body == refusals(world, {})[1]


def test_an_expired_key_reads_like_a_wrong_one(
    world: World, caseworker: Caller, clock: StandingClock
) -> None:
    clock.now += KEY_LASTS - timedelta(seconds=1)
    assert caseworker.get("/v1/people").status_code == 200
    clock.now += timedelta(seconds=1)
    assert caseworker.get("/v1/people").data == refusals(world, {})[1]


def test_a_revoked_key_reads_like_a_wrong_one(
    world: World, organisation: Caller, clock: StandingClock
) -> None:
    with world.outside.database.writing() as session:
        (key,) = organisation_keys(session, organisation.id, clock())
        revoke_organisation_key(session, organisation.id, key.id, clock())
    assert organisation.get("/v1/opportunities").data == refusals(world, {})[1]


def test_no_organisation_takes_back_a_key_of_anybody_else(
    world: World, organisation: Caller, caseworker: Caller, clock: StandingClock
) -> None:
    other = world.organisation("Other")
    with world.outside.database.writing() as session:
        for key_id in session.scalars(select(ApiKeyRow.id)).all():
            revoke_organisation_key(session, other.id, key_id, clock())
    assert organisation.get("/v1/opportunities").status_code == 200
    assert caseworker.get("/v1/people").status_code == 200
    assert other.get("/v1/opportunities").status_code == 401


def test_care_25_a_key_is_shown_once_and_kept_as_a_hash(world: World, organisation: Caller) -> None:
    with world.outside.database.reading() as session:
        kept = [row.key_hash + row.prefix for row in session.scalars(select(ApiKeyRow))]
    assert organisation.key not in "".join(kept)
    assert organisation.key not in world.admin.get(f"/v1/organisations/{organisation.id}").text


@pytest.mark.parametrize("chosen", ["mk_admin_first", "mk_a_00000000", "admin", "a" * 300])
def test_a_first_admin_may_have_any_key(
    empty_database: Path, tmp_path: Path, clock: StandingClock, chosen: str
) -> None:
    outside = make_outside(f"sqlite:///{shutil.copy(empty_database, tmp_path / 'own.db')}", clock, tmp_path)
    with outside.database.writing() as session:
        create_first_admins(session, (chosen,), clock())
    caller = Caller(make_app(outside).test_client(), chosen, "")
    assert caller.get("/v1/organisations/none").status_code == 404
    outside.database.close()


def test_a_mistyped_first_key_of_our_own_form_stops_the_start_and_makes_nobody(
    tmp_path: Path, clock: StandingClock, empty_database: Path
) -> None:
    outside = make_outside(f"sqlite:///{shutil.copy(empty_database, tmp_path / 'own.db')}", clock, tmp_path)
    mistyped = "mk_a_00000000_" + "x" * 32 + "_00000000"
    refusal = pytest.raises(SettingError, match="MATCHER_BOOTSTRAP_ADMIN_KEYS")
    with refusal as refused, outside.database.writing() as session:
        create_first_admins(session, ("y" * 40, mistyped), clock())
    assert mistyped not in str(refused.value)
    with outside.database.reading() as session:
        assert session.scalars(select(ApiKeyRow)).all() == []
    outside.database.close()


@pytest.mark.parametrize(("chosen", "warned"), [("a", True), ("b" * 31, True), ("b" * 32, False)])
def test_a_first_key_that_can_be_guessed_is_warned_of(
    tmp_path: Path, clock: StandingClock, empty_database: Path, chosen: str, warned: bool
) -> None:
    outside = make_outside(f"sqlite:///{shutil.copy(empty_database, tmp_path / 'own.db')}", clock, tmp_path)
    with capture_logs() as lines, outside.database.writing() as session:
        create_first_admins(session, (chosen,), clock())
    outside.database.close()
    said = [line["said"] for line in lines if line["event"] == "setting.weak"]
    assert [line.startswith("MATCHER_BOOTSTRAP_ADMIN_KEYS") for line in said] == [True] * warned
