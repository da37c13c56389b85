"""Words written by others hold nothing invisible when they come in."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.text import UnfitText, clean_line, clean_text, plain_line

EVERYTHING = st.text(st.characters(exclude_categories=()), max_size=60)


def test_white_space_and_zero_width_marks_around_a_line_go() -> None:
    assert clean_line(" \u3000\ufeff\u200b 畑の会\u200b \t\n", max_length=5) == "畑の会"


def test_accents_are_joined_before_counting() -> None:
    assert clean_line("か\u3099" * 5, max_length=5) == "がががが" + "が"


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("a\0b", "a NUL"),
        ("a\nb", "a line break"),
        ("a\rb", "a line break"),
        ("a\u2028b", "a line break"),
        ("a\tb", "a control character"),
        ("a\x1bb", "a control character"),
        ("a\x7fb", "a control character"),
        ("a\ud800b", "half of a surrogate pair"),
        ("a\u202eb", "a change of writing direction"),
        ("a\u2067b", "a change of writing direction"),
    ],
)
def test_a_line_names_what_has_no_place_in_it_and_where(value: str, what: str) -> None:
    with pytest.raises(UnfitText, match=rf"It holds {what} \(U\+[0-9A-F]{{4}}\) at character 2;"):
        clean_line(value, max_length=10)


def test_of_a_line_kept_before_it_was_looked_at_only_what_has_no_place_goes() -> None:
    assert plain_line("畑\r\nの\0会\u202e \ud800 Zwölf") == "畑  の 会    Zwölf"


def test_a_text_keeps_its_lines_with_one_kind_of_line_break() -> None:
    assert clean_text("一\r\n二\r三\u2028四\n\n五\t六\n", max_length=20) == "一\n二\n三\n四\n\n五\t六"


@pytest.mark.parametrize("value", ["a\0b", "a\x07b", "a\ud800b", "a\u202eb", "a\vb"])
def test_a_text_refuses_what_a_line_refuses_except_line_breaks_and_tabs(value: str) -> None:
    with pytest.raises(UnfitText):
        clean_text(value, max_length=10)


@pytest.mark.parametrize("clean", [clean_line, clean_text])
def test_a_text_that_is_too_long_is_told_how_much_fits(clean: Callable[..., str]) -> None:
    assert clean("あ" * 7, max_length=7) == "あ" * 7
    with pytest.raises(UnfitText, match="at most 7 characters"):
        clean("あ" * 8, max_length=7)
    with pytest.raises(UnfitText, match="at most 7 characters"):
        clean("\u0315\u0300" * 500_000, max_length=7)


@pytest.mark.parametrize("clean", [clean_line, clean_text])
def test_a_heap_of_accents_is_refused_before_it_costs_time(clean: Callable[..., str]) -> None:
    assert clean("a" + "\u0300" * 30, max_length=100)
    with pytest.raises(UnfitText, match="more than 30 accents"):
        clean("a" + "\u0315\u0300" * 1_000_000, max_length=1_000_000)


@given(EVERYTHING)
def test_what_comes_through_is_clean_and_stays_as_it_is(value: str) -> None:
    try:
        line = clean_line(value, max_length=50)
    except UnfitText:
        return
    assert clean_line(line, max_length=50) == line
    assert not any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in line)
    assert clean_text(value, max_length=50) == line
    line.encode("utf-8")
