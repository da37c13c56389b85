"""Files over the API: what may be sent, one effect for one command, and a report that accounts for every row."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from matcher.services.listings.importing import FILE_MAX_BYTES
from matcher.services.outside import Outside
from matcher.storage.tables import EventRow, ImportRow, OpportunityRow
from matcher.workers.actors import Handler
from tests.api.conftest import Caller, World, pointers
from tests.exchange.municipal_files import as_text, listing

ROWS = (listing(), listing(名称="", 開始日="2026-12-08"), listing(名称="本を読む会", 開始日="いつか"))
FILE = as_text(*ROWS).encode("utf-8-sig")


def send(caller: Caller, content: bytes | None = FILE, /, **changed: Any) -> TestResponse:
    headers = {"Authorization": f"Bearer {caller.key}"} | changed.pop("headers", {})
    parts: dict[str, Any] = {"format": "municipal-csv"} | changed
    if content is not None:
        parts["file"] = (BytesIO(content), "events.csv")
    return caller.client.post("/v1/imports", data=parts, headers=headers, content_type="multipart/form-data")


def work(outside: Outside) -> None:
    with outside.database.reading() as session:
        ids = session.scalars(select(EventRow.id).where(EventRow.type == "import.received")).all()
    for event_id in ids:
        Handler(outside).handle(event_id)


def count(outside: Outside, table: Any) -> int:
    with outside.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_file_is_taken_in_at_once_and_read_by_a_worker(organisation: Caller, outside: Outside) -> None:
    sent = send(organisation)
    assert sent.status_code == 202
    at = sent.headers["Location"]
    assert at == f"/v1/imports/{sent.json['id']}"
    assert organisation.get(at).json | {"created_at": ""} == {
        "id": sent.json["id"], "format": "municipal-csv", "state": "pending", "detail": None, "created_at": "",
        "ready_at": None, "counts": {"rows": 0, "draft": 0, "unchanged": 0, "refused": 0}, "report": [],
    }  # fmt: skip
    work(outside)
    ready = organisation.get(at).json
    assert ready["state"] == "ready"
    assert ready["counts"] == {"rows": 3, "draft": 2, "unchanged": 0, "refused": 1}
    first, nameless, undated = ready["report"]
    assert (first["line"], first["result"], first["title"]) == (2, "draft", "苔を見る会")
    assert organisation.get(f"/v1/opportunities/{first['opportunity_id']}").json["capacity"] == 4
    assert (nameless["line"], nameless["result"], nameless["opportunity_id"]) == (3, "refused", None)
    assert (nameless["field"], nameless["reason"]) == ("名称", "A listing needs a name.")
    assert ("開始日", "いつか") in {(note["field"], note["value"]) for note in undated["notes"]}


def test_the_same_file_again_changes_nothing_and_leads_to_the_drafts(
    organisation: Caller, outside: Outside
) -> None:
    first = send(organisation).json["id"]
    work(outside)
    again = send(organisation).json["id"]
    work(outside)
    assert first != again
    assert count(outside, OpportunityRow) == 2
    report = organisation.get(f"/v1/imports/{again}").json
    assert report["counts"] == {"rows": 3, "draft": 0, "unchanged": 2, "refused": 1}
    drafts = [line["opportunity_id"] for line in organisation.get(f"/v1/imports/{first}").json["report"]]
    assert [line["opportunity_id"] for line in report["report"]] == drafts


def test_a_repeated_command_has_one_effect_however_its_parts_are_bounded(
    organisation: Caller, outside: Outside
) -> None:
    first, again = (send(organisation, headers={"Idempotency-Key": "a"}) for _ in range(2))
    assert (again.status_code, again.headers["Location"]) == (202, first.headers["Location"])
    assert count(outside, ImportRow) == 1
    other = send(organisation, FILE + b"\r\n", headers={"Idempotency-Key": "a"})
    assert other.status_code == 422
    assert "another body" in other.json["detail"]


def test_what_cannot_be_taken_in_is_refused_with_what_would_be_right(
    organisation: Caller, outside: Outside
) -> None:
    assert pointers(send(organisation, None)) == ["/file"]
    assert pointers(send(organisation, b"")) == ["/file"]
    assert pointers(send(organisation, None, file="名称,開始日")) == ["/file"]
    assert pointers(send(organisation, format="xlsx")) == ["/format"]
    assert "municipal-csv" in send(organisation, format="xlsx").json["errors"][0]["detail"]
    assert pointers(send(organisation, format=["municipal-csv", "municipal-csv"])) == ["/format"]
    assert pointers(send(organisation, organisation_id="x")) == ["/organisation_id"]
    unsupported = organisation.post("/v1/imports", {"format": "municipal-csv"})
    assert (unsupported.status_code, "multipart/form-data" in unsupported.json["detail"]) == (415, True)
    assert count(outside, ImportRow) == 0


@pytest.mark.parametrize("beyond", [1, 100_000])
def test_a_file_that_is_too_large_is_refused_with_how_much_fits(organisation: Caller, beyond: int) -> None:
    refused = send(organisation, b"x" * (FILE_MAX_BYTES + beyond))
    assert (refused.status_code, "2 MB" in refused.json["detail"]) == (413, True)


def test_a_file_that_is_no_list_says_why(organisation: Caller, outside: Outside) -> None:
    at = send(organisation, "名称,値段\r\nお茶,100\r\n".encode()).headers["Location"]
    work(outside)
    report = organisation.get(at).json
    assert (report["state"], report["report"]) == ("unreadable", [])
    assert "no column 開始日" in report["detail"]


def test_imports_are_their_organisations_alone(
    world: World, organisation: Caller, caseworker: Caller
) -> None:
    at = send(organisation).headers["Location"]
    assert world.organisation("Other").get(at).status_code == 404
    assert caseworker.get(at).status_code == 403
    assert send(caseworker).status_code == 403
