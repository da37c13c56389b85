"""Open Referral services: what a directory states becomes drafts, and the rest stays open."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from matcher.domain.imports import DraftRow, ImportReading, RefusedRow, UnreadableFile
from matcher.domain.opportunity import missing_facts
from matcher.domain.opportunity_rules import problems
from matcher.exchange.hsds import read_hsds
from matcher.exchange.reasons import Reason

FOLDER = Path(__file__).parents[2] / ".." / "shared" / "data" / "hsds"
NOW = datetime(2026, 11, 23, tzinfo=UTC)

ROOM: dict[str, Any] = {
    "id": "a", "name": "Open room", "description": "Tea and books.", "status": "active",
    "languages": [{"code": "ja"}, {"code": "not a code"}], "minimum_age": 18,
    "service_at_locations": [
        {
            "location": {
                "location_type": "physical", "name": "House", "latitude": 35.63, "longitude": 139.57,
                "addresses": [{"address_1": "1-2-3", "city": "Komae", "address_type": "physical"}],
            }
        }
    ],
}  # fmt: skip


def read(*services: Any) -> ImportReading:
    return read_hsds(json.dumps({"contents": list(services)}).encode(), now=NOW)


def reasons(row: DraftRow | RefusedRow) -> set[str]:
    return {note.reason for note in (row.notes if isinstance(row, DraftRow) else row.problems)}


def test_a_service_becomes_a_draft_that_states_what_it_states() -> None:
    (row,) = read(ROOM).drafts
    found = row.opportunity
    assert (found.title, found.languages, found.kind) == ("Open room", ("ja",), None)
    assert found.place is not None
    assert (found.place.name, found.place.address, found.place.longitude) == ("House", "1-2-3, Komae", 139.57)
    assert reasons(row) == {Reason.kind_in_words}
    assert "sessions" in missing_facts(found)
    assert problems(found, NOW) == []


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"fees_description": "500 yen"}, Reason.price_in_words),
        ({"application_process": "Ring us."}, Reason.sign_up_in_words),
        ({"eligibility_description": "Everybody"}, Reason.age_in_words),
        ({"schedules": [{"description": "Weekdays"}]}, Reason.schedule_in_words),
        ({"service_at_locations": []}, Reason.no_place),
        ({"service_at_locations": ROOM["service_at_locations"] * 2}, Reason.no_place),
        ({"minimum_age": 20, "maximum_age": 10}, Reason.age_in_words),
    ],
)
def test_words_that_settle_nothing_are_named(changed: dict[str, Any], reason: Reason) -> None:
    (row,) = read(ROOM | changed).drafts
    assert reasons(row) == {Reason.kind_in_words, reason}


def test_what_is_over_stands_twice_or_has_no_name_is_refused() -> None:
    over, first, again, nameless = read(ROOM | {"status": "defunct"}, ROOM, ROOM, {"id": "b"}).rows
    assert isinstance(first, DraftRow)
    for row, reason in ((over, Reason.deleted), (again, Reason.same_as_earlier), (nameless, Reason.no_name)):
        assert isinstance(row, RefusedRow)
        assert reasons(row) == {reason}


@pytest.mark.parametrize("content", [b"", b"nothing", b"3", b"[1]"])
def test_a_file_of_another_kind_is_refused_as_a_whole(content: bytes) -> None:
    with pytest.raises(UnreadableFile):
        read_hsds(content, now=NOW)


@pytest.mark.skipif(not FOLDER.exists(), reason="the examples are not in ../shared/data/hsds")
def test_the_published_examples_are_read() -> None:
    for name in ("service_full", "service_list", "organization_full"):
        (row,) = read_hsds((FOLDER / f"{name}.json").read_bytes(), now=NOW).drafts
        assert row.opportunity.title == "Community Counselling"
        assert problems(row.opportunity, NOW) == []
        assert {"kind", "host.name", "staffed", "requires"} <= set(missing_facts(row.opportunity))
