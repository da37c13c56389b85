"""Who read what over the API: one line a call, before the answer, by whose key (CARE 23)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from matcher.api.application import BLUEPRINTS
from matcher.services.access.keys import Role
from matcher.services.outside import Outside
from matcher.storage.tables import AuditEntryRow
from tests.api.conftest import Caller, World
from tests.api.documents import person


def trail(outside: Outside) -> list[AuditEntryRow]:
    with outside.database.reading() as session:
        return list(session.scalars(select(AuditEntryRow).order_by(AuditEntryRow.id)))


def test_care_23_each_reading_is_one_line_however_long_the_list(
    outside: Outside, caseworker: Caller, registered: dict[str, Any]
) -> None:
    for number in range(3):
        caseworker.post("/v1/people", person(alias=f"P{number}"))
    person_id = registered["id"]
    before = len(trail(outside))
    for path in (
        "/v1/people",
        f"/v1/people/{person_id}",
        f"/v1/people/{person_id}/matches",
        "/v1/invitations",
        f"/v1/invitations?person_id={person_id}",
    ):
        assert caseworker.get(path).status_code == 200
    found = trail(outside)[before:]
    team = found[0].about
    assert team is not None
    assert team.startswith("team:")
    assert [(one.act, one.about, one.person_id) for one in found] == [
        ("people.listed", team, None),
        ("person.read", f"person:{person_id}", person_id),
        ("matches.read", f"person:{person_id}", person_id),
        ("invitations.listed", team, None),
        ("invitations.listed", f"person:{person_id}", person_id),
    ]
    assert {(one.actor_role, one.actor_id) for one in found} == {("caseworker", caseworker.id)}
    assert all(one.key_id for one in found)


def test_care_23_what_is_not_shown_is_not_read(
    world: World, outside: Outside, registered: dict[str, Any]
) -> None:
    elsewhere = world.caseworker()
    before = len(trail(outside))
    assert elsewhere.get(f"/v1/people/{registered['id']}").status_code == 404
    assert world.client.get("/v1/people").status_code == 401
    assert len(trail(outside)) == before


def test_care_23_an_organisation_that_looks_at_its_visitors_is_written_down(
    outside: Outside, organisation: Caller, posted: dict[str, Any]
) -> None:
    assert organisation.get(f"/v1/opportunities/{posted['id']}/visitors").status_code == 200
    last = trail(outside)[-1]
    assert (last.act, last.about) == ("visitors.read", f"opportunity:{posted['id']}")
    assert (last.actor_role, last.actor_id) == ("organisation", organisation.id)


def test_care_23_commands_say_by_whose_key(
    world: World, outside: Outside, caseworker: Caller, registered: dict[str, Any]
) -> None:
    caseworker.post(f"/v1/people/{registered['id']}/freeze")
    last = trail(outside)[-1]
    assert (last.act, last.actor_id, last.person_id) == ("person.frozen", caseworker.id, registered["id"])
    organisation_id = world.organisation("Kamome", vetted=False).id
    world.admin.post(f"/v1/organisations/{organisation_id}/suspend")
    last = trail(outside)[-1]
    assert (last.act, last.actor_role) == ("organisation.suspended", "admin")
    assert last.actor_id


def test_care_23_everything_a_caseworker_may_get_has_its_word_in_the_trail() -> None:
    readings = [item for blueprint in BLUEPRINTS for item in blueprint.readings.items()]
    silent = [rule for rule, (role, act) in readings if role is Role.caseworker and act is None]
    assert silent == []
    assert len(readings) > 5
