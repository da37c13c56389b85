"""JSON that two readers could understand differently, or that could exhaust one, is refused in plain words."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.api.strict_json import DEPTH_MAX, read_json
from matcher.domain.errors import InvalidInput


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b'{"a": 1} x', "not JSON"),
        (b"{'a': 1}", "not JSON"),
        (b"\xff", "not UTF-8"),
        (b'{"a": 1, "a": 1}', "“a” stands twice"),
        (b'[{"b": {"a": 1, "a": 2}}]', "“a” stands twice"),
        (b'{"a": 1, "\\u0061": 2}', "“a” stands twice"),
        (b'{"\\ud800": 1, "\\ud800": 2}', "“?” stands twice"),
        (b"NaN", "NaN is no JSON number"),
        (b"[Infinity]", "Infinity is no JSON number"),
        (b'{"a": -Infinity}', "-Infinity is no JSON number"),
        (b"1e309", "beyond every number"),
        (b"-1e309", "beyond every number"),
        (b"1" * 401, "more than 400 digits"),
        (b"1" * 100_000, "more than 400 digits"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested too deeply"),
        (b"[" * (DEPTH_MAX + 1) + b"]" * (DEPTH_MAX + 1), "nested too deeply"),
    ],
)
def test_it_is_refused_and_says_why(body: bytes, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_json(body)
    assert said in str(caught.value)
    str(caught.value).encode()


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        (b"{", [""]),
        (b"NaN", [""]),
        (b'{"place": {"latitude": NaN, "longitude": 1e309}}', ["/place/latitude", "/place/longitude"]),
        (b'{"sessions": [{"a/b": 1}, {"a/b": -Infinity}]}', ["/sessions/1/a~1b"]),
        (b'{"group_size": {"max": 4, "max": 5}}', ["/group_size/max"]),
        (b'{"capacity": ' + b"9" * 5000 + b"}", ["/capacity"]),
        (b'{"a": {"b": NaN}, "a": 1}', ["/a"]),
    ],
)
def test_it_is_refused_at_its_pointer(body: bytes, pointers: list[str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_json(body)
    assert [problem.pointer for problem in caught.value.problems] == pointers


def test_nesting_up_to_the_limit_is_read() -> None:
    assert read_json(b"[" * DEPTH_MAX + b"]" * DEPTH_MAX)


def test_brackets_in_a_string_are_no_nesting() -> None:
    text = "[{" * 1000 + '"\\'
    assert read_json(json.dumps([text]).encode()) == [text]


def test_a_byte_order_mark_is_read_past() -> None:
    assert read_json(b"\xef\xbb\xbf{}") == {}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**300), 10**300) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)  # fmt: skip


@given(json_values)
def test_everything_else_is_read_as_it_was_written(value: Any) -> None:
    assert read_json(json.dumps(value).encode()) == value


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail_otherwise(body: bytes) -> None:
    with contextlib.suppress(InvalidInput):
        read_json(body)
