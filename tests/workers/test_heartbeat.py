"""A reaction that runs keeps its lease, one that hangs loses it, and what the database broke off is let go of."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from matcher.domain.events import Event
from matcher.services.outside import Outside
from matcher.storage import outbox
from matcher.storage.engine import Database
from matcher.workers import actors, subscriptions
from matcher.workers.actors import Handler
from matcher.workers.subscriptions import Reaction
from tests.builders import NOW, World
from tests.drills.wire import Wire
from tests.servers import PostgresServer
from tests.workers.handling import React, effect, effects, emit_one, row_of
from tests.worlds import At


@pytest.fixture
def beating(monkeypatch: pytest.MonkeyPatch, sqlite_world: World) -> Iterator[World]:
    """A world whose handler renews its leases very often."""
    monkeypatch.setattr(actors, "HEARTBEAT_SECONDS", 0.02)
    sqlite_world.handler.start()
    yield sqlite_world
    sqlite_world.handler.stop()


def _until(holds: Callable[[], Any], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come in time"
        time.sleep(0.01)


def test_a_running_reaction_keeps_its_lease(beating: World, react: React) -> None:
    world, seen = beating, []

    def talk(_outside: Outside, event: Event) -> None:
        for _ in range(3):  # three times a lease passes
            world.clock.advance(seconds=25)
            _until(lambda: (row_of(world, event.id).lease_until or NOW) == world.clock() + outbox.LEASE)
            Handler(world.outside).handle(event.id)
            seen.append(row_of(world, event.id).executions)

    react(Reaction(talk=talk))
    event_id = emit_one(world)
    world.handler.handle(event_id)
    assert seen == [1, 1, 1]
    assert row_of(world, event_id).done_at is not None


def test_a_reaction_that_hangs_for_good_loses_its_lease(
    beating: World, react: React, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = beating
    monkeypatch.setattr(actors, "TIME_LIMIT_SECONDS", 0.1)

    def talk(_outside: Outside, event: Event) -> None:
        time.sleep(0.3)
        until = row_of(world, event.id).lease_until
        world.clock.advance(seconds=25)
        time.sleep(0.2)
        assert row_of(world, event.id).lease_until == until

    react(Reaction(talk=talk))
    event_id = emit_one(world)
    world.handler.handle(event_id)
    assert row_of(world, event_id).error is None
    assert row_of(world, event_id).done_at is not None


@pytest.mark.parametrize("error", [PoolTimeout("QueuePool limit reached"), KeyError("unheard")])
def test_the_heart_goes_on_beating_whatever_went_wrong(
    beating: World, react: React, error: Exception
) -> None:
    world, failures = beating, list[str]()
    whole = world.database

    class Away:
        """A database that fails three times, as where its connections are all taken for a moment."""

        def __getattr__(self, name: str) -> Any:
            return getattr(whole, name)

        def writing(self) -> Any:
            if threading.current_thread().name == "leases" and len(failures) < 3:
                failures.append("away")
                raise error
            return whole.writing()

    world.handler._outside = replace(world.outside, database=Away())  # type: ignore[arg-type]

    def talk(_outside: Outside, event: Event) -> None:
        _until(lambda: len(failures) == 3)
        world.clock.advance(seconds=25)
        _until(lambda: row_of(world, event.id).lease_until == world.clock() + outbox.LEASE)

    react(Reaction(talk=talk))
    event_id = emit_one(world)
    world.handler.handle(event_id)
    assert row_of(world, event_id).done_at is not None


def test_care_22_logs_carry_ids_only(at: At, capsys: pytest.CaptureFixture[str]) -> None:
    world, invitation_id = at("sent")
    capsys.readouterr()
    world.answer(invitation_id, "accept")
    world.work()
    shown = capsys.readouterr()
    logged = shown.out + shown.err
    assert invitation_id in logged
    for secret in ("Haru", "@", "35.6", "garden", world.token(invitation_id)):
        assert secret not in logged


def test_the_table_is_read_where_it_stands() -> None:
    assert actors.SUBSCRIPTIONS is subscriptions.SUBSCRIPTIONS


@pytest.fixture
def cuttable(postgres_world: World, postgres_server: PostgresServer) -> Iterator[tuple[Handler, Wire]]:
    """A worker whose way to the database can be cut at a commit."""
    wire = Wire(postgres_server.port)
    url = postgres_world.database.url.set(port=wire.port).render_as_string(hide_password=False)
    database = Database(url, postgres_world.database.keyring)
    yield Handler(replace(postgres_world.outside, database=database)), wire
    database.close()
    wire.close()


@pytest.mark.servers
def test_what_failed_with_the_database_is_let_go_of_as_soon_as_that_is_back(
    postgres_world: World, cuttable: tuple[Handler, Wire], react: React
) -> None:
    handler, wire = cuttable

    def cut_twice(session: Session, event: Event, now: datetime) -> None:
        effect(session, event, now)
        wire.cut("before")  # the commit of the effect
        wire.cut("before")  # and that of its postponement

    react(Reaction(inside=cut_twice))
    event_id = emit_one(postgres_world)
    handler.handle(event_id)
    row = row_of(postgres_world, event_id)
    assert (wire.cuts, effects(postgres_world)) == (2, 0)
    assert (row.done_at, row.lease, row.executions) == (None, None, 0)


@pytest.mark.servers
def test_a_beginning_whose_answer_was_lost_holds_nothing_up(
    postgres_world: World, cuttable: tuple[Handler, Wire], react: React
) -> None:
    handler, wire = cuttable
    react(Reaction(inside=effect))
    event_id = emit_one(postgres_world)
    wire.cut("after")
    with pytest.raises(OperationalError):
        handler.handle(event_id)
    row = row_of(postgres_world, event_id)
    assert (wire.cuts, row.lease, row.executions) == (1, None, 0)
    handler.handle(event_id)
    assert row_of(postgres_world, event_id).done_at is not None
    assert effects(postgres_world) == 1
