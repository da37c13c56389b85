"""Merge patches: the examples of RFC 7396, and what a place adds to them."""

from __future__ import annotations

import contextlib
import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import fields

from matcher.api.forms.merging import merge_patch, patch_of, patched_opportunity
from matcher.api.forms.opportunity import OpportunityForm
from matcher.api.forms.person import PersonForm
from matcher.domain.errors import InvalidInput
from tests.api.documents import opportunity

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("current", "patch", "merged"),
    [  # RFC 7396, appendix A
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_it_merges_as_the_standard_says(current: Any, patch: Any, merged: Any) -> None:
    assert merge_patch(current, patch) == merged


@given(json_values, json_values)
def test_merging_changes_neither_document_and_a_repeat_changes_nothing(current: Any, patch: Any) -> None:
    before = copy.deepcopy((current, patch))
    merged = merge_patch(current, patch)
    assert (current, patch) == before
    assert merge_patch(merged, patch) == merged


def test_a_null_place_says_online() -> None:
    assert patched_opportunity(opportunity(), {"place": None})["place"] is None


def test_a_new_address_does_not_keep_the_old_coordinates() -> None:
    moved = patched_opportunity(_standing(), {"place": {"address": "Matsue"}})["place"]
    assert moved == {"name": "Izumi allotment", "address": "Matsue", "entry": "Green gate; Aoki waits there."}


def test_the_same_address_keeps_the_coordinates() -> None:
    kept = patched_opportunity(_standing(), {"place": {"address": "Komae, Tokyo", "entry": "Ring."}})["place"]
    assert (kept["latitude"], kept["entry"]) == (35.635, "Ring.")


def test_another_name_is_another_place() -> None:
    assert "id" not in patched_opportunity(_standing(), {"place": {"name": "North garden"}})["place"]
    assert patched_opportunity(_standing(), {"place": {"entry": "Ring."}})["place"]["id"] == "here"


def test_a_place_named_by_its_id_replaces_the_one_before_whole() -> None:
    assert patched_opportunity(_standing(), {"place": {"id": "there"}})["place"] == {"id": "there"}


def test_a_place_can_follow_online() -> None:
    assert patched_opportunity({"place": None}, {"place": {"name": "Here"}})["place"] == {"name": "Here"}


@pytest.mark.parametrize("patch", [[], None, "x", 3])
def test_a_patch_is_an_object(patch: Any) -> None:
    with pytest.raises(InvalidInput):
        patched_opportunity(opportunity(), patch)


@given(json_values)
def test_whatever_is_patched_is_read_or_refused(patch: Any) -> None:
    form = OpportunityForm()
    with contextlib.suppress(InvalidInput):
        form.read(patched_opportunity(form.show(form.read(opportunity())), patch))


def _standing() -> dict[str, Any]:
    document = opportunity()
    document["place"] |= {"id": "here", "timezone": "Asia/Tokyo"}
    return document


def test_the_description_lets_any_part_of_a_part_be_left_out() -> None:
    described = patch_of(PersonForm()).fields["comfort"]
    assert isinstance(described, fields.Nested)
    assert described.schema.validate({"travel": 3}) == {}
    whole = PersonForm().fields["comfort"]
    assert isinstance(whole, fields.Nested)
    assert "unfamiliarity" in whole.schema.validate({"travel": 3})
