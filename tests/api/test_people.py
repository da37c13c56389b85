"""People over HTTP: a team sees its own, and everything that opens or closes the way to somebody is recorded."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from matcher.domain.events import EventType
from matcher.domain.values import GeoPoint
from matcher.services.outside import Outside
from matcher.storage.tables import EventRow, PersonRow, TalkRow
from tests.api.conftest import NOW, Caller, World, pointers
from tests.api.documents import PERSON, person


def test_an_intake_is_saved_and_shown_to_the_team(
    world: World, caseworker: Caller, registered: dict[str, Any]
) -> None:
    at = f"/v1/people/{registered['id']}"
    assert caseworker.get(at).json == registered
    assert {name: registered[name] for name in PERSON if name not in ("consents", "red_lines")} == {
        name: PERSON[name] for name in PERSON if name not in ("consents", "red_lines")
    }
    assert registered["state"] == "open"
    assert caseworker.get("/v1/people").json["items"] == [registered]


def test_care_24_another_team_finds_nobody(world: World, registered: dict[str, Any]) -> None:
    other = world.caseworker()
    at = f"/v1/people/{registered['id']}"
    answers = [
        other.get(at), other.patch(at, {"alias": "x"}), other.post(f"{at}/pause"), other.post(f"{at}/freeze"),
        other.post(f"{at}/talks", {}), other.post(f"{at}/exclusions", {"organisation_id": "1"}),
        other.get(f"{at}/matches"), other.post(f"{at}/match-requests", {}), other.get(f"/v1/invitations?person_id={registered['id']}"),
    ]  # fmt: skip
    nobody = other.get("/v1/people/01a20681-52eb-755f-8d0e-dadebb6fdf77")
    assert {answer.status_code for answer in answers} == {404}
    assert {answer.data for answer in answers} == {nobody.data}
    assert other.get("/v1/people").json["items"] == []


def test_care_20_a_start_point_is_kept_on_the_grid_alone(caseworker: Caller, outside: Outside) -> None:
    fine = person(start_point={"latitude": 35.6312345, "longitude": 139.5798765})
    shown = caseworker.post("/v1/people", fine).json["start_point"]
    assert shown == {"latitude": 35.63, "longitude": 139.58}
    with outside.database.reading() as session:
        row = session.scalars(select(PersonRow)).one()
    assert GeoPoint(row.latitude, row.longitude).snapped() == GeoPoint(row.latitude, row.longitude)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"birth_year": 2012}, "/birth_year"),
        ({"approval": "standing"}, "/approval"),
        ({"supporters": [{**PERSON["supporters"][0], "receives_copy": True}]}, "/supporters/0/receives_copy"),
        (
            {"supporters": [{**PERSON["supporters"][0], "contact": PERSON["contact"]}]},
            "/supporters/0/contact/address",
        ),
        (
            {"consents": [{**PERSON["consents"][0], "given_at": "2026-12-01T00:00:00Z"}]},
            "/consents/0/given_at",
        ),
        ({"introduced_to": ["nobody"]}, "/introduced_to/0"),
    ],
)
def test_bad_input_is_refused_and_leaves_nothing_behind(
    caseworker: Caller, outside: Outside, changes: dict[str, Any], pointer: str
) -> None:
    assert pointers(caseworker.post("/v1/people", person(**changes))) == [pointer]
    with outside.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(PersonRow)) == 0


def test_an_intake_is_changed_by_a_merge_patch(caseworker: Caller, registered: dict[str, Any]) -> None:
    at = f"/v1/people/{registered['id']}"
    changed = caseworker.patch(at, {"comfort": {"group": 2}, "travel": {"max_minutes": 45}, "needs": []})
    assert changed.status_code == 200
    assert changed.json["comfort"] == {**registered["comfort"], "group": 2}
    assert changed.json["travel"]["max_minutes"] == 45
    assert changed.json["consents"] == registered["consents"]
    assert pointers(caseworker.patch(at, {"comfort": {"group": 2.2}})) == ["/comfort/group"]
    assert pointers(caseworker.patch(at, {"state": "frozen"})) == ["/state"]
    assert pointers(caseworker.patch(at, ["x"])) == [""]


def test_care_21_a_consent_stated_as_withdrawn_in_a_change_is_withdrawn(
    caseworker: Caller, outside: Outside, registered: dict[str, Any]
) -> None:
    at, (given,) = f"/v1/people/{registered['id']}", registered["consents"]
    changed = caseworker.patch(at, {"consents": [{**given, "withdrawn_at": NOW.isoformat()}]})
    assert changed.status_code == 200
    assert "withdrawn_at" in changed.json["consents"][0]
    with outside.database.reading() as session:
        told = session.scalars(select(EventRow.type)).all()
    assert EventType.consent_withdrawn in told


@pytest.mark.parametrize("consents", [[], None])
def test_care_21_a_consent_left_out_of_a_change_is_not_silently_kept(
    caseworker: Caller, registered: dict[str, Any], consents: list[Any] | None
) -> None:
    at = f"/v1/people/{registered['id']}"
    assert pointers(caseworker.patch(at, {"alias": "Aki", "consents": consents})) == ["/consents"]
    assert caseworker.get(at).json == registered


def test_a_consent_is_added_by_a_change_beside_those_that_stand(
    caseworker: Caller, registered: dict[str, Any]
) -> None:
    added = {"purpose": "standing_approval", "text_version": "2026-11", "given_at": "2026-11-02T00:00:00Z"}
    changed = caseworker.patch(
        f"/v1/people/{registered['id']}", {"consents": [added], "approval": "standing"}
    )
    assert [one["purpose"] for one in changed.json["consents"]] == ["matching", "standing_approval"]


def test_a_change_under_if_match_needs_the_version_that_was_read(
    caseworker: Caller, registered: dict[str, Any]
) -> None:
    at = f"/v1/people/{registered['id']}"
    read = caseworker.get(at).headers["ETag"]
    assert caseworker.patch(at, {"alias": "Aki"}, If_Match=read).status_code == 200
    assert caseworker.patch(at, {"alias": "Yuki"}, If_Match=read).status_code == 412


@pytest.mark.parametrize(("call", "status"), [("talks", 201), ("match-requests", 202)])
def test_a_call_that_asks_for_nothing_needs_no_body(
    caseworker: Caller, registered: dict[str, Any], call: str, status: int
) -> None:
    assert caseworker.post(f"/v1/people/{registered['id']}/{call}").status_code == status
    assert caseworker.post(f"/v1/people/{registered['id']}/introductions").status_code == 415


def test_pausing_and_freezing_can_be_ended_and_repeated(
    caseworker: Caller, registered: dict[str, Any]
) -> None:
    at = f"/v1/people/{registered['id']}"
    steps = {"pause": "paused", "resume": "open", "freeze": "frozen", "unfreeze": "open"}
    for step, state in steps.items():
        for _ in range(2):
            response = caseworker.post(f"{at}/{step}")
            assert (response.status_code, response.json["state"]) == (200, state)


def test_a_pause_still_stands_after_a_crisis(caseworker: Caller, registered: dict[str, Any]) -> None:
    at = f"/v1/people/{registered['id']}"
    for step in ("pause", "freeze"):
        caseworker.post(f"{at}/{step}")
    assert caseworker.post(f"{at}/resume").json["state"] == "frozen"
    caseworker.post(f"{at}/pause")
    assert caseworker.post(f"{at}/unfreeze").json["state"] == "paused"


def test_care_22_what_was_said_in_a_talk_is_kept_encrypted_and_not_repeated(
    caseworker: Caller, registered: dict[str, Any], outside: Outside
) -> None:
    made = caseworker.post(f"/v1/people/{registered['id']}/talks", {"notes": "It was too loud."})
    assert made.status_code == 201
    assert "loud" not in made.text
    with outside.database.reading() as session:
        assert session.scalars(select(TalkRow.notes)).one() == "It was too loud."
    assert (
        b"too loud"
        not in outside.database.engine.raw_connection()
        .execute("select notes from talk")
        .fetchone()[0]
        .encode()
    )


def test_what_is_said_to_be_comfortable_in_a_talk_goes_half_the_way(
    caseworker: Caller, registered: dict[str, Any]
) -> None:
    at = f"/v1/people/{registered['id']}"
    read = caseworker.get(at).headers["ETag"]
    assert caseworker.post(f"{at}/talks", {"comfort": {"group": 3, "travel": 0}}).status_code == 201
    assert caseworker.get(at).json == {
        **registered,
        "comfort": {**registered["comfort"], "group": 2, "travel": 1},
    }
    assert caseworker.patch(at, {"alias": "Aki"}, If_Match=read).status_code == 412
    assert caseworker.post(f"{at}/talks", {"comfort": {}}).status_code == 201


@pytest.mark.parametrize(
    ("comfort", "pointer"),
    [
        ({"group": 0.7}, "/comfort/group"),
        ({"group": 4.5}, "/comfort/group"),
        ({"group": -0.5}, "/comfort/group"),
        ({"group": "2"}, "/comfort/group"),
        ({"group": True}, "/comfort/group"),
        ({"travel": 2, "group": None}, "/comfort/group"),
        ({"mood": 2}, "/comfort/mood"),
        ([2], "/comfort"),
        (None, "/comfort"),
    ],
)
def test_what_is_no_rung_is_refused_and_no_talk_is_recorded(
    caseworker: Caller, registered: dict[str, Any], outside: Outside, comfort: object, pointer: str
) -> None:
    at = f"/v1/people/{registered['id']}"
    assert pointers(caseworker.post(f"{at}/talks", {"notes": "We spoke.", "comfort": comfort})) == [pointer]
    assert caseworker.get(at).json == registered
    with outside.database.reading() as session:
        assert session.scalars(select(TalkRow)).all() == []


def test_introductions_exclusions_and_consents_are_recorded(
    caseworker: Caller, organisation: Caller, registered: dict[str, Any]
) -> None:
    at = f"/v1/people/{registered['id']}"
    introduced = caseworker.post(f"{at}/introductions", {"organisation_id": organisation.id})
    assert (introduced.status_code, introduced.json) == (201, {"organisation_id": organisation.id})
    assert caseworker.get(at).json["introduced_to"] == [organisation.id]
    excluded = caseworker.post(f"{at}/exclusions", {"organisation_id": organisation.id})
    assert (excluded.status_code, excluded.json["organisation_id"]) == (201, organisation.id)
    assert caseworker.post(f"{at}/exclusions", {"organisation_id": organisation.id}).json == excluded.json
    given = {"purpose": "standing_approval", "text_version": "2026-11", "given_at": "2026-11-20T00:00:00Z"}
    consent = caseworker.post(f"{at}/consents", given)
    assert (consent.status_code, consent.json["purpose"]) == (201, "standing_approval")
    assert caseworker.patch(at, {"approval": "standing"}).status_code == 200
    taken = caseworker.post(f"{at}/consents/{consent.json['id']}/withdraw")
    assert taken.json["withdrawn_at"] == "2026-11-23T03:00:00Z"
    assert caseworker.post(f"{at}/consents/01a20681-52eb-755f-8d0e-dadebb6fdf77/withdraw").status_code == 404


def test_two_people_can_be_kept_apart(caseworker: Caller, registered: dict[str, Any]) -> None:
    other = caseworker.post("/v1/people", person(alias="Aki")).json["id"]
    at = f"/v1/people/{registered['id']}/exclusions"
    assert caseworker.post(at, {"person_id": other}).json["person_id"] == other
    assert pointers(caseworker.post(at, {"person_id": registered["id"]})) == ["/person_id"]
    assert pointers(caseworker.post(at, {})) == [""]
    assert pointers(caseworker.post(at, {"person_id": other, "organisation_id": "1"})) == [""]


def test_an_organisation_that_does_not_exist_is_refused(
    caseworker: Caller, registered: dict[str, Any]
) -> None:
    at = f"/v1/people/{registered['id']}"
    assert pointers(caseworker.post(f"{at}/exclusions", {"organisation_id": "x"})) == ["/organisation_id"]
    refused = caseworker.post(f"{at}/introductions", {"organisation_id": "x"})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/organisation_id")
