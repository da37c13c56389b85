"""The form of a person: what is refused, where, and that a start point is never kept finer than the grid."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.api.forms.history import HistoryEntryForm, read_history
from matcher.api.forms.person import CasePersonForm, PersonForm, ShownPersonForm
from matcher.domain.errors import InvalidInput
from matcher.domain.values import DayWindow, GeoPoint
from tests.api.documents import PERSON, person

FORM = PersonForm()


def refused(document: Any, form: PersonForm = FORM) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        form.read(document)
    return {problem.pointer: problem.detail for problem in caught.value.problems}


def inside(name: str, **changes: Any) -> dict[str, Any]:
    return {name: {**PERSON[name], **changes}}


def contact(address: Any, channel: str = "email") -> dict[str, Any]:
    return {"contact": {"channel": channel, "address": address}}


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"alias": ...}, "/alias"),
        ({"alias": "Haru\nBcc: x@example.org"}, "/alias"),
        ({"alias": None}, "/alias"),
        ({"language": "fr"}, "/language"),
        ({"birth_year": 1994.0}, "/birth_year"),
        ({"birth_year": "1994"}, "/birth_year"),
        (contact("not an address"), "/contact/address"),
        (contact("haru@example.org\r\nBcc: x@example.org"), "/contact/address"),
        (contact("haru@localhost"), "/contact/address"),
        (contact("haru@example.org", "phone"), "/contact/channel"),
        (inside("start_point", latitude=91), "/start_point/latitude"),
        (inside("start_point", latitude=float("nan")), "/start_point/latitude"),
        (inside("start_point", longitude=...), "/start_point/longitude"),
        (inside("travel", mode="boat"), "/travel/mode"),
        (inside("travel", max_minutes=-1), "/travel/max_minutes"),
        (inside("travel", half_life_minutes=0), "/travel/half_life_minutes"),
        (inside("comfort", group=0.7), "/comfort/group"),
        (inside("comfort", group=4.5), "/comfort/group"),
        (inside("comfort", group="2"), "/comfort/group"),
        (inside("comfort", travel=float("nan")), "/comfort/travel"),
        (inside("comfort", mood=2), "/comfort/mood"),
        ({"max_group_size": 0}, "/max_group_size"),
        ({"red_lines": ["noise"]}, "/red_lines/0"),
        ({"kinds": ["work"]}, "/kinds/0"),
        ({"availability": [{"weekday": 7, "from": "12:00", "to": "17:00"}]}, "/availability/0/weekday"),
        ({"availability": [{"weekday": 1, "from": "17:00", "to": "12:00"}]}, "/availability/0/to"),
        ({"availability": [{"weekday": 1, "from": "24:00", "to": "24:00"}]}, "/availability/0/from"),
        ({"availability": [{"weekday": 1, "from": "9:00", "to": "12:00"}]}, "/availability/0/from"),
        (inside("contact_hours", to="13:00"), "/contact_hours/to"),
        (inside("contact_hours", timezone="Tokyo"), "/contact_hours/timezone"),
        (inside("pace", min_days_between=-1), "/pace/min_days_between"),
        ({"approval": "always"}, "/approval"),
        ({"companion": "no"}, "/companion"),
        ({"consents": [{"purpose": "matching", "text_version": "1", "given_at": "2026-11-01"}]}, "/consents/0/given_at"),
        ({"consents": [{"purpose": "mail", "text_version": "1", "given_at": "2026-11-01T00:00:00Z"}]}, "/consents/0/purpose"),
        ({"state": "open"}, "/state"),
        ({"id": "x"}, "/id"),
        ({"diagnosis": "x"}, "/diagnosis"),
        ({"excluded_organisation_ids": []}, "/excluded_organisation_ids"),
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_is_refused_at_its_place(changes: dict[str, Any], pointer: str) -> None:
    document = person(**changes)
    for name, value in list(document.items()):
        if isinstance(value, dict):
            document[name] = {key: each for key, each in value.items() if each is not ...}
    assert list(refused(document)) == [pointer]


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_care_20_a_start_point_is_snapped_before_anything_else_sees_it(
    latitude: float, longitude: float
) -> None:
    read = FORM.read(person(start_point={"latitude": latitude, "longitude": longitude}))
    assert read.start_point == GeoPoint(latitude, longitude).snapped()
    assert FORM.read(FORM.show(read)) == read


def test_the_whole_day_and_hours_past_midnight_can_be_said() -> None:
    read = FORM.read(
        person(
            availability=[{"weekday": 0, "from": "00:00", "to": "24:00"}],
            contact_hours={"from": "22:00", "to": "01:00", "timezone": "Asia/Tokyo"},
        )
    )
    assert read.availability[0].window == DayWindow(0, 1440)
    assert read.contact_hours.window.holds(30)
    assert FORM.read(FORM.show(read)) == read


def test_contact_hours_are_the_afternoon_where_they_are_unless_said_otherwise() -> None:
    hours = FORM.read(person(contact_hours=...)).contact_hours
    assert (hours.window, hours.timezone) == (DayWindow(13 * 60, 20 * 60), "Asia/Tokyo")
    elsewhere = person(contact_hours={"from": "10:00"}, start_point={"latitude": 48.2, "longitude": 16.4})
    assert FORM.read(elsewhere).contact_hours.timezone == "Europe/Vienna"


def test_a_case_from_a_file_takes_what_the_api_shows_and_what_only_it_knows() -> None:
    shown = ShownPersonForm().show(FORM.read(person()))
    shown |= {"id": "p", "state": "frozen", "excluded_organisation_ids": ["o"]}
    read = CasePersonForm().read(shown)
    assert (read.id, read.state, read.excluded_organisation_ids) == ("p", "frozen", ("o",))


def test_a_history_states_what_was_asked_where_something_is_learned() -> None:
    form = HistoryEntryForm()
    asked = dict.fromkeys(("group", "interaction", "unfamiliarity", "travel", "commitment", "stimulation"), 1)
    line = {"at": "2026-11-01T00:00:00Z", "outcome": "ok"}
    assert len(read_history([{**line, "aspects": asked}, {**line, "outcome": "talked"}], form).entries) == 2
    for document, pointer in (
        ([line], "/0/aspects"),
        ([{**line, "outcome": "no_answer"}, {**line, "outcome": "fine"}], "/1/outcome"),
        ({}, ""),
    ):
        with pytest.raises(InvalidInput) as caught:
            read_history(document, form)
        assert [problem.pointer for problem in caught.value.problems] == [pointer]
