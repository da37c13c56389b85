"""Answers are remembered within bounds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.ports import Located, Precision
from matcher.geocoding.remembering import Answers

PLACE = Located(35.6, 139.5, "somewhere", Precision.address, "credit")


def test_the_one_asked_for_least_recently_goes_first() -> None:
    answers = Answers(lambda: 0.0, most=2)
    answers.keep(("a", "ja"), PLACE)
    answers.keep(("b", "ja"), PLACE)
    assert answers.get(("a", "ja"))
    answers.keep(("c", "ja"), PLACE)
    assert answers.get(("b", "ja")) is None
    assert answers.get(("a", "ja"))
    assert answers.get(("c", "ja"))


@given(st.lists(st.tuples(st.integers(0, 9), st.floats(0, 30)), max_size=60))
def test_an_answer_is_never_older_than_it_may_be_nor_are_there_too_many(
    asked: list[tuple[int, float]],
) -> None:
    now = 0.0
    answers = Answers(lambda: now, most=4, seconds=60)
    kept_at: dict[int, float] = {}
    for key, pause in asked:
        now += pause
        if answers.get((str(key), "ja")):
            assert now - kept_at[key] < 60
        else:
            answers.keep((str(key), "ja"), PLACE)
            kept_at[key] = now
        assert len(answers._kept) <= 4
