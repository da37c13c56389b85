"""The form of an opportunity: what is refused, where, and that nothing is lost between reading and writing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.api.forms.opportunity import CaseOpportunityForm, OpportunityForm, ShownOpportunityForm
from matcher.domain.errors import InvalidInput
from matcher.domain.opportunity import Opportunity, OpportunityState, Place
from matcher.domain.values import Interaction, Kind, Requirement, StayStep, Stimulation
from tests.api.documents import OPPORTUNITY, opportunity

FORM = OpportunityForm()


def refused(document: Any, form: OpportunityForm = FORM) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        form.read(document)
    return {problem.pointer: problem.detail for problem in caught.value.problems}


def place(**changes: Any) -> dict[str, Any]:
    return {**OPPORTUNITY["place"], **changes}


def sessions(**changes: Any) -> list[dict[str, Any]]:
    return [{**OPPORTUNITY["sessions"][0], **changes}]


def test_the_example_of_the_contract_is_read_whole() -> None:
    read = FORM.read(opportunity())
    assert read.state is OpportunityState.published
    assert read.online is False
    assert read.sessions[0].starts_at == datetime(2026, 12, 1, 4, 0, tzinfo=UTC)
    assert read.age.min == 18
    assert read.requires == ()


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"place": place(latitude=float("nan"))}, "/place/latitude"),
        ({"place": place(latitude=float("inf"))}, "/place/latitude"),
        ({"place": place(longitude=float("-inf"))}, "/place/longitude"),
        ({"place": place(latitude=10**400)}, "/place/latitude"),
        ({"place": place(latitude="35.6")}, "/place/latitude"),
        ({"place": place(latitude=True)}, "/place/latitude"),
        ({"place": place(longitude=181)}, "/place/longitude"),
        ({"place": {"latitude": 35.6}}, "/place/longitude"),
        ({"place": {"longitude": 139.5}}, "/place/latitude"),
        ({"place": place(timezone="Asia/Nowhere")}, "/place/timezone"),
        ({"place": place(timezone="../../etc/passwd")}, "/place/timezone"),
        ({"place": place(entry=3)}, "/place/entry"),
        ({"sessions": sessions(starts_at="2026-12-01T13:00:00")}, "/sessions/0/starts_at"),
        ({"sessions": sessions(starts_at="2026-12-01")}, "/sessions/0/starts_at"),
        ({"sessions": sessions(starts_at="2026-02-30T13:00:00Z")}, "/sessions/0/starts_at"),
        ({"sessions": sessions(starts_at="0001-01-01T00:00:00+09:00")}, "/sessions/0/starts_at"),
        ({"sessions": sessions(starts_at="２０２６-12-01T13:00:00Z")}, "/sessions/0/starts_at"),
        ({"sessions": sessions(starts_at=1764558000)}, "/sessions/0/starts_at"),
        ({"sessions": [{"starts_at": "2026-12-01T13:00:00Z"}]}, "/sessions/0/ends_at"),
        ({"sessions": sessions(where="there")}, "/sessions/0/where"),
        ({"sessions": {}}, "/sessions"),
        ({"sessions": [None]}, "/sessions/0"),
        ({"sessions": sessions() * 501}, "/sessions"),
        ({"capacity": 0}, "/capacity"),
        ({"capacity": -1}, "/capacity"),
        ({"capacity": 10**9}, "/capacity"),
        ({"capacity": 2.0}, "/capacity"),
        ({"capacity": "2"}, "/capacity"),
        ({"capacity": True}, "/capacity"),
        ({"group_size": {"typical": 3, "max": 4.5}}, "/group_size/max"),
        ({"group_size": 4}, "/group_size"),
        ({"kind": "party"}, "/kind"),
        ({"kind": ["hobby"]}, "/kind"),
        ({"interaction": "shouting"}, "/interaction"),
        ({"requires": ["phone_call", "courage"]}, "/requires/1"),
        ({"staffed": "yes"}, "/staffed"),
        ({"staffed": 1}, "/staffed"),
        ({"host": {"name": "Aoki", "greets_at_door": 0}}, "/host/greets_at_door"),
        ({"host": {"nane": "Aoki"}}, "/host/nane"),
        ({"state": "withdrawn"}, "/state"),
        ({"title": "Quiet\r\nBcc: all@example.org"}, "/title"),
        ({"title": "Quiet\0"}, "/title"),
        ({"title": "Quiet \ud800"}, "/title"),
        ({"title": "Quiet \u202egninedrag"}, "/title"),
        ({"title": "x" * 1_000_000}, "/title"),
        ({"title": ""}, "/title"),
        ({"title": "   "}, "/title"),
        ({"summary": "x" * 1_000_000}, "/summary"),
        ({"topics": ["x" * 61]}, "/topics/0"),
        ({"topics": ["x"] * 51}, "/topics"),
        ({"topics": "gardening"}, "/topics"),
        ({"languages": ["Japanese!"]}, "/languages/0"),
        ({"age": {"min": "18"}}, "/age/min"),
        ({"duration_minutes": float("nan")}, "/duration_minutes"),
        ({"id": "mine"}, "/id"),
        ({"missing": []}, "/missing"),
        ({"created_at": "2026-12-01T13:00:00Z"}, "/created_at"),
        ({"a/b~c": 1}, "/a~1b~0c"),
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_is_refused_at_its_place(changes: dict[str, Any], pointer: str) -> None:
    assert list(refused(opportunity(**changes))) == [pointer]


def test_swapped_coordinates_are_told_as_such() -> None:
    found = refused(opportunity(place=place(latitude=139.578, longitude=35.635)))
    assert "swapped" in found["/place/latitude"]
    assert "swapped" not in refused(opportunity(place=place(latitude=139.578)))["/place/latitude"]


def test_an_unknown_field_names_the_one_that_was_probably_meant() -> None:
    assert "“group_size”" in refused(opportunity(groop_size=3))["/groop_size"]


def test_a_hostile_body_does_not_grow_its_answer() -> None:
    found = refused({"x" * 1000 + str(number): 1 for number in range(5000)})
    assert len(found) <= 100
    assert all(len(pointer) < 100 for pointer in found)


@pytest.mark.parametrize("document", [[], "x", 3, None, True])
def test_a_posting_is_an_object(document: Any) -> None:
    assert refused(document) == {"": "Must be an object."}


def test_a_place_says_online_in_person_or_nothing_yet() -> None:
    assert FORM.read(opportunity(place=None)).online is True
    assert FORM.read(opportunity(place=...)).online is None
    assert FORM.read(opportunity(place={"id": "here"})).place == Place(id="here")


def test_what_is_not_stated_is_left_out_and_null_ages_stay() -> None:
    shown = FORM.show(FORM.read({"age": {"min": 18}}))
    assert shown == {"age": {"min": 18, "max": None}, "sessions": [], "state": "draft"}


def test_a_draft_says_what_it_lacks() -> None:
    shown = ShownOpportunityForm().show(
        FORM.read(opportunity(state="draft", title=..., group_size={"typical": 3}))
    )
    assert shown["missing"] == ["title", "group_size.max"]


def test_a_case_from_a_file_takes_what_the_api_shows_in_any_state() -> None:
    shown = ShownOpportunityForm().show(FORM.read(opportunity())) | {
        "id": "o",
        "organisation_id": "g",
        "state": "withdrawn",
    }
    read = CaseOpportunityForm().read(shown)
    assert (read.id, read.organisation_id, read.state) == ("o", "g", OpportunityState.withdrawn)


lines = st.text("aé日 -", min_size=1, max_size=20).map(str.strip).filter(bool)
moments = (
    st.datetimes(timezones=st.just(UTC)).filter(lambda at: 1900 < at.year < 2100).map(datetime.isoformat)
)
degrees = {"latitude": st.floats(-90, 90), "longitude": st.floats(-180, 180)}
postings = st.fixed_dictionaries(
    {},
    optional={
        "title": lines,
        "kind": st.sampled_from(list(Kind)),
        "place": st.none() | st.fixed_dictionaries(degrees, optional={"name": lines, "entry": lines, "id": lines}),
        "sessions": st.lists(
            st.fixed_dictionaries({"starts_at": moments, "ends_at": moments}, optional={"id": lines}), max_size=3
        ),
        "capacity": st.none() | st.integers(1, 1000),
        "duration_minutes": st.floats(1, 600),
        "group_size": st.fixed_dictionaries({}, optional={"typical": st.integers(1, 9), "max": st.integers(1, 9)}),
        "interaction": st.sampled_from(list(Interaction)),
        "stimulation": st.sampled_from(list(Stimulation)),
        "host": st.fixed_dictionaries({}, optional={"name": lines, "greets_at_door": st.booleans()}),
        "staffed": st.none() | st.booleans(),
        "requires": st.lists(st.sampled_from(list(Requirement)), max_size=3),
        "topics": st.lists(lines, max_size=3),
        "languages": st.lists(st.sampled_from(["ja", "en", "zh-hant"]), max_size=2),
        "age": st.fixed_dictionaries({}, optional={"min": st.none() | st.integers(0, 99)}),
        "stay_step": st.sampled_from(list(StayStep)),
        "state": st.sampled_from(["draft", "published"]),
    },
)  # fmt: skip


@given(postings)
def test_reading_what_was_written_gives_the_same(document: dict[str, Any]) -> None:
    read: Opportunity = FORM.read(document)
    assert FORM.read(FORM.show(read)) == read


def test_what_is_said_twice_is_kept_once_in_its_order() -> None:
    lists = {
        "requires": ["camera", "phone_call", "camera"],
        "topics": ["go", "cats", "go"],
        "languages": ["ja", "en", "ja"],
        "provides": ["toilet", "toilet"],
    }
    read = FORM.show(FORM.read({**OPPORTUNITY, **lists}))
    assert {name: read[name] for name in lists} == {
        "requires": ["camera", "phone_call"],
        "topics": ["go", "cats"],
        "languages": ["ja", "en"],
        "provides": ["toilet"],
    }


@pytest.mark.parametrize("name", ["id", "organisation_id", "missing"])
def test_what_is_only_shown_is_said_to_be_so_when_it_is_sent_back(name: str) -> None:
    assert refused({**OPPORTUNITY, name: "x"}) == {
        f"/{name}": f"The field “{name}” is shown and never sent; leave it out."
    }
