"""Whatever a client sends, fitting or not, alone or one after the other, the answer is one that the description promises.

More of it: `FUZZ_REQUESTS=200 make test ARGS='tests/api/test_conformance.py -s'`, that many for each call and as many
chains of calls, each of which goes on with what the one before brought. At the end it says what was tried.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from matcher.api.application import add_to
from matcher.services.finding import matching
from tests.api.conftest import NOW, World
from tests.api.documents import opportunity, person
from tests.api.test_imports import send

FUZZ_REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "4"))
CHAIN_LENGTH = 8
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
    negative_data_rejection,
]  # fmt: skip


class CurrentApp:
    """Hands each call to the application of the test that runs; before the first one it can only be described."""

    def __init__(self) -> None:
        self.app = Flask("matcher", static_folder=None)
        add_to(self.app, None)

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.app(environ, start_response)


CURRENT = CurrentApp()
described = schemathesis.openapi.from_wsgi("/openapi.json", CURRENT)
# A version that is not the one read (412) is a refusal as well as any.
described.config.checks.negative_data_rejection.expected_statuses = ["4xx"]


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
        "person_id": registered["id"], "consent_id": registered["consents"][0]["id"], "match_request_id": asked["id"],
        "match_id": match["id"], "invitation_id": invitation["id"], "import_id": brought["id"],
    }  # fmt: skip
    return keys, ids


@pytest.fixture(scope="module", autouse=True)
def tried() -> Iterator[Counter[str]]:
    """What was sent, in words, once all is over."""
    Chain.tried.clear()
    yield Chain.tried
    total = sum(Chain.tried.values())
    calls = {label for label, _, _ in Chain.tried}
    ways = Counter[str]()
    for (_, way, status), times in Chain.tried.items():
        ways[f"{way}, answered {status}xx"] += times
    print(f"\n{total} requests to {len(calls)} calls: {dict(sorted(ways.items()))}")


@described.parametrize()
@settings(max_examples=FUZZ_REQUESTS, suppress_health_check=list(HealthCheck))
def test_every_answer_is_one_that_the_description_promises(
    case: schemathesis.Case, keys_and_ids: tuple[dict[str, str], dict[str, str]]
) -> None:
    keys, ids = keys_and_ids
    case.path_parameters = {name: ids[name] for name in case.path_parameters or {}}
    answer = case.call_and_validate(headers=_authorized(case, keys), checks=CHECKS)
    _note(case, "alone", answer.status_code)


class Chain(described.as_state_machine()):  # type: ignore[misc]
    """Calls one after the other: what one brings is what the next is about."""

    keys: ClassVar[dict[str, str]]
    tried: ClassVar[Counter[tuple[str, str, int]]] = Counter()

    def get_call_kwargs(self, case: schemathesis.Case) -> dict[str, Any]:
        return {"headers": _authorized(case, self.keys)}

    def validate_response(self, response: Any, case: schemathesis.Case, **_more: Any) -> None:
        _note(case, "in a chain", response.status_code)
        case.validate_response(response, checks=CHECKS)


def test_every_answer_in_a_chain_of_calls_is_one_that_the_description_promises(
    keys_and_ids: tuple[dict[str, str], dict[str, str]],
) -> None:
    Chain.keys = keys_and_ids[0]
    chosen = settings(
        max_examples=FUZZ_REQUESTS, stateful_step_count=CHAIN_LENGTH, deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(Chain, settings=chosen)


def _authorized(case: schemathesis.Case, keys: dict[str, str]) -> dict[str, str]:
    """The key of a role that may do this."""
    role = next(iter(case.operation.definition.raw["security"][0]))
    return {"Authorization": f"Bearer {keys[role]}"}


def _note(case: schemathesis.Case, how: str, status: int) -> None:
    fitting = case.meta is None or case.meta.generation.mode is schemathesis.GenerationMode.POSITIVE
    Chain.tried[case.operation.label, f"{'fitting' if fitting else 'not fitting'}, {how}", status // 100] += 1
