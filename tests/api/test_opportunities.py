"""What an organisation posts over HTTP, and what it is told of its own postings alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from matcher.services.outside import Outside
from matcher.storage import schema
from matcher.storage.tables import EventRow, OpportunityRow, PlaceRow
from tests.api.conftest import Caller, StandingClock, World, make_app, make_outside, pointers
from tests.api.documents import OPPORTUNITY, PERSON, opportunity, person


def count(outside: Outside, table: Any) -> int:
    with outside.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_posting_is_saved_and_shown_where_it_says(organisation: Caller) -> None:
    posted = organisation.post("/v1/opportunities", opportunity())
    assert posted.status_code == 201
    shown = organisation.get(posted.headers["Location"])
    assert shown.json == posted.json
    assert shown.headers["ETag"] == posted.headers["ETag"]
    assert (shown.json["state"], shown.json["missing"]) == ("published", [])
    assert shown.json["sessions"][0]["starts_at"] == "2026-12-01T04:00:00Z"
    assert shown.headers["Cache-Control"] == "no-store"


def test_an_empty_posting_is_a_draft_that_says_what_it_lacks(organisation: Caller) -> None:
    draft = organisation.post("/v1/opportunities", {}).json
    assert draft["state"] == "draft"
    assert {"title", "place", "sessions", "group_size.max"} <= set(draft["missing"])
    refused = organisation.patch(f"/v1/opportunities/{draft['id']}", {"state": "published"})
    assert {"/title", "/place", "/sessions", "/group_size/max"} <= set(pointers(refused))


def test_a_draft_is_completed_and_published_by_merge_patches(organisation: Caller) -> None:
    draft = organisation.post("/v1/opportunities", opportunity(state="draft", title=..., group_size=...)).json
    at = f"/v1/opportunities/{draft['id']}"
    assert organisation.patch(at, {"group_size": {"typical": 3}}).json["missing"] == [
        "title",
        "group_size.max",
    ]
    done = organisation.patch(at, {"title": "Weeding", "group_size": {"max": 4}, "state": "published"})
    assert (done.status_code, done.json["missing"], done.json["state"]) == (200, [], "published")
    assert done.json["sessions"] == draft["sessions"]


@pytest.mark.parametrize("named", [["nonsense"], ["one", "one"]])
def test_a_session_is_named_by_an_id_it_has_or_by_none(organisation: Caller, named: list[str]) -> None:
    posted = organisation.post("/v1/opportunities", opportunity()).json
    (session,) = posted["sessions"]
    ids = [session["id"] if one == "one" else one for one in named]
    times = {"starts_at": session["starts_at"], "ends_at": session["ends_at"]}
    later = {"starts_at": "2026-12-08T13:00:00+09:00", "ends_at": "2026-12-08T13:30:00+09:00"}
    wanted = [{**when, "id": one} for when, one in zip((times, later), ids, strict=False)]
    refused = organisation.patch(f"/v1/opportunities/{posted['id']}", {"sessions": wanted})
    assert (refused.status_code, pointers(refused)) == (422, [f"/sessions/{len(named) - 1}/id"])
    assert organisation.get(f"/v1/opportunities/{posted['id']}").json["sessions"] == posted["sessions"]


def test_what_is_published_does_not_turn_into_living_together(organisation: Caller) -> None:
    posted = organisation.post("/v1/opportunities", opportunity()).json
    turned = {"kind": "communal_living", "stay_step": "stay", "free_exit": "Whenever one likes."}
    assert pointers(organisation.patch(f"/v1/opportunities/{posted['id']}", turned)) == ["/kind"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"sessions": [{"starts_at": "2026-12-01T13:30:00+09:00", "ends_at": "2026-12-01T13:00:00+09:00"}]}, "/sessions/0/ends_at"),
        ({"sessions": [{"starts_at": "2026-11-01T13:00:00+09:00", "ends_at": "2026-11-01T13:30:00+09:00"}]}, "/sessions/0/starts_at"),
        ({"group_size": {"typical": 5, "max": 4}}, "/group_size/typical"),
        ({"capacity": 5}, "/capacity"),
        ({"capacity": 0}, "/capacity"),
        ({"kind": "party"}, "/kind"),
        ({"place": {"id": "01a20681-52eb-755f-8d0e-dadebb6fdf77"}}, "/place/id"),
        ({"place": {**OPPORTUNITY["place"], "latitude": 139.578, "longitude": 35.635}}, "/place/latitude"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_and_leaves_nothing_behind(
    organisation: Caller, outside: Outside, changes: dict[str, Any], pointer: str
) -> None:
    before = count(outside, EventRow)
    assert pointers(organisation.post("/v1/opportunities", opportunity(**changes))) == [pointer]
    assert (count(outside, OpportunityRow), count(outside, PlaceRow), count(outside, EventRow)) == (
        0,
        0,
        before,
    )


def test_coordinates_are_found_for_an_address_and_never_guessed_from_a_town(organisation: Caller) -> None:
    place = {"name": "Somewhere", "address": "Nowhere at all, 99999", "entry": "The door is open."}
    assert pointers(organisation.post("/v1/opportunities", opportunity(place=place))) == ["/place/address"]
    draft = organisation.post("/v1/opportunities", opportunity(place=place, state="draft")).json
    assert {"place.latitude", "place.longitude"} <= set(draft["missing"])


def test_a_place_can_be_named_by_its_id(organisation: Caller, posted: dict[str, Any]) -> None:
    again = organisation.post(
        "/v1/opportunities", opportunity(title="Another", place={"id": posted["place"]["id"]})
    )
    assert again.json["place"] == posted["place"]


def test_the_same_place_is_one_place(organisation: Caller, posted: dict[str, Any]) -> None:
    near = {**OPPORTUNITY["place"], "name": "izumi  ALLOTMENT", "latitude": 35.6351}
    again = organisation.post("/v1/opportunities", opportunity(place=near)).json
    assert again["place"]["id"] == posted["place"]["id"]


def test_something_online_has_no_place(organisation: Caller) -> None:
    online = opportunity(kind="online_group", place=None, interaction="text_only", how_to_join="By the link.")
    shown = organisation.post("/v1/opportunities", online).json
    assert shown["place"] is None
    assert shown["how_to_join"] == "By the link."


def test_read_only_fields_are_refused_by_name(organisation: Caller, posted: dict[str, Any]) -> None:
    changed = organisation.patch(
        f"/v1/opportunities/{posted['id']}", {"id": "x", "missing": [], "organisation_id": "x"}
    )
    assert sorted(pointers(changed)) == ["/id", "/missing", "/organisation_id"]


def test_a_change_under_if_match_needs_the_version_that_was_read(
    organisation: Caller, posted: dict[str, Any]
) -> None:
    at = f"/v1/opportunities/{posted['id']}"
    read = organisation.get(at).headers["ETag"]
    assert organisation.patch(at, {"title": "Weeding"}, If_Match=read).status_code == 200
    late = organisation.patch(at, {"title": "Watering"}, If_Match=read)
    assert (late.status_code, late.mimetype) == (412, "application/problem+json")
    assert organisation.get(at).json["title"] == "Weeding"
    assert organisation.patch(at, {"title": "Watering"}, If_Match="*").status_code == 200


def test_an_unchanged_posting_is_not_sent_again(organisation: Caller, posted: dict[str, Any]) -> None:
    at = f"/v1/opportunities/{posted['id']}"
    again = organisation.get(at, If_None_Match=organisation.get(at).headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")


def test_a_withdrawn_posting_stays_withdrawn(organisation: Caller, posted: dict[str, Any]) -> None:
    at = f"/v1/opportunities/{posted['id']}"
    assert organisation.post(f"{at}/withdraw").json["state"] == "withdrawn"
    assert organisation.post(f"{at}/withdraw").status_code == 200
    refused = organisation.patch(at, {"title": "Weeding"})
    assert (refused.status_code, refused.json["code"]) == (409, "state")


def test_what_belongs_to_another_organisation_is_not_found(world: World, posted: dict[str, Any]) -> None:
    other = world.organisation("Other")
    at = f"/v1/opportunities/{posted['id']}"
    answers = [
        other.get(at),
        other.patch(at, {"title": "x"}),
        other.post(f"{at}/withdraw"),
        other.get(f"{at}/visitors"),
    ]
    nothing = other.get("/v1/opportunities/01a20681-52eb-755f-8d0e-dadebb6fdf77")
    assert {answer.status_code for answer in answers} == {404}
    assert {answer.data for answer in answers} == {nothing.data}
    assert other.get("/v1/opportunities").json == {"items": [], "next": None}
    place = opportunity(place={"id": posted["place"]["id"]})
    assert pointers(other.post("/v1/opportunities", place)) == ["/place/id"]


def test_a_list_goes_on_where_it_left_off(organisation: Caller) -> None:
    made = [organisation.post("/v1/opportunities", {"title": f"Number {n}"}).json["id"] for n in range(5)]
    seen, after = [], ""
    for _ in range(5):
        part = organisation.get(f"/v1/opportunities?limit=2{after}").json
        seen += [item["id"] for item in part["items"]]
        if part["next"] is None:
            break
        after = f"&cursor={part['next']}"
    assert seen == made


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "cursor=%00", "cursor=%27", "page=2", "limit=%EF%BC%91"]
)
def test_a_parameter_that_cannot_be_is_refused(organisation: Caller, query: str) -> None:
    assert pointers(organisation.get(f"/v1/opportunities?{query}")) == [""]


@pytest.mark.parametrize("odd", ["%00", "x", "..%2f..", "'; drop table person; --", "0" * 300, "１"])
def test_an_id_that_cannot_be_is_not_found(organisation: Caller, odd: str) -> None:
    assert organisation.get(f"/v1/opportunities/{odd}").status_code == 404


def test_an_id_that_no_database_can_hold_is_not_found(
    postgres_url: str, tmp_path: Path, clock: StandingClock
) -> None:
    outside = make_outside(postgres_url, clock, tmp_path)
    schema.upgrade(outside.database)
    caller = World(make_app(outside), outside).organisation()
    assert caller.get("/v1/opportunities/%00").status_code == 404
    assert caller.post("/v1/opportunities/a%00b/withdraw").status_code == 404
    outside.database.close()


def test_every_text_at_its_longest_fits_the_database(
    postgres_url: str, tmp_path: Path, clock: StandingClock
) -> None:
    """PostgreSQL refuses what SQLite lets pass; and one Arabic ligature becomes eighteen letters when compared."""
    outside = make_outside(postgres_url, clock, tmp_path)
    schema.upgrade(outside.database)
    world = World(make_app(outside), outside)
    line, text = "\ufdfa" * 200, "字" * 2000
    place = {
        **OPPORTUNITY["place"],
        "name": line,
        "address": line,
        "entry": text,
        "timezone": "America/Argentina/ComodRivadavia",
    }
    long = opportunity(
        title=line,
        place=place,
        summary=text,
        topics=["字" * 60] * 50,
        host={**OPPORTUNITY["host"], "name": line, "role": line},
    )
    assert world.organisation("字" * 200).post("/v1/opportunities", long).status_code == 201
    consents = [{**PERSON["consents"][0], "text_version": "字" * 40}]
    made = world.caseworker().post(
        "/v1/people", person(alias="字" * 60, needs=["字" * 60] * 50, consents=consents, notes=text)
    )
    assert made.status_code == 201
    outside.database.close()


def test_what_has_changed_since_it_was_read_is_not_withdrawn(organisation: Caller) -> None:
    posted = organisation.post("/v1/opportunities", opportunity())
    at, read = f"/v1/opportunities/{posted.json['id']}", posted.headers["ETag"]
    organisation.patch(at, {"title": "Weeding and tea"})
    assert organisation.post(f"{at}/withdraw", {}, If_Match=read).status_code == 412
    assert organisation.get(at).json["state"] == "published"
    assert organisation.post(f"{at}/withdraw", {}).json["state"] == "withdrawn"
