"""What people type is read as they mean it: a Japanese keyboard writes digits in full width."""

from __future__ import annotations

import pytest
from werkzeug.datastructures import MultiDict

from matcher.pages.typed import Answers
from matcher.services.access.accounts import deliverable


@pytest.mark.parametrize(
    ("typed", "meant"), [("１９９４", 1994), ("1994年", 1994), ("３ 人", 3), ("12", 12), ("", None)]
)
def test_a_number_is_read_in_any_width_and_with_its_unit(typed: str, meant: int | None) -> None:
    said = Answers(MultiDict({"number": typed}))
    assert (said.whole("number"), said.problems) == (meant, [])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("平成７年", 1995),
        ("昭和60年", 1985),
        ("S60", 1985),
        ("令和元年", 2019),
        ("大正15", 1926),
        ("１９９４年", 1994),
    ],
)
def test_a_year_is_read_as_japan_counts_it_too(typed: str, meant: int) -> None:
    assert Answers(MultiDict({"year": typed})).year("year") == meant


@pytest.mark.parametrize("typed", ["平安3年", "昭和", "K7"])
def test_what_is_no_year_is_refused(typed: str) -> None:
    said = Answers(MultiDict({"year": typed}))
    assert (said.year("year"), len(said.problems)) == (None, 1)


def test_degrees_are_read_in_any_width() -> None:
    assert Answers(MultiDict({"latitude": "３５．６５２"})).degrees("latitude") == 35.652


@pytest.mark.parametrize("typed", ["三", "12a", "１２－"])
def test_what_is_no_number_is_refused(typed: str) -> None:
    said = Answers(MultiDict({"number": typed}))
    assert said.whole("number") is None
    assert [problem.pointer for problem in said.problems] == ["/number"]


def test_a_mail_address_is_read_in_any_width() -> None:
    assert deliverable(" ｈａｒｕ＠example.org ") == "haru@example.org"


def test_words_stand_apart_by_lines_or_by_commas_and_sentences_by_lines_alone() -> None:
    typed = MultiDict({"topics.more": "園芸、野菜\ncats, trains，本;  \n"})
    assert Answers(typed).listed("topics", apart=True) == ("園芸", "野菜", "cats", "trains", "本")
    assert Answers(typed).listed("topics") == ("園芸、野菜", "cats, trains，本;")
