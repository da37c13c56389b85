"""What admins do: organisations and their vetting, teams, caseworkers, keys."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import Caller, World, pointers

ORGANISATION = {
    "name": "Izumi",
    "contact_email": "izumi@example.org",
    "safeguarding_contact": "Sato, 03-0000-0000",
}


def test_care_15_two_different_admins_vet_an_organisation(world: World) -> None:
    made = world.admin.post("/v1/organisations", ORGANISATION)
    assert (made.status_code, made.json["state"], made.json["approvals"]) == (201, "applied", [])
    at = made.headers["Location"]
    for _ in range(2):
        once = world.admin.post(f"{at}/vet")
        assert (once.status_code, once.json["state"], len(once.json["approvals"])) == (200, "applied", 1)
    twice = world.other_admin.post(f"{at}/vet")
    assert (twice.json["state"], len(twice.json["approvals"])) == ("vetted", 2)
    assert world.admin.get(at).json == twice.json


def test_care_15_one_switch_suspends_and_old_approvals_never_count_again(world: World) -> None:
    at = f"/v1/organisations/{world.organisation().id}"
    assert world.admin.post(f"{at}/suspend").json["state"] == "suspended"
    assert world.admin.post(f"{at}/vet").json["state"] == "suspended"
    assert world.other_admin.post(f"{at}/vet").json["state"] == "vetted"


@pytest.mark.parametrize(
    ("path", "form", "pointer"),
    [
        ("/v1/organisations", {**ORGANISATION, "name": "Izumi\r\nBcc: x"}, "/name"),
        ("/v1/organisations", {**ORGANISATION, "contact_email": "x"}, "/contact_email"),
        ("/v1/organisations", {**ORGANISATION, "state": "vetted"}, "/state"),
        ("/v1/teams", {}, "/name"),
        ("/v1/caseworkers", {"name": "Sakura", "email": "s@example.org", "team_id": "none"}, "/team_id"),
    ],
)
def test_bad_input_is_refused_at_its_place(
    world: World, path: str, form: dict[str, Any], pointer: str
) -> None:
    assert pointers(world.admin.post(path, form)) == [pointer]


def test_nobody_can_be_given_a_key_who_does_not_exist(world: World) -> None:
    nobody = "01a20681-52eb-755f-8d0e-dadebb6fdf77"
    assert world.admin.post(f"/v1/organisations/{nobody}/keys").status_code == 404
    assert world.admin.post(f"/v1/caseworkers/{nobody}/keys").status_code == 404
    assert world.admin.get(f"/v1/organisations/{nobody}").status_code == 404


def test_a_key_opens_its_own_role_only(world: World, organisation: Caller, caseworker: Caller) -> None:
    calls = {
        "/v1/organisations/1": world.admin, "/v1/opportunities": organisation, "/v1/people": caseworker,
    }  # fmt: skip
    for path, right in calls.items():
        for caller in (world.admin, organisation, caseworker):
            status = caller.get(path).status_code
            assert (status == 403) is (caller is not right), (path, status)
