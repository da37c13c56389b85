"""OpenActive pages: what they state for certain becomes drafts, and each defect is named."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from matcher.domain.imports import DraftRow, ImportReading, RefusedRow, UnreadableFile
from matcher.domain.opportunity import AgeRange, missing_facts
from matcher.domain.opportunity_rules import problems
from matcher.domain.values import Kind
from matcher.exchange.openactive import read_openactive
from matcher.exchange.reasons import Reason

FOLDER = Path(__file__).parents[2] / ".." / "shared" / "data" / "openactive"
BEFORE = datetime(2018, 10, 1, tzinfo=UTC)  # before every session of the published examples
NOW = datetime(2026, 11, 23, tzinfo=UTC)

WALK: dict[str, Any] = {
    "@type": "Event", "@id": "https://example.org/walks/1", "name": "Slow walk", "description": "Along the river.",
    "activity": [{"prefLabel": "Walking"}], "startDate": "2026-12-01T13:00:00+09:00",
    "endDate": "2026-12-01T14:00:00+09:00", "maximumAttendeeCapacity": 4, "ageRange": {"minValue": 18},
    "location": {
        "name": "Boat house", "address": {"streetAddress": "1-2-3", "addressLocality": "Komae"},
        "geo": {"latitude": 35.63, "longitude": 139.57},
        "amenityFeature": [{"@type": "Toilets", "value": True}, {"@type": "Parking", "value": False}],
    },
}  # fmt: skip


def read(*items: Any, now: datetime = NOW) -> ImportReading:
    return read_openactive(json.dumps({"items": list(items)}).encode(), now=now)


def walk(**changed: Any) -> dict[str, Any]:
    return {"state": "updated", "kind": "Event", "id": 1, "data": {**WALK, **changed}}


@pytest.mark.parametrize("label", ["yo\ud83dga", "yo\0ga", "yo\u202ega"])
def test_a_label_that_is_no_text_is_left_out_and_named(label: str) -> None:
    (row,) = read(walk(activity=[{"prefLabel": label}, {"prefLabel": "Walking"}])).drafts
    assert row.opportunity.topics == ("walking",)
    assert reasons(row) & {Reason.unfit, Reason.undecodable}


def test_a_day_before_the_calendar_is_no_day() -> None:
    row = (found := read(walk(startDate="0001-01-01T00:00:00+01:00"))).drafts + found.refused
    assert Reason.unclear_day in reasons(row[0])


def reasons(row: DraftRow | RefusedRow) -> set[str]:
    return {note.reason for note in (row.notes if isinstance(row, DraftRow) else row.problems)}


def test_a_complete_event_becomes_a_draft_that_states_what_it_states() -> None:
    (row,) = read(walk()).drafts
    found = row.opportunity
    assert (found.title, found.kind, found.capacity) == ("Slow walk", Kind.physical_activity, 4)
    assert found.place is not None
    assert (found.place.name, found.place.address, found.place.latitude) == (
        "Boat house",
        "1-2-3, Komae",
        35.63,
    )
    assert [one.starts_at for one in found.sessions] == [datetime(2026, 12, 1, 4, tzinfo=UTC)]
    assert (found.topics, found.provides, found.age) == (("walking",), ("toilet",), AgeRange(18, None))
    assert row.notes == ()
    assert {"host.name", "group_size.max", "staffed", "requires", "place.entry"} <= set(missing_facts(found))
    assert problems(found, NOW) == []


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"startDate": "2020-12-01T13:00:00+09:00", "endDate": "2020-12-01T14:00:00+09:00"}, Reason.past),
        ({"startDate": "2026-12-01T13:00:00"}, Reason.unclear_day),
        ({"endDate": None}, Reason.no_day),
        ({"endDate": "2026-12-01T12:00:00+09:00"}, Reason.end_first),
        (
            {"startDate": "2036-12-01T13:00:00+09:00", "endDate": "2036-12-01T14:00:00+09:00"},
            Reason.far_ahead,
        ),
        ({"eventStatus": "https://schema.org/EventCancelled"}, Reason.called_off),
        ({"maximumAttendeeCapacity": 0}, Reason.zero_capacity),
        ({"maximumAttendeeCapacity": 1e9}, Reason.huge_capacity),
        ({"maximumAttendeeCapacity": 1.5}, Reason.unclear_capacity),
        ({"location": None}, Reason.no_place),
        ({"location": {"geo": {"latitude": 35}}}, Reason.half_a_point),
        ({"location": {"geo": {"latitude": 0, "longitude": 0}}}, Reason.zero_point),
        ({"location": {"geo": {"latitude": 135, "longitude": 35}}}, Reason.unclear_point),
        ({"eventAttendanceMode": "https://schema.org/OnlineEventAttendanceMode"}, Reason.perhaps_online),
        ({"offers": [{"price": 3.3}]}, Reason.price_in_words),
        ({"meetingPoint": "The gate"}, Reason.way_in_words),
        ({"ageRange": {"maxValue": 12}}, Reason.age_in_words),
        ({"description": "x" * 3000}, Reason.shortened),
    ],
)
def test_a_defect_leaves_its_fact_open_and_is_named(changed: dict[str, Any], reason: Reason) -> None:
    (row,) = read(walk(**changed)).drafts
    assert reasons(row) == {reason}
    assert problems(row.opportunity, NOW) == []


def test_a_session_takes_from_its_series_what_it_does_not_say_itself() -> None:
    series = {name: WALK[name] for name in ("name", "location", "activity", "ageRange")}
    session = {name: WALK[name] for name in ("@id", "startDate", "endDate")} | {"superEvent": series}
    (row,) = read({"state": "updated", "data": session}).drafts
    assert (row.opportunity.title, row.opportunity.topics) == ("Slow walk", ("walking",))
    assert len(row.opportunity.sessions) == 1


def test_what_was_deleted_stands_twice_or_has_no_name_is_refused() -> None:
    deleted, first, again, nameless = read(
        {"state": "deleted", "id": 9, "kind": "Event"},
        walk(),
        walk(name="Other"),
        walk(**{"@id": "b", "name": ""}),
    ).rows
    assert isinstance(first, DraftRow)
    for row, reason in (
        (deleted, Reason.deleted),
        (again, Reason.same_as_earlier),
        (nameless, Reason.no_name),
    ):
        assert isinstance(row, RefusedRow)
        assert reasons(row) == {reason}
    assert isinstance(nameless, RefusedRow)
    assert nameless.rest is not None
    assert nameless.rest.capacity == 4


def test_keys_are_the_same_next_time() -> None:
    (first,), (again,) = read(walk()).drafts, read({}, walk(description="Mended.")).drafts
    assert first.key == again.key


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"3", b'{"items": {}}'])
def test_a_file_of_another_kind_is_refused_as_a_whole(content: bytes) -> None:
    with pytest.raises(UnreadableFile):
        read_openactive(content, now=NOW)


@pytest.mark.parametrize(
    "strange", [None, 3, "x", [], {"data": []}, {"data": {"location": 3, "subEvent": "x"}}]
)
def test_whatever_stands_in_the_list_is_accounted_for(strange: Any) -> None:
    (row,) = read(strange).rows
    assert isinstance(row, RefusedRow)
    assert reasons(row) == {Reason.no_name}


@pytest.mark.skipif(not FOLDER.exists(), reason="the examples are not in ../shared/data/openactive")
def test_the_published_examples_are_read() -> None:
    series, session, event, place = (
        read_openactive((FOLDER / f"{name}_example_1.json").read_bytes(), now=BEFORE)
        for name in ("sessionseries", "scheduledsession", "event", "place")
    )
    assert [reasons(row) for row in place.rows] == [{Reason.no_listing}]
    assert [len(one.drafts[0].opportunity.sessions) for one in (series, session, event)] == [2, 1, 1]
    assert [one.drafts[0].opportunity.capacity for one in (series, session, event)] == [16, 15, 30]
    for row in (*series.drafts, *session.drafts, *event.drafts):
        assert problems(row.opportunity, BEFORE) == []
        assert {"host.name", "interaction", "staffed", "requires"} <= set(missing_facts(row.opportunity))


def test_of_a_series_that_goes_on_the_days_that_are_over_are_no_defect() -> None:
    days = [
        {"startDate": f"2026-{month:02}-{day:02}T10:00:00Z", "endDate": f"2026-{month:02}-{day:02}T11:00:00Z"}
        for month, day in ((1, 5), (2, 2), (12, 1), (12, 8))
    ]
    (row,) = read(walk(subEvent=days, startDate=None, endDate=None)).drafts
    assert len(row.opportunity.sessions) == 2
    assert Reason.past not in reasons(row)


def test_where_no_day_is_left_each_reason_is_said_once() -> None:
    over = [
        {"startDate": f"2026-01-{day:02}T10:00:00Z", "endDate": f"2026-01-{day:02}T11:00:00Z"}
        for day in range(1, 20)
    ]
    (row,) = read(walk(subEvent=[*over, {}, {}], startDate=None, endDate=None)).drafts
    assert [note.reason for note in row.notes if note.reason in (Reason.past, Reason.no_day)] == [
        Reason.past, Reason.no_day,
    ]  # fmt: skip


@pytest.mark.parametrize("offers", [[{"price": 5}], [{"price": "5.00"}], {"price": "£0.50"}])
def test_a_price_is_asked_about_however_it_is_written(offers: Any) -> None:
    (row,) = read(walk(offers=offers)).drafts
    assert Reason.price_in_words in reasons(row)
    (free,) = read(walk(offers=[{"price": "0.00"}, {"price": 0}])).drafts
    assert Reason.price_in_words not in reasons(free)


def test_items_without_an_id_are_told_apart_by_what_they_say() -> None:
    def bare(name: str) -> dict[str, Any]:
        return {"state": "updated", "data": {**WALK, "@id": "", "name": name}}

    found = read(bare("Slow walk"), bare("Slower walk"), bare("Slow walk"))
    assert [row.opportunity.title for row in found.drafts] == ["Slow walk", "Slower walk"]
    assert [reasons(row) for row in found.refused] == [{Reason.same_as_earlier}]
