"""Ids sort by when they were made, and say so in the standard's way."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from matcher.storage.tables import new_id

MANY = 20_000


def test_what_was_made_later_sorts_later_within_one_millisecond_too() -> None:
    made = [new_id() for _ in range(MANY)]
    assert made == sorted(made)
    assert len(set(made)) == MANY


def test_a_clock_set_back_or_standing_still_changes_no_order(monkeypatch: pytest.MonkeyPatch) -> None:
    before, now = new_id(), time.time_ns()
    for moment in (now, now, now - 3_600_000_000_000):
        monkeypatch.setattr(time, "time_ns", lambda moment=moment: moment)
        after = new_id()
        assert before < after
        before = after


def test_threads_make_no_id_twice() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = [
            one for some in pool.map(lambda _n: [new_id() for _ in range(500)], range(16)) for one in some
        ]
    assert len(set(made)) == len(made)


def test_it_is_a_version_7_of_now() -> None:
    one = uuid.UUID(new_id())
    assert (one.version, one.variant) == (7, uuid.RFC_4122)
    assert abs((one.int >> 80) - time.time_ns() // 1_000_000) < 60_000
