"""From a menu to a visit over HTTP: what a caseworker is shown and decides, and what an organisation learns."""

from __future__ import annotations

from typing import Any

import pytest

from matcher.domain.invitation import InvitationState
from matcher.services.answers import answering
from matcher.services.finding import matching, requesting
from matcher.storage.encryption import keyring_of
from matcher.storage.invitations import move
from matcher.storage.tables import InvitationRow
from tests.api.conftest import NOW, Caller, World, pointers
from tests.api.documents import opportunity, person


@pytest.fixture
def proposed(
    world: World, caseworker: Caller, registered: dict[str, Any], posted: dict[str, Any]
) -> dict[str, Any]:
    """The first match on somebody's menu."""
    with world.outside.database.writing() as session:
        matching.match_person(session, registered["id"], NOW)
    items = caseworker.get(f"/v1/people/{registered['id']}/matches").json["items"]
    assert len(items) == 1
    return dict(items[0])


@pytest.fixture
def approved(caseworker: Caller, proposed: dict[str, Any]) -> dict[str, Any]:
    response = caseworker.post(f"/v1/matches/{proposed['id']}/approve")
    assert response.status_code == 201, response.text
    return dict(response.json)


def accept(world: World, invitation_id: str) -> None:
    """What delivering and the person's own page do."""
    with world.outside.database.writing() as session:
        row = session.get_one(InvitationRow, invitation_id)
        move(session, row, InvitationState.sent, NOW, sent_at=NOW, expires_at=NOW.replace(day=28))
        token = keyring_of(session).tokens("invitation", invitation_id)[0]
        answering.answer(session, token, "accept", NOW)


def test_a_match_says_everything_that_speaks_for_it(proposed: dict[str, Any], posted: dict[str, Any]) -> None:
    assert set(proposed) >= {
        "id", "opportunity", "session", "score", "chance", "step", "distance_km", "travel_minutes", "parts", "aspects", "why",
    }  # fmt: skip
    assert proposed["opportunity"]["id"] == posted["id"]
    assert proposed["session"] == posted["sessions"][0]
    assert (proposed["step"], len(proposed["aspects"])) == ("within_comfort", 6)
    assert proposed["chance"]["low"] < proposed["chance"]["likely"] < proposed["chance"]["high"]


def test_reasons_are_said_in_the_readers_language(
    caseworker: Caller, registered: dict[str, Any], proposed: dict[str, Any]
) -> None:
    at = f"/v1/people/{registered['id']}/matches"
    english, japanese = (
        caseworker.get(at, Accept_Language=one).json["items"][0]["why"] for one in ("en", "ja;q=0.9")
    )
    assert english == proposed["why"]
    assert "Haruさん" in "".join(japanese)


def test_an_approved_match_becomes_an_invitation(
    caseworker: Caller, approved: dict[str, Any], proposed: dict[str, Any]
) -> None:
    assert set(approved) >= {
        "id", "state", "person_id", "opportunity_id", "session", "approved_at", "sent_at", "expires_at", "answered_at", "answer", "history",
    }  # fmt: skip
    assert (approved["state"], approved["history"][0]["state"]) == ("approved", "approved")
    shown = caseworker.get(f"/v1/invitations/{approved['id']}").json
    assert shown == approved
    assert caseworker.get(f"/v1/invitations?person_id={approved['person_id']}").json["items"] == [approved]
    again = caseworker.post(f"/v1/matches/{proposed['id']}/approve")
    assert (again.status_code, again.json["code"]) == (409, "live_invitation")


def test_a_match_that_went_stale_is_refused(
    caseworker: Caller, organisation: Caller, proposed: dict[str, Any], posted: dict[str, Any]
) -> None:
    organisation.post(f"/v1/opportunities/{posted['id']}/withdraw")
    refused = caseworker.post(f"/v1/matches/{proposed['id']}/approve")
    assert (refused.status_code, refused.json["code"], refused.mimetype) == (
        409,
        "stale",
        "application/problem+json",
    )


def test_a_match_is_set_aside_with_a_reason(caseworker: Caller, proposed: dict[str, Any]) -> None:
    at = f"/v1/matches/{proposed['id']}"
    assert pointers(caseworker.post(f"{at}/set-aside", {})) == ["/reason"]
    aside = caseworker.post(f"{at}/set-aside", {"reason": "Too soon."})
    assert (aside.status_code, aside.json["state"]) == (200, "set_aside")
    assert caseworker.post(f"{at}/approve").json["code"] == "stale"


def test_a_request_is_answered_with_matches_and_gaps(
    world: World, caseworker: Caller, registered: dict[str, Any], posted: dict[str, Any], organisation: Caller
) -> None:
    organisation.post("/v1/opportunities", opportunity(title="Crowd", group_size={"typical": 30, "max": 60}))
    at = f"/v1/people/{registered['id']}/match-requests"
    asked = caseworker.post(at, {"kinds": ["volunteering"], "note": "Something outside."})
    assert (asked.status_code, asked.json["state"]) == (202, "pending")
    with world.outside.database.writing() as session:
        requesting.answer_request(session, asked.json["id"], NOW)
    ready = caseworker.get(asked.headers["Location"]).json
    assert ready["state"] == "ready"
    assert [match["opportunity"]["id"] for match in ready["matches"]] == [posted["id"]]
    gap = next(gap for gap in ready["gaps"] if gap["reason"] == "group_too_large")
    assert (gap["opportunities"], bool(gap["example"])) == (1, True)
    assert pointers(caseworker.post(at, {"kinds": ["work"]})) == ["/kinds/0"]


def test_care_11_a_request_brings_communal_living_only_where_it_asks_for_it_by_name(
    world: World, caseworker: Caller, organisation: Caller
) -> None:
    living = {"purpose": "communal_living", "text_version": "2026-11", "given_at": "2026-11-01T00:00:00Z"}
    form = person(kinds=["volunteering", "communal_living"])
    form["consents"] = [*form["consents"], living]
    registered = caseworker.post("/v1/people", form).json
    stay = opportunity(title="A stay", kind="communal_living", stay_step="visit", free_exit="Any time.")
    organisation.post("/v1/opportunities", stay)
    at = f"/v1/people/{registered['id']}/match-requests"
    found = []
    for asked_for in ({}, {"kinds": ["communal_living"]}):
        asked = caseworker.post(at, asked_for)
        with world.outside.database.writing() as session:
            requesting.answer_request(session, asked.json["id"], NOW)
        ready = caseworker.get(asked.headers["Location"]).json
        found.append({match["opportunity"]["title"] for match in ready["matches"]})
    assert "A stay" not in found[0]
    assert found[1] == {"A stay"}


def test_an_invitation_is_withdrawn(caseworker: Caller, approved: dict[str, Any]) -> None:
    at = f"/v1/invitations/{approved['id']}"
    for _ in range(2):
        taken = caseworker.post(f"{at}/withdraw")
        assert (taken.status_code, taken.json["state"]) == (200, "withdrawn")


def test_a_visit_is_recorded_once_in_the_persons_word(
    world: World, caseworker: Caller, approved: dict[str, Any]
) -> None:
    at = f"/v1/invitations/{approved['id']}/visit"
    early = caseworker.post(at, {"outcome": "ok"})
    assert (early.status_code, early.json["code"]) == (409, "state")
    accept(world, approved["id"])
    assert pointers(caseworker.post(at, {"outcome": "fine"})) == ["/outcome"]
    for _ in range(2):
        done = caseworker.post(at, {"outcome": "left_early"})
        assert (done.status_code, done.json["state"], done.json["outcome"]) == (200, "visited", "left_early")
    assert caseworker.post(at, {"outcome": "ok"}).status_code == 409


def test_a_visit_recorded_wrongly_is_corrected(
    world: World, caseworker: Caller, approved: dict[str, Any]
) -> None:
    at = f"/v1/invitations/{approved['id']}/visit"
    accept(world, approved["id"])
    assert caseworker.post(f"{at}/correct", {"outcome": "ok"}).status_code == 409
    caseworker.post(at, {"outcome": "too_much"})
    assert pointers(caseworker.post(f"{at}/correct", {"outcome": "fine"})) == ["/outcome"]
    for _ in range(2):
        done = caseworker.post(f"{at}/correct", {"outcome": "ok"})
        assert (done.status_code, done.json["state"], done.json["outcome"]) == (200, "visited", "ok")
    assert world.caseworker().post(f"{at}/correct", {"outcome": "ok"}).status_code == 404


def test_care_17_an_organisation_learns_alias_session_and_agreed_needs_of_those_who_accepted(
    world: World, organisation: Caller, approved: dict[str, Any], posted: dict[str, Any]
) -> None:
    at = f"/v1/opportunities/{posted['id']}/visitors"
    assert organisation.get(at).json == {"items": [], "next": None}
    accept(world, approved["id"])
    assert organisation.get(at).json["items"] == [
        {"alias": "Haru", "session": posted["sessions"][0], "needs": ["step_free"]}
    ]


def test_care_18_an_excluded_person_is_not_revealed(
    world: World, caseworker: Caller, organisation: Caller, approved: dict[str, Any], posted: dict[str, Any]
) -> None:
    accept(world, approved["id"])
    caseworker.post(f"/v1/people/{approved['person_id']}/exclusions", {"organisation_id": organisation.id})
    assert organisation.get(f"/v1/opportunities/{posted['id']}/visitors").json["items"] == []


def test_care_16_before_acceptance_an_organisation_sees_no_difference(
    organisation: Caller, posted: dict[str, Any], approved: dict[str, Any]
) -> None:
    """A held seat shows nowhere: not in the posting, its version, the list or the visitors."""
    at = f"/v1/opportunities/{posted['id']}"
    assert organisation.get(at).json == posted
    assert organisation.get("/v1/opportunities").json["items"] == [posted]
    assert organisation.get(f"{at}/visitors").json["items"] == []
    assert organisation.patch(at, {"capacity": 1}).status_code == 200


def test_care_24_another_team_finds_neither_match_nor_invitation(
    world: World, proposed: dict[str, Any], approved: dict[str, Any]
) -> None:
    other = world.caseworker()
    answers = [
        other.post(f"/v1/matches/{proposed['id']}/approve"),
        other.post(f"/v1/matches/{proposed['id']}/set-aside", {"reason": "x"}),
        other.get(f"/v1/invitations/{approved['id']}"),
        other.post(f"/v1/invitations/{approved['id']}/withdraw"),
        other.post(f"/v1/invitations/{approved['id']}/visit", {"outcome": "ok"}),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert other.get("/v1/invitations").json["items"] == []


def test_one_person_rests_and_the_date_is_said(
    world: World, caseworker: Caller, organisation: Caller, approved: dict[str, Any]
) -> None:
    accept(world, approved["id"])
    caseworker.post(f"/v1/invitations/{approved['id']}/withdraw")
    later = opportunity(title="Later", place={**opportunity()["place"], "name": "Elsewhere"})
    organisation.post("/v1/opportunities", later)
    with world.outside.database.writing() as session:
        matching.match_person(session, approved["person_id"], NOW)
    menu = caseworker.get(f"/v1/people/{approved['person_id']}/matches").json["items"]
    refused = caseworker.post(f"/v1/matches/{menu[0]['id']}/approve")
    assert (refused.status_code, refused.json["code"]) == (409, "pace")
    assert refused.json["from"] == "2026-11-30T03:00:00Z"
