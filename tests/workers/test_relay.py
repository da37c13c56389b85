"""The relay sends what is due and nothing else, each once in a while, and keeps the house tidy."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from matcher.domain.events import EventType
from matcher.storage import outbox
from matcher.storage.tables import EventRow, new_id
from matcher.workers import relay as relays
from matcher.workers.relay import Relay
from tests.builders import NOW, World


def _emit(world: World, **when: Any) -> str:
    with world.database.writing() as session:
        return outbox.emit(session, EventType.matches_proposed, "x", {}, now=world.clock(), **when)


def _until(holds: Callable[[], Any], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come in time"
        time.sleep(0.01)


def test_it_sends_what_is_due_and_nothing_else(world: World) -> None:
    due, held, done, dead = (_emit(world) for _ in range(4))
    later = _emit(world, available_at=NOW + timedelta(seconds=1))
    with world.database.writing() as session:
        outbox.begin(session, held, NOW, new_id())
        outbox.begin(session, done, NOW, new_id())
        outbox.finish(session, done, NOW)
        session.get_one(EventRow, dead).dead_at = NOW
    sent: list[str] = []
    assert Relay(world.outside, sent.extend).look() == 1
    assert sent == [due]
    world.clock.advance(seconds=1)
    Relay(world.outside, sent.extend).look()
    assert sent == [due, due, later]


def test_what_is_on_its_way_is_not_sent_again_each_second(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, sent = sqlite_world, list[str]()
    first = _emit(world)
    relay = Relay(world.outside, sent.extend)
    for _ in range(3):
        relay.look()
    assert sent == [first]
    second = _emit(world)
    relay.look()
    assert sent == [first, second]
    monkeypatch.setattr(relays, "SENT_AGAIN_AFTER_SECONDS", 0.0)  # the message was lost
    relay.look()
    assert sorted(sent) == sorted([first, second] * 2)


def test_what_the_broker_did_not_take_is_sent_at_the_next_look(sqlite_world: World) -> None:
    event_id = _emit(sqlite_world)
    answers, sent = [False, True], list[str]()

    def send(event_ids: list[str]) -> bool:
        sent.extend(event_ids)
        return answers.pop(0)

    relay = Relay(sqlite_world.outside, send)
    relay.look()
    relay.look()
    relay.look()
    assert sent == [event_id, event_id]


def test_it_looks_by_itself_until_it_is_stopped(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relays, "LOOKS_EVERY_SECONDS", 0.01)
    sent: list[str] = []
    relay = Relay(sqlite_world.outside, sent.extend)
    relay.start()
    try:
        event_id = _emit(sqlite_world)
        _until(lambda: event_id in sent)
    finally:
        relay.stop()
    count = len(sent)
    _emit(sqlite_world)
    time.sleep(0.05)
    assert len(sent) == count


@pytest.mark.parametrize("error", [OperationalError("select", {}, Exception("gone")), KeyError("unheard")])
def test_it_goes_on_whatever_went_wrong(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(relays, "LOOKS_EVERY_SECONDS", 0.01)
    whole, failures, sent = sqlite_world.database, list[str](), list[str]()

    class Away:
        """A database that fails three times."""

        def __getattr__(self, name: str) -> Any:
            return getattr(whole, name)

        def reading(self) -> Any:
            if len(failures) < 3:
                failures.append("away")
                raise error
            return whole.reading()

    relay = Relay(replace(sqlite_world.outside, database=Away()), sent.extend)  # type: ignore[arg-type]
    relay.start()
    try:
        event_id = _emit(sqlite_world)
        _until(lambda: event_id in sent)
    finally:
        relay.stop()
    assert len(failures) == 3


def test_it_sets_aside_what_five_starts_did_not_end(sqlite_world: World) -> None:
    world, event_id = sqlite_world, _emit(sqlite_world)
    for _ in range(5):
        with world.database.writing() as session:
            assert outbox.begin(session, event_id, world.clock(), new_id())
        world.clock.advance(seconds=31)
    Relay(world.outside, lambda _ids: None).tidy()
    with world.database.reading() as session:
        assert session.get_one(EventRow, event_id).dead_at == world.clock()


def test_it_begins_the_night_once_a_date(sqlite_world: World) -> None:
    world = sqlite_world
    relays_of_two_processes = [Relay(world.outside, lambda _ids: None) for _ in range(2)]
    for _ in range(2):
        for relay in relays_of_two_processes:
            relay.tidy()
    world.clock.advance(days=1)
    relays_of_two_processes[1].tidy()
    with world.database.reading() as session:
        payloads = session.scalars(select(EventRow.payload).where(EventRow.type == "sweep.due")).all()
    assert [one["due_on"] for one in payloads] == ["2026-11-23", "2026-11-24"]
