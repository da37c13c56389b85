"""What a worker does with an event: the effect once, whatever fails or comes again."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from dramatiq.middleware.time_limit import TimeLimitExceeded
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from matcher.domain.errors import Conflict, NotYet, TemporarilyUnavailable
from matcher.domain.events import Event, EventType
from matcher.services.outside import Outside
from matcher.storage import outbox
from matcher.workers.actors import Handler
from matcher.workers.subscriptions import SUBSCRIPTIONS, Reaction
from tests.builders import NOW, World
from tests.workers.handling import React, effect, effects, emit_one, row_of


def test_every_event_has_its_place_in_the_table() -> None:
    assert set(SUBSCRIPTIONS) == set(EventType)


def test_a_talk_comes_before_what_happens_inside(sqlite_world: World, react: React) -> None:
    world, heard = sqlite_world, []
    react(
        Reaction(
            talk=lambda _outside, _event: heard.append("talk"),
            inside=lambda _session, _event, _now: heard.append("inside"),
        )
    )
    world.handler.handle(emit_one(world))
    assert heard == ["talk", "inside"]


def test_an_event_has_its_effect_once_however_often_it_comes(world: World, react: React) -> None:
    react(Reaction(inside=effect))
    event_id = emit_one(world)
    for _ in range(3):
        world.handler.handle(event_id)
    row = row_of(world, event_id)
    assert (effects(world), row.done_at, row.executions, row.lease) == (1, NOW, 1, None)


def test_ten_handlers_at_once_have_one_effect(postgres_world: World, react: React) -> None:
    world = postgres_world
    react(Reaction(inside=effect))
    event_id = emit_one(world)
    gate = threading.Barrier(10)

    def handle() -> None:
        gate.wait(10)
        Handler(world.outside).handle(event_id)

    threads = [threading.Thread(target=handle) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (effects(world), row_of(world, event_id).executions) == (1, 1)


def test_what_is_not_there_is_dropped(sqlite_world: World) -> None:
    sqlite_world.handler.handle("no-such-event")


def test_a_late_copy_after_the_lease_was_lost_changes_nothing(world: World, react: React) -> None:
    """One handler sleeps through its lease; another does the work; the first wakes up."""
    other = Handler(world.outside)
    turns: list[str] = []

    def talk(_outside: Outside, event: Event) -> None:
        turns.append("talked")
        if len(turns) == 1:
            world.clock.advance(seconds=31)
            other.handle(event.id)

    react(Reaction(talk=talk, inside=effect))
    event_id = emit_one(world)
    world.handler.handle(event_id)
    row = row_of(world, event_id)
    assert turns == ["talked", "talked"]
    assert (effects(world), row.executions, row.done_at) == (1, 2, NOW + timedelta(seconds=31))


@pytest.mark.parametrize("wakes_up_with", [NotYet(NOW + timedelta(days=9), "later"), ValueError("broken")])
def test_a_late_copy_that_fails_changes_nothing_either(
    world: World, react: React, wakes_up_with: Exception
) -> None:
    other = Handler(world.outside)
    turns: list[str] = []

    def talk(_outside: Outside, event: Event) -> None:
        turns.append("talked")
        if len(turns) == 1:
            world.clock.advance(seconds=31)
            other.handle(event.id)
            raise wakes_up_with

    react(Reaction(talk=talk, inside=effect))
    event_id = emit_one(world)
    world.handler.handle(event_id)
    row = row_of(world, event_id)
    assert (effects(world), row.done_at, row.error) == (1, NOW + timedelta(seconds=31), None)


def test_a_wait_is_tidy_and_does_not_count(world: World, react: React) -> None:
    def wait(_session: Session, _event: Event, now: datetime) -> None:
        raise NotYet(now + timedelta(hours=1), "Outside the hours.")

    react(Reaction(inside=wait))
    event_id = emit_one(world)
    for hour in range(1, 8):
        world.handler.handle(event_id)
        row = row_of(world, event_id)
        assert (row.available_at, row.executions, row.lease) == (NOW + timedelta(hours=hour), 0, None)
        assert (row.postponements, row.error, row.done_at, row.dead_at) == (0, None, None, None)
        world.clock.advance(hours=1)


@pytest.mark.parametrize(
    "failure",
    [
        TemporarilyUnavailable("The map is away."),
        OperationalError("select", {}, Exception("database is locked")),
    ],
)
def test_what_passes_by_itself_is_tried_again_soon_and_does_not_count(
    world: World, react: React, failure: Exception
) -> None:
    left = [failure] * 7

    def fail_then_work(session: Session, event: Event, now: datetime) -> None:
        if left:
            raise left.pop()
        effect(session, event, now)

    react(Reaction(inside=fail_then_work))
    event_id = emit_one(world)
    for _ in range(7):
        world.handler.handle(event_id)
        assert row_of(world, event_id).executions == 0
        assert timedelta(0) < row_of(world, event_id).available_at - world.clock() <= timedelta(seconds=5)
        world.clock.now = row_of(world, event_id).available_at
    world.handler.handle(event_id)
    assert (effects(world), row_of(world, event_id).postponements) == (1, 7)


@pytest.mark.parametrize(
    "failure", [ValueError("haru@example.org"), Conflict("changed"), TimeLimitExceeded()]
)
def test_what_fails_untidily_leaves_nothing_counts_and_dies_after_five(
    world: World, react: React, failure: BaseException
) -> None:
    def fail(session: Session, event: Event, now: datetime) -> None:
        effect(session, event, now)
        session.flush()
        raise failure

    react(Reaction(inside=fail))
    event_id = emit_one(world)
    for tries in range(1, 6):
        assert row_of(world, event_id).dead_at is None
        world.handler.handle(event_id)
        assert row_of(world, event_id).executions == tries
        world.clock.now = row_of(world, event_id).available_at
    row = row_of(world, event_id)
    assert row.dead_at is not None
    assert (row.error or "").startswith(type(failure).__name__)
    assert effects(world) == 0
    world.handler.handle(event_id)
    assert row_of(world, event_id).executions == 5


def test_care_22_what_is_kept_of_a_failure_holds_no_personal_data(sqlite_world: World, react: React) -> None:
    def fail(_session: Session, _event: Event, _now: datetime) -> None:
        raise ValueError("haru@example.org lives at 35.63")

    react(Reaction(inside=fail))
    event_id = emit_one(sqlite_world)
    sqlite_world.handler.handle(event_id)
    error = row_of(sqlite_world, event_id).error or ""
    assert error.startswith("ValueError at actors.py:")  # our own last line on the way
    assert "haru" not in error


def test_a_replayed_event_has_its_effect(world: World, react: React) -> None:
    def fail(_session: Session, _event: Event, _now: datetime) -> None:
        raise ValueError

    react(Reaction(inside=fail))
    event_id = emit_one(world)
    for _ in range(5):
        world.handler.handle(event_id)
        world.clock.now = row_of(world, event_id).available_at
    react(Reaction(inside=effect))
    world.handler.handle(event_id)
    assert effects(world) == 0  # dead until a human says otherwise
    with world.database.writing() as session:
        assert outbox.replay(session, event_id, world.clock())
    world.handler.handle(event_id)
    assert (effects(world), row_of(world, event_id).dead_at) == (1, None)


def test_an_effect_that_cannot_be_marked_done_did_not_happen(world: World, react: React) -> None:
    def undone(session: Session, event: Event, now: datetime) -> None:
        effect(session, event, now)
        session.flush()
        session.execute(text("select * from no_such_table"))

    react(Reaction(inside=undone))
    event_id = emit_one(world)
    world.handler.handle(event_id)
    assert (effects(world), row_of(world, event_id).done_at) == (0, None)
