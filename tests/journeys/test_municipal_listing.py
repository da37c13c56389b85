"""A town's own event list becomes drafts, and one of them becomes a visit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from matcher import api
from matcher.cli import group
from matcher.services.access import keys
from tests.builders import SECRET, World, make_world
from tests.forms import opportunity_form

TOWN_FILE = Path(__file__).parents[2] / "../shared/data/municipal-events/o1-132195_g1-000304.csv"
# What a town's list never says, and what the organisation adds before publishing.
ADDED = (
    "kind", "summary", "sessions", "capacity", "group_size", "interaction", "stimulation", "host", "staffed",
    "leave_any_time", "regular_attendance", "watch_first", "companion_welcome", "requires", "provides", "languages",
    "topics", "age", "not_expected", "if_you_do_not_come",
)  # fmt: skip


def imported(world: World, organisation_id: str) -> dict[str, Any]:
    """The report of `matcher import` as an operator runs it."""
    environment = {
        "MATCHER_DATABASE_URL": str(world.database.url),
        "MATCHER_SECRET_KEYS": SECRET,
        "MATCHER_DATA_DIR": str(world.mail_folder.parent),
    }
    arguments = ["import", "municipal-csv", str(TOWN_FILE), "--organisation", organisation_id, "--json"]
    ran = CliRunner().invoke(group, arguments, env=environment, catch_exceptions=False)
    report: dict[str, Any] = json.loads(ran.stdout)
    return report


def test_a_towns_listing_is_completed_published_matched_invited_and_accepted(tmp_path: Path) -> None:
    if not TOWN_FILE.exists():
        pytest.skip("The municipal files of ../shared/data are not beside this checkout.")
    world = make_world(tmp_path)
    organisation_id = world.an_organisation()
    report = imported(world, organisation_id)
    counts = report["counts"]
    assert counts["rows"] == counts["draft"] + counts["refused"] > 300
    assert imported(world, organisation_id)["counts"]["unchanged"] == counts["draft"], (
        "a repeat changes nothing"
    )

    client, headers = an_organisations_client(world, organisation_id)
    draft = first_draft_with_a_place(client, headers)
    path = f"/v1/opportunities/{draft['id']}"
    refused = client.patch(path, json={"state": "published"}, headers=headers)
    assert refused.status_code == 422
    assert {error["pointer"] for error in refused.json["errors"]} >= {
        "/group_size/max",
        "/staffed",
        "/sessions",
    }

    place = {**draft["place"], "entry": "The lift on the left; Aoki waits there."}
    facts = {name: fact for name, fact in opportunity_form().items() if name in ADDED}
    published = client.patch(path, json={**facts, "place": place, "state": "published"}, headers=headers)
    assert published.status_code == 200, published.json
    assert published.json["missing"] == []
    assert published.json["title"] == draft["title"], "what the town said stays"

    at = {"latitude": place["latitude"], "longitude": place["longitude"]}
    person_id = world.a_person(start_point=at)
    world.work()
    invitation_id = world.approve(world.matches(person_id)[0].id).id
    world.work()
    world.answer(invitation_id, "accept")
    world.work()
    visitors = client.get(f"{path}/visitors", headers=headers).json["items"]
    assert [visitor["alias"] for visitor in visitors] == ["Haru"]
    world.close()


def an_organisations_client(world: World, organisation_id: str) -> tuple[FlaskClient, dict[str, str]]:
    """The API as the organisation calls it."""
    app = Flask("matcher", static_folder=None)
    api.register(app, world.outside)
    with world.database.writing() as session:
        key = keys.issue_key(session, keys.Role.organisation, organisation_id, world.clock())
    return app.test_client(), {"Authorization": f"Bearer {key}"}


def first_draft_with_a_place(client: FlaskClient, headers: dict[str, str]) -> dict[str, Any]:
    """A draft of which the town states where it is."""
    drafts: list[dict[str, Any]] = client.get("/v1/opportunities?limit=200", headers=headers).json["items"]
    return next(one for one in drafts if {"name", "latitude", "longitude"} <= set(one.get("place") or {}))
