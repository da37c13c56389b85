"""Bars share one scale, and what is not told has none."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from matcher.pages.drawing.bars import bars

NUMBERS = st.lists(st.one_of(st.none(), st.integers(0, 10_000)), max_size=8)


@given(NUMBERS)
def test_lengths_follow_the_numbers_and_the_widest_fills_the_row(numbers: list[int | None]) -> None:
    lengths = bars(numbers)
    told = [number for number in numbers if number is not None]
    assert [length is None for length in lengths] == [number is None for number in numbers]
    if any(told):
        assert max(length for length in lengths if length is not None) == 100.0
    for number, length in zip(numbers, lengths, strict=True):
        assert number is None or (length is not None and 0 <= length <= 100)


def test_half_of_the_most_is_half_as_long() -> None:
    assert bars([10, 20, None]) == (50.0, 100.0, None)
