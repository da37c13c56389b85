"""The outbox: one row says what is due, who holds it, how often it was begun and whether it is done."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from matcher.domain.events import Event, EventType
from matcher.storage import outbox
from matcher.storage.tables import EventRow, new_id
from tests.builders import NOW, World

SECOND = timedelta(seconds=1)


@pytest.fixture
def event_id(world: World) -> str:
    """An event that is due now."""
    return _emit(world)


def _emit(world: World, available_at: datetime | None = None) -> str:
    with world.database.writing() as session:
        return outbox.emit(
            session, EventType.sweep_due, "sweep:x", {"due_on": "x"}, now=NOW, available_at=available_at
        )


def _begin(world: World, event_id: str, now: datetime = NOW) -> str | None:
    with world.database.writing() as session:
        begun = outbox.begin(session, event_id, now, lease := new_id())
        assert begun is None or begun.id == event_id
        return None if begun is None else lease


def _begun(world: World, event_id: str, now: datetime = NOW) -> str:
    lease = _begin(world, event_id, now)
    assert lease is not None
    return lease


def _lock(world: World, event_id: str, lease: str) -> Event | None:
    with world.database.writing() as session:
        return outbox.lock(session, event_id, lease)


def _postpone(world: World, event_id: str, lease: str, until: datetime, reason: str | None = None) -> None:
    with world.database.writing() as session:
        outbox.postpone(session, event_id, lease, until, reason)


def _due(world: World, now: datetime = NOW, limit: int = 10) -> list[str]:
    with world.database.reading() as session:
        return list(outbox.due(session, now, limit))


def _row(world: World, event_id: str) -> EventRow:
    with world.database.reading() as session:
        return session.get_one(EventRow, event_id)


def test_a_due_event_is_begun_once_and_held(world: World, event_id: str) -> None:
    lease = _begun(world, event_id)
    assert _begin(world, event_id) is None
    assert _due(world) == []
    assert _begin(world, event_id, NOW + outbox.LEASE) is None  # to the last moment of the lease
    row = _row(world, event_id)
    assert (row.executions, row.lease, row.lease_until) == (1, lease, NOW + outbox.LEASE)


def test_nothing_is_begun_before_it_is_due(world: World) -> None:
    event_id = _emit(world, NOW + SECOND)
    assert _due(world) == []
    assert _begin(world, event_id) is None
    assert _due(world, NOW + SECOND) == [event_id]
    assert _begin(world, event_id, NOW + SECOND) is not None


def test_what_is_unknown_is_dropped(world: World) -> None:
    assert _begin(world, "no-such-event") is None


def test_a_lease_that_ran_out_is_taken_over_and_the_late_one_finds_nothing(
    world: World, event_id: str
) -> None:
    late = _begun(world, event_id)
    later = NOW + outbox.LEASE + SECOND
    assert _due(world, later) == [event_id]
    new = _begun(world, event_id, later)
    assert _lock(world, event_id, late) is None
    locked = _lock(world, event_id, new)
    assert locked is not None
    assert (locked.id, locked.type, locked.subject("due_on")) == (event_id, EventType.sweep_due, "x")
    assert _row(world, event_id).executions == 2


def test_a_late_one_can_neither_postpone_nor_give_up_nor_renew(world: World, event_id: str) -> None:
    late = _begun(world, event_id)
    later = NOW + outbox.LEASE + SECOND
    _begun(world, event_id, later)
    before = _row(world, event_id)
    _postpone(world, event_id, late, NOW + timedelta(days=1))
    with world.database.writing() as session:
        outbox.give_up(session, event_id, late, "late", later)
        outbox.renew(session, [late], later + timedelta(hours=1))
    after = _row(world, event_id)
    for column in ("available_at", "lease", "lease_until", "executions", "error"):
        assert getattr(after, column) == getattr(before, column)


def test_a_renewed_lease_is_held_longer(world: World, event_id: str) -> None:
    lease = _begun(world, event_id)
    with world.database.writing() as session:
        outbox.renew(session, [lease], NOW + outbox.LEASE - SECOND)
    assert _begin(world, event_id, NOW + outbox.LEASE + SECOND) is None
    assert _begin(world, event_id, NOW + timedelta(seconds=51)) is not None


def test_what_is_done_is_never_begun_or_locked_again(world: World, event_id: str) -> None:
    lease = _begun(world, event_id)
    with world.database.writing() as session:
        outbox.finish(session, event_id, NOW)
    assert _lock(world, event_id, lease) is None
    assert _begin(world, event_id, NOW + timedelta(days=1)) is None
    assert _due(world, NOW + timedelta(days=1)) == []
    with world.database.writing() as session:
        assert not outbox.replay(session, event_id, NOW)


def test_a_tidy_wait_does_not_count(world: World, event_id: str) -> None:
    moment = NOW
    for _ in range(20):
        lease = _begun(world, event_id, moment)
        moment += timedelta(hours=1)
        _postpone(world, event_id, lease, moment)
    row = _row(world, event_id)
    assert (row.executions, row.postponements, row.available_at, row.error) == (0, 0, moment, None)
    _postpone(world, event_id, _begun(world, event_id, moment), moment, "The mail server answered 421.")
    row = _row(world, event_id)
    assert (row.executions, row.postponements, row.error) == (0, 1, "The mail server answered 421.")


def test_five_starts_that_never_ended_make_it_dead(world: World, event_id: str) -> None:
    moment = NOW
    for _ in range(outbox.MAX_EXECUTIONS):
        _begun(world, event_id, moment)
        moment += outbox.LEASE + SECOND
    assert outbox.MAX_EXECUTIONS == 5
    assert _begin(world, event_id, moment) is None  # not a sixth time
    with world.database.writing() as session:
        assert outbox.bury(session, moment - outbox.LEASE) == 0  # the fifth may still be at work
        assert outbox.bury(session, moment) == 1
        assert outbox.bury(session, moment) == 0
        assert [row.id for row in outbox.dead(session)] == [event_id]
    assert _due(world, moment) == []


def test_four_starts_that_never_ended_do_not(world: World, event_id: str) -> None:
    moment = NOW
    for _ in range(outbox.MAX_EXECUTIONS - 1):
        _begun(world, event_id, moment)
        moment += outbox.LEASE + SECOND
    with world.database.writing() as session:
        assert outbox.bury(session, moment) == 0
    assert _begin(world, event_id, moment) is not None


def test_failures_wait_longer_each_time_and_the_fifth_is_the_last(world: World, event_id: str) -> None:
    moment, waits = NOW, []
    for _ in range(outbox.MAX_EXECUTIONS):
        lease = _begun(world, event_id, moment)
        with world.database.writing() as session:
            outbox.give_up(session, event_id, lease, "ValueError at some.py:1", moment)
        row = _row(world, event_id)
        waits.append((row.available_at - moment).total_seconds())
        moment = row.available_at
    assert waits == sorted(waits)
    assert waits[0] >= 1
    assert row.dead_at is not None
    assert row.error == "ValueError at some.py:1"
    assert _begin(world, event_id, moment + timedelta(days=1)) is None


def test_a_dead_event_can_be_replayed(world: World, event_id: str) -> None:
    woken: list[str] = []
    moment = NOW
    for _ in range(outbox.MAX_EXECUTIONS):
        _begun(world, event_id, moment)
        moment += outbox.LEASE + SECOND
    with world.database.writing() as session:
        outbox.bury(session, moment)
    world.database.nudge = woken.extend
    with world.database.writing() as session:
        assert outbox.replay(session, event_id, moment)
        assert not outbox.replay(session, "no-such-event", moment)
    assert woken == [event_id]
    row = _row(world, event_id)
    assert (row.executions, row.dead_at, row.available_at) == (0, None, moment)
    assert _begin(world, event_id, moment) is not None


def test_a_living_event_is_not_replayed(world: World, event_id: str) -> None:
    _begun(world, event_id)
    with world.database.writing() as session:
        assert not outbox.replay(session, event_id, NOW)
    assert _row(world, event_id).executions == 1


def test_the_oldest_are_due_first_and_no_more_than_asked(world: World) -> None:
    ids = [_emit(world, NOW - minutes * timedelta(minutes=1)) for minutes in (1, 3, 2)]
    assert _due(world) == [ids[1], ids[2], ids[0]]
    assert _due(world, limit=2) == [ids[1], ids[2]]


def test_waits_grow_and_then_stay() -> None:
    waits = [outbox.backoff_seconds(tries) for tries in range(20)]
    assert waits == sorted(waits)
    assert waits[-1] == waits[-5] <= 3600


def test_an_event_keeps_who_it_is_about_and_in_which_version(world: World) -> None:
    with world.database.writing() as session:
        event_id = outbox.emit(
            session, EventType.person_paused, "person:1", {"person_id": "1"}, now=NOW, version=7
        )
    with world.database.reading() as session:
        event = outbox.event_of(session.get_one(EventRow, event_id))
    assert (event.aggregate, event.aggregate_version, event.available_at) == ("person:1", 7, NOW)
