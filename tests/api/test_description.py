"""The OpenAPI document is valid, complete, and what the API really answers; the docs page loads nothing from elsewhere."""

from __future__ import annotations

import re
from typing import Any

import pytest
from openapi_spec_validator import validate

from matcher.api.application import openapi_document
from tests.api.conftest import World

# ARCHITECTURE §6, without imports.
CALLS = {
    "/v1/organisations": {"post"},
    "/v1/organisations/{organisation_id}": {"get"},
    "/v1/organisations/{organisation_id}/vet": {"post"},
    "/v1/organisations/{organisation_id}/suspend": {"post"},
    "/v1/organisations/{organisation_id}/keys": {"post"},
    "/v1/teams": {"post"},
    "/v1/caseworkers": {"post"},
    "/v1/caseworkers/{caseworker_id}/keys": {"post"},
    "/v1/opportunities": {"get", "post"},
    "/v1/opportunities/{opportunity_id}": {"get", "patch"},
    "/v1/opportunities/{opportunity_id}/withdraw": {"post"},
    "/v1/opportunities/{opportunity_id}/visitors": {"get"},
    "/v1/people": {"get", "post"},
    "/v1/people/{person_id}": {"delete", "get", "patch"},
    "/v1/people/{person_id}/export": {"get"},
    "/v1/people/{person_id}/pause": {"post"},
    "/v1/people/{person_id}/resume": {"post"},
    "/v1/people/{person_id}/freeze": {"post"},
    "/v1/people/{person_id}/unfreeze": {"post"},
    "/v1/people/{person_id}/talks": {"post"},
    "/v1/people/{person_id}/introductions": {"post"},
    "/v1/people/{person_id}/exclusions": {"post"},
    "/v1/people/{person_id}/consents": {"post"},
    "/v1/people/{person_id}/consents/{consent_id}/withdraw": {"post"},
    "/v1/people/{person_id}/match-requests": {"post"},
    "/v1/match-requests/{match_request_id}": {"get"},
    "/v1/people/{person_id}/matches": {"get"},
    "/v1/matches/{match_id}/approve": {"post"},
    "/v1/matches/{match_id}/set-aside": {"post"},
    "/v1/invitations": {"get"},
    "/v1/invitations/{invitation_id}": {"get"},
    "/v1/invitations/{invitation_id}/withdraw": {"post"},
    "/v1/invitations/{invitation_id}/visit": {"post"},
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi_document()


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    validate(document)
    assert document["openapi"].startswith("3.1")


def test_every_call_of_the_contract_is_described(document: dict[str, Any]) -> None:
    described = {
        path: {name for name in entry if name != "parameters"} for path, entry in document["paths"].items()
    }
    assert {path: described.get(path) for path in CALLS} == CALLS


def test_every_call_says_what_it_does_who_may_and_how_it_refuses(document: dict[str, Any]) -> None:
    for path, entry in document["paths"].items():
        for method, operation in entry.items():
            if method == "parameters":
                continue
            assert operation["summary"], path
            assert operation["security"], path
            refusals = {"401", "403", "422", "503"} | ({"404"} if "{" in path else set())
            refusals |= {
                "get": set(),
                "post": {"409", "413", "415"},
                "patch": {"409", "412", "413", "415"},
                "delete": set(),
            }[method]
            assert refusals <= set(operation["responses"]), (path, method)
            for status, response in operation["responses"].items():
                assert ("application/problem+json" in response["content"]) is (status >= "400"), (
                    path,
                    method,
                    status,
                )


def test_the_document_and_the_docs_page_are_served_from_here_alone(world: World) -> None:
    assert world.client.get("/openapi.json").json["info"]["title"] == "Matcher"
    page = world.client.get("/docs")
    assert page.status_code == 200
    assert not re.search(r"(?:src|href)=[\"'](?:https?:)?//", page.text)
    assert "https:" not in page.headers["Content-Security-Policy"]
    for asset in re.findall(r"(?:src|href)=\"(/docs/[^\"]+)\"", page.text):
        assert world.client.get(asset).status_code == 200, asset


@pytest.mark.parametrize("asset", ["swagger-ui.js.map", "..%2f__init__.py", "index.html"])
def test_nothing_else_is_served_beside_the_docs(world: World, asset: str) -> None:
    assert world.client.get(f"/docs/{asset}").status_code == 404
