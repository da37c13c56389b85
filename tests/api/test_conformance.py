"""Whatever a client sends, the answer is one that the description promises, and never a failure of ours.

More of it: `FUZZ_REQUESTS=200 make test ARGS=tests/api/test_conformance.py`, that many for each call.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from matcher.api.application import add_to
from matcher.services import matching
from tests.api.conftest import NOW, World
from tests.api.documents import opportunity, person
from tests.api.test_imports import send

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


class CurrentApp:
    """Hands each call to the application of the test that runs; before the first one it can only be described."""

    def __init__(self) -> None:
        self.app = Flask("matcher", static_folder=None)
        add_to(self.app, None)

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.app(environ, start_response)


CURRENT = CurrentApp()
described = schemathesis.openapi.from_wsgi("/openapi.json", CURRENT)


@pytest.fixture
def keys_and_ids(world: World) -> tuple[dict[str, str], dict[str, str]]:
    """A key for each role, and an id for each kind of thing, so that calls reach what lies behind the 404."""
    CURRENT.app = world.app
    organisation, caseworker = world.organisation(), world.caseworker()
    posted = organisation.post("/v1/opportunities", opportunity()).json
    registered = caseworker.post("/v1/people", person()).json
    asked = caseworker.post(f"/v1/people/{registered['id']}/match-requests", {}).json
    with world.outside.database.writing() as session:
        matching.match_person(session, registered["id"], NOW)
    match = caseworker.get(f"/v1/people/{registered['id']}/matches").json["items"][0]
    invitation = caseworker.post(f"/v1/matches/{match['id']}/approve").json
    brought = send(organisation).json
    keys = {"admin": world.admin.key, "organisation": organisation.key, "caseworker": caseworker.key}
    ids = {
        "organisation_id": organisation.id, "caseworker_id": caseworker.id, "opportunity_id": posted["id"],
        "person_id": registered["id"], "consent_id": registered["consents"][0]["id"], "request_id": asked["id"],
        "match_id": match["id"], "invitation_id": invitation["id"], "import_id": brought["id"],
    }  # fmt: skip
    return keys, ids


@described.parametrize()
@settings(max_examples=int(os.environ.get("FUZZ_REQUESTS", "4")), suppress_health_check=list(HealthCheck))
def test_every_answer_is_one_that_the_description_promises(
    case: schemathesis.Case, keys_and_ids: tuple[dict[str, str], dict[str, str]]
) -> None:
    keys, ids = keys_and_ids
    role = next(iter(case.operation.definition.raw["security"][0]))
    case.path_parameters = {name: ids[name] for name in case.path_parameters or {}}
    case.call_and_validate(headers={"Authorization": f"Bearer {keys[role]}"}, checks=CHECKS)
