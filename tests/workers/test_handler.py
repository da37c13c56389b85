"""What a worker does with an event: the effect once, whatever fails, sleeps or is killed around it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from dramatiq.middleware.time_limit import TimeLimitExceeded
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from matcher.domain.errors import Conflict, NotYet, TemporarilyUnavailable
from matcher.domain.events import Event, EventType
from matcher.services.outside import Outside
from matcher.storage import outbox
from matcher.storage.engine import Database
from matcher.storage.tables import EventRow, TeamRow
from matcher.workers import actors, subscriptions
from matcher.workers.actors import Handler
from matcher.workers.subscriptions import SUBSCRIPTIONS, Reaction
from tests.builders import NOW, World
from tests.drills.wire import Wire
from tests.servers import PostgresServer
from tests.worlds import At

React = Callable[[Reaction], None]


@pytest.fixture
def react(monkeypatch: pytest.MonkeyPatch) -> React:
    """Let the nightly event do something else: these tests are about the worker, whatever the reaction."""

    def set_to(reaction: Reaction) -> None:
        monkeypatch.setattr(actors, "SUBSCRIPTIONS", {**SUBSCRIPTIONS, EventType.sweep_due: reaction})

    return set_to


def _emit(world: World) -> str:
    with world.database.writing() as session:
        return outbox.emit(session, EventType.sweep_due, "sweep:x", {"due_on": "x"}, now=world.clock())


def _row(world: World, event_id: str) -> EventRow:
    with world.database.reading() as session:
        return session.get_one(EventRow, event_id)


def _effects(world: World) -> int:
    with world.database.reading() as session:
        return len(list(session.scalars(select(TeamRow.id).where(TeamRow.name == "effect"))))


def _effect(session: Session, _event: Event, now: datetime) -> None:
    session.add(TeamRow(name="effect", created_at=now))


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
    world.handler.handle(_emit(world))
    assert heard == ["talk", "inside"]


def test_an_event_has_its_effect_once_however_often_it_comes(world: World, react: React) -> None:
    react(Reaction(inside=_effect))
    event_id = _emit(world)
    for _ in range(3):
        world.handler.handle(event_id)
    row = _row(world, event_id)
    assert (_effects(world), row.done_at, row.executions, row.lease) == (1, NOW, 1, None)


def test_ten_handlers_at_once_have_one_effect(postgres_world: World, react: React) -> None:
    world = postgres_world
    react(Reaction(inside=_effect))
    event_id = _emit(world)
    gate = threading.Barrier(10)

    def handle() -> None:
        gate.wait(10)
        Handler(world.outside).handle(event_id)

    threads = [threading.Thread(target=handle) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (_effects(world), _row(world, event_id).executions) == (1, 1)


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

    react(Reaction(talk=talk, inside=_effect))
    event_id = _emit(world)
    world.handler.handle(event_id)
    row = _row(world, event_id)
    assert turns == ["talked", "talked"]
    assert (_effects(world), row.executions, row.done_at) == (1, 2, NOW + timedelta(seconds=31))


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

    react(Reaction(talk=talk, inside=_effect))
    event_id = _emit(world)
    world.handler.handle(event_id)
    row = _row(world, event_id)
    assert (_effects(world), row.done_at, row.error) == (1, NOW + timedelta(seconds=31), None)


def test_a_wait_is_tidy_and_does_not_count(world: World, react: React) -> None:
    def wait(_session: Session, _event: Event, now: datetime) -> None:
        raise NotYet(now + timedelta(hours=1), "Outside the hours.")

    react(Reaction(inside=wait))
    event_id = _emit(world)
    for hour in range(1, 8):
        world.handler.handle(event_id)
        row = _row(world, event_id)
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
        _effect(session, event, now)

    react(Reaction(inside=fail_then_work))
    event_id = _emit(world)
    for _ in range(7):
        world.handler.handle(event_id)
        assert _row(world, event_id).executions == 0
        assert timedelta(0) < _row(world, event_id).available_at - world.clock() <= timedelta(seconds=5)
        world.clock.now = _row(world, event_id).available_at
    world.handler.handle(event_id)
    assert (_effects(world), _row(world, event_id).postponements) == (1, 7)


@pytest.mark.parametrize(
    "failure", [ValueError("haru@example.org"), Conflict("changed"), TimeLimitExceeded()]
)
def test_what_fails_untidily_leaves_nothing_counts_and_dies_after_five(
    world: World, react: React, failure: BaseException
) -> None:
    def fail(session: Session, event: Event, now: datetime) -> None:
        _effect(session, event, now)
        session.flush()
        raise failure

    react(Reaction(inside=fail))
    event_id = _emit(world)
    for tries in range(1, 6):
        assert _row(world, event_id).dead_at is None
        world.handler.handle(event_id)
        assert _row(world, event_id).executions == tries
        world.clock.now = _row(world, event_id).available_at
    row = _row(world, event_id)
    assert row.dead_at is not None
    assert (row.error or "").startswith(type(failure).__name__)
    assert _effects(world) == 0
    world.handler.handle(event_id)
    assert _row(world, event_id).executions == 5


def test_care_22_what_is_kept_of_a_failure_holds_no_personal_data(sqlite_world: World, react: React) -> None:
    def fail(_session: Session, _event: Event, _now: datetime) -> None:
        raise ValueError("haru@example.org lives at 35.63")

    react(Reaction(inside=fail))
    event_id = _emit(sqlite_world)
    sqlite_world.handler.handle(event_id)
    error = _row(sqlite_world, event_id).error or ""
    assert error.startswith("ValueError at test_handler.py:")
    assert "haru" not in error


def test_a_replayed_event_has_its_effect(world: World, react: React) -> None:
    def fail(_session: Session, _event: Event, _now: datetime) -> None:
        raise ValueError

    react(Reaction(inside=fail))
    event_id = _emit(world)
    for _ in range(5):
        world.handler.handle(event_id)
        world.clock.now = _row(world, event_id).available_at
    react(Reaction(inside=_effect))
    world.handler.handle(event_id)
    assert _effects(world) == 0  # dead until a human says otherwise
    with world.database.writing() as session:
        assert outbox.replay(session, event_id, world.clock())
    world.handler.handle(event_id)
    assert (_effects(world), _row(world, event_id).dead_at) == (1, None)


def test_an_effect_that_cannot_be_marked_done_did_not_happen(world: World, react: React) -> None:
    def undone(session: Session, event: Event, now: datetime) -> None:
        _effect(session, event, now)
        session.flush()
        session.execute(text("select * from no_such_table"))

    react(Reaction(inside=undone))
    event_id = _emit(world)
    world.handler.handle(event_id)
    assert (_effects(world), _row(world, event_id).done_at) == (0, None)


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
            _until(lambda: (_row(world, event.id).lease_until or NOW) == world.clock() + outbox.LEASE)
            Handler(world.outside).handle(event.id)
            seen.append(_row(world, event.id).executions)

    react(Reaction(talk=talk))
    event_id = _emit(world)
    world.handler.handle(event_id)
    assert seen == [1, 1, 1]
    assert _row(world, event_id).done_at is not None


def test_a_reaction_that_hangs_for_good_loses_its_lease(
    beating: World, react: React, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = beating
    monkeypatch.setattr(actors, "TIME_LIMIT_SECONDS", 0.1)

    def talk(_outside: Outside, event: Event) -> None:
        time.sleep(0.3)
        until = _row(world, event.id).lease_until
        world.clock.advance(seconds=25)
        time.sleep(0.2)
        assert _row(world, event.id).lease_until == until

    react(Reaction(talk=talk))
    event_id = _emit(world)
    world.handler.handle(event_id)
    assert _row(world, event_id).error is None
    assert _row(world, event_id).done_at is not None


def test_the_heart_goes_on_beating_after_the_database_was_away(beating: World, react: React) -> None:
    world, failures = beating, []
    whole = world.database

    class Away:
        """A database whose connections are all taken for a moment."""

        def __getattr__(self, name: str) -> Any:
            return getattr(whole, name)

        def writing(self) -> Any:
            if threading.current_thread().name == "leases" and len(failures) < 3:
                from sqlalchemy.exc import TimeoutError as PoolTimeout  # noqa: PLC0415

                failures.append("away")
                raise PoolTimeout("QueuePool limit reached")
            return whole.writing()

    world.handler._outside = replace(world.outside, database=Away())  # type: ignore[arg-type]

    def talk(_outside: Outside, event: Event) -> None:
        _until(lambda: len(failures) == 3)
        world.clock.advance(seconds=25)
        _until(lambda: _row(world, event.id).lease_until == world.clock() + outbox.LEASE)

    react(Reaction(talk=talk))
    event_id = _emit(world)
    world.handler.handle(event_id)
    assert _row(world, event_id).done_at is not None


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
        _effect(session, event, now)
        wire.cut("before")  # the commit of the effect
        wire.cut("before")  # and that of its postponement

    react(Reaction(inside=cut_twice))
    event_id = _emit(postgres_world)
    handler.handle(event_id)
    row = _row(postgres_world, event_id)
    assert (wire.cuts, _effects(postgres_world)) == (2, 0)
    assert (row.done_at, row.lease, row.executions) == (None, None, 0)


@pytest.mark.servers
def test_a_beginning_whose_answer_was_lost_holds_nothing_up(
    postgres_world: World, cuttable: tuple[Handler, Wire], react: React
) -> None:
    handler, wire = cuttable
    react(Reaction(inside=_effect))
    event_id = _emit(postgres_world)
    wire.cut("after")
    with pytest.raises(OperationalError):
        handler.handle(event_id)
    row = _row(postgres_world, event_id)
    assert (wire.cuts, row.lease, row.executions) == (1, None, 0)
    handler.handle(event_id)
    assert _row(postgres_world, event_id).done_at is not None
    assert _effects(postgres_world) == 1
