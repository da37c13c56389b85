"""Counting tries: how many are free, how long the next one waits, and that a crowd counts as a crowd."""

from __future__ import annotations

import threading
from collections import Counter as Tally
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from matcher.domain.errors import TooManyTries
from matcher.services.access import tries
from matcher.services.access.tries import Counter, wait_after
from matcher.storage.tables import TriesRow
from tests.builders import World

THREE = Counter("somebody@example.org", 3)


def _try(world: World, *counters: Counter) -> None:
    with world.database.writing() as session:
        tries.count(session, counters or [THREE], world.clock())


@given(st.integers(min_value=0, max_value=10_000), st.integers(min_value=1, max_value=50))
def test_waits_grow_and_never_lock_out_for_good(count: int, free: int) -> None:
    assert wait_after(count, free) <= wait_after(count + 1, free) <= tries.LONGEST_WAIT
    assert bool(wait_after(count, free)) == (count >= free)


def test_after_the_free_tries_the_next_one_waits(world: World) -> None:
    for _ in range(3):
        _try(world)
    with pytest.raises(TooManyTries) as refusal:
        _try(world)
    assert refusal.value.until == world.clock() + tries.FIRST_WAIT
    world.clock.advance(seconds=29)
    with pytest.raises(TooManyTries):
        _try(world)
    world.clock.advance(seconds=1)
    _try(world)
    with pytest.raises(TooManyTries) as refusal:
        _try(world)
    assert refusal.value.until == world.clock() + 2 * tries.FIRST_WAIT


def test_a_refused_try_is_not_counted_by_any_counter(world: World) -> None:
    wide = Counter("wide", 100)
    for _ in range(3):
        _try(world, THREE, wide)
    for _ in range(5):
        with pytest.raises(TooManyTries):
            _try(world, THREE, wide)
    with world.database.reading() as session:
        assert sorted(session.scalars(select(TriesRow.tries))) == [3, 3]


def test_a_right_try_takes_the_count_back(world: World) -> None:
    for _ in range(3):
        _try(world)
    with world.database.writing() as session:
        tries.forget(session, [THREE])
    _try(world)


def test_a_day_later_everything_is_forgotten(world: World) -> None:
    for _ in range(3):
        _try(world)
    world.clock.advance(hours=24)
    _try(world, Counter("another", 1))
    with world.database.reading() as session:
        assert len(session.scalars(select(TriesRow)).all()) == 1


def test_a_counter_that_another_try_made_and_took_away_meanwhile_is_made_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    really, refused = Session.begin_nested, []

    def refused_at_first(session: Session) -> Any:
        if not refused:
            refused.append(session)
            raise IntegrityError("insert", {}, Exception("It is there already."))
        return really(session)

    monkeypatch.setattr(Session, "begin_nested", refused_at_first)
    with world.database.writing() as session:
        tries.count(session, [Counter("somebody", 3)], world.clock())
    with world.database.reading() as session:
        assert session.scalars(select(TriesRow.tries)).all() == [1]


def test_care_22_the_table_names_nobody(world: World) -> None:
    _try(world)
    with world.database.reading() as session:
        assert "somebody" not in session.scalars(select(TriesRow.key)).one()


def test_a_crowd_at_once_gets_no_more_than_the_free_tries(world: World) -> None:
    results: list[str] = []

    def knock() -> None:
        try:
            _try(world)
            results.append("counted")
        except TooManyTries:
            results.append("waits")

    threads = [threading.Thread(target=knock) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert Tally(results) == {"counted": 3, "waits": 5}


def test_the_first_wait_is_short_enough_to_sit_out() -> None:
    assert wait_after(3, 3) == timedelta(seconds=30)
