"""Real dramatiq workers in one process and over Valkey: the broker wakes them up, and losing it loses nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import func, select

from matcher.domain.events import EventType
from matcher.storage import outbox
from matcher.storage.tables import EventRow
from matcher.workers import relay as relays
from matcher.workers.actors import Handler
from matcher.workers.broker import Nudger, declare, make_broker, start_consuming
from matcher.workers.relay import Relay
from tests.builders import World
from tests.local_server import LOOPBACK, free_port
from tests.servers import ValkeyServer


@pytest.fixture(params=["stub", "valkey"])
def redis_url(request: pytest.FixtureRequest) -> str | None:
    """Where the broker is: in this process, or a real Valkey."""
    return None if request.param == "stub" else str(request.getfixturevalue("valkey_url"))


@contextmanager
def _working(world: World, redis_url: str | None, *, with_relay: bool = True) -> Iterator[Nudger]:
    """Worker threads, and the relay beside them, as one process runs them."""
    broker = make_broker(redis_url)
    handler = Handler(world.outside)
    declare(broker, handler.handle)
    nudger = Nudger(broker)
    relay = Relay(world.outside, nudger)
    world.database.nudge = nudger
    worker = start_consuming(broker, threads=2)
    if with_relay:
        relay.start()
    try:
        yield nudger
    finally:
        if with_relay:
            relay.stop()
        worker.stop(timeout=10_000)
        broker.close()
        world.database.nudge = lambda _ids: None


def _until(holds: Callable[[], Any], seconds: float = 30.0) -> float:
    begin = time.monotonic()
    while not holds():
        assert time.monotonic() < begin + seconds, "it did not come in time"
        time.sleep(0.01)
    return time.monotonic() - begin


def _open(world: World) -> int:
    with world.database.reading() as session:
        return session.scalar(
            select(func.count()).select_from(EventRow).where(
                EventRow.done_at.is_(None), EventRow.available_at <= world.clock()
            )
        ) or 0  # fmt: skip


def _emit(world: World) -> str:
    with world.database.writing() as session:
        return outbox.emit(session, EventType.matches_proposed, "x", {}, now=world.clock())


def test_the_story_is_played_by_workers(sqlite_world: World, redis_url: str | None) -> None:
    world = sqlite_world
    with _working(world, redis_url):
        world.an_opportunity()
        person_id = world.a_person()
        _until(lambda: world.matches(person_id))
        invitation_id = world.approve(world.matches(person_id)[0].id).id
        _until(lambda: world.invitation(invitation_id).state == "sent")
        world.answer(invitation_id, "accept")
        _until(lambda: world.letters("izumi@example.org"))
        _until(lambda: _open(world) == 0)
    with world.database.reading() as session:
        assert session.scalars(select(EventRow.id).where(EventRow.executions > 1)).all() == []


def test_a_commit_wakes_the_workers_without_the_relay(sqlite_world: World, redis_url: str | None) -> None:
    with _working(sqlite_world, redis_url, with_relay=False):
        _emit(sqlite_world)
        _until(lambda: _open(sqlite_world) == 0)


def test_without_a_message_the_relay_finds_it(sqlite_world: World, redis_url: str | None) -> None:
    world = sqlite_world
    with _working(world, redis_url):
        world.database.nudge = lambda _ids: None  # every message after a commit is lost
        for _ in range(20):
            _emit(world)
        _until(lambda: _open(world) == 0)


def test_an_event_sent_many_times_is_begun_once(sqlite_world: World, redis_url: str | None) -> None:
    world = sqlite_world
    event_id = _emit(world)
    with _working(world, redis_url, with_relay=False) as nudger:
        assert nudger([event_id] * 30)
        _until(lambda: _open(world) == 0)
        another = _emit(world)
        nudger([another])
        _until(lambda: _open(world) == 0)
    with world.database.reading() as session:
        assert session.get_one(EventRow, event_id).executions == 1


def test_a_flushed_broker_loses_nothing(
    sqlite_world: World, valkey_server: ValkeyServer, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = sqlite_world
    monkeypatch.setattr(relays, "SENT_AGAIN_AFTER_SECONDS", 0.2)
    monkeypatch.setattr(relays, "LOOKS_EVERY_SECONDS", 0.1)
    broker = make_broker(valkey_url)
    declare(broker, lambda _event_id: None)
    world.database.nudge = Nudger(broker)
    for _ in range(50):
        _emit(world)
    assert broker.client.llen("matcher:events") == 50  # type: ignore[attr-defined]
    valkey_server.flush()
    broker.close()
    assert _open(world) == 50
    with _working(world, valkey_url):
        _until(lambda: _open(world) < 50)
        valkey_server.flush()  # and once more in the middle of it
        for _ in range(20):
            _emit(world)
        valkey_server.flush()
        _until(lambda: _open(world) == 0)


def test_posting_commits_quickly_while_the_broker_is_away(sqlite_world: World) -> None:
    world = sqlite_world
    world.an_organisation()
    broker = make_broker(f"redis://{LOOPBACK}:{free_port()}/0")
    nudger = Nudger(broker)
    world.database.nudge = nudger
    begin = time.monotonic()
    opportunity_id = world.an_opportunity(title="Committed all the same")
    for _ in range(10):
        _emit(world)
    assert time.monotonic() - begin < 3  # one short wait at most, then none
    assert not nudger(["x"])
    world.database.nudge = lambda _ids: None
    person_id = world.a_person()
    world.work()
    assert [match.opportunity_id for match in world.matches(person_id)] == [opportunity_id]


def test_it_goes_on_when_the_broker_comes_back(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matcher.workers.broker.SILENT_SECONDS", 0.1)
    world, valkey = sqlite_world, ValkeyServer()
    try:
        with _working(world, valkey.url):
            _emit(world)
            _until(lambda: _open(world) == 0)
            valkey.kill()
            for _ in range(5):
                _emit(world)
            valkey.start()
            _until(lambda: _open(world) == 0)
    finally:
        valkey.close()


def test_care_22_messages_carry_ids_only(sqlite_world: World, valkey_url: str) -> None:
    world = sqlite_world
    broker = make_broker(valkey_url)
    declare(broker, lambda _event_id: None)
    world.database.nudge = Nudger(broker)
    world.an_opportunity()
    world.a_person()
    client = broker.client  # type: ignore[attr-defined]
    messages = b" ".join(client.hgetall("matcher:events.msgs").values()).decode()
    with world.database.reading() as session:
        ids = list(session.scalars(select(EventRow.id)))
    broker.close()
    assert ids
    assert all(one in messages for one in ids)
    for secret in ("Haru", "@", "garden", "35.6"):
        assert secret not in messages
