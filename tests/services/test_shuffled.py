"""Events that come late, out of order or several times lead to the same end."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from matcher.services.listings import posting, vetting
from matcher.services.people import people
from matcher.storage import outbox
from matcher.storage.engine import Database
from matcher.storage.tables import (
    EventRow,
    HistoryRow,
    InvitationRow,
    MatchRow,
    Occurrence,
    PersonRow,
    new_id,
)
from tests.builders import NOW, World
from tests.forms import a_posting
from tests.worlds import At, begin

Deed = Callable[[World, InvitationRow], None]


def _accept(world: World, row: InvitationRow) -> None:
    world.answer(row.id, "accept")


def _too_much(world: World, row: InvitationRow) -> None:
    world.answer(row.id, "too_much")


def _undo(world: World, row: InvitationRow) -> None:
    world.answer(row.id, "undo")


def _cancel(world: World, row: InvitationRow) -> None:
    world.answer(row.id, "cancel")


def _pause(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        people.pause(session, people.lock(session, row.person_id), world.clock())


def _resume(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        people.resume(session, people.lock(session, row.person_id), world.clock())


def _freeze(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        people.freeze(session, people.lock(session, row.person_id), world.clock())


def _suspend(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        vetting.suspend(session, row.organisation_id, world.clock())


def _lower(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        changed = posting.locked(session, row.organisation_id, row.opportunity_id)
        posting.change(session, changed, a_posting(capacity=1), world.clock())


def _move(world: World, row: InvitationRow) -> None:
    sessions = [{"starts_at": "2026-12-08T13:00:00+09:00", "ends_at": "2026-12-08T13:30:00+09:00"}]
    with world.database.writing() as session:
        changed = posting.locked(session, row.organisation_id, row.opportunity_id)
        posting.change(session, changed, a_posting(sessions=sessions), world.clock())


def _due(world: World) -> list[str]:
    with world.database.reading() as session:
        return list(outbox.due(session, world.clock(), 500))


def _handle_all(world: World, order: random.Random, times: int) -> None:
    """Everything that is due, each handed over several times, in any order."""
    for _ in range(60):
        due = sorted(_due(world) * times)
        if not due:
            return
        order.shuffle(due)
        for event_id in due:
            world.handler.handle(event_id)
    raise AssertionError("Events keep coming due.")


def _end(world: World) -> dict[str, Any]:
    """How everything stands, without ids and versions."""
    with world.database.reading() as session:
        person = session.scalars(select(PersonRow)).one()
        return {
            "invitations": [
                (row.state, row.live, row.holds_seat, row.answer, [line.state for line in row.history])
                for row in session.scalars(select(InvitationRow).order_by(InvitationRow.id))
            ],
            "proposed": sorted(
                str(row.occurrence.starts_at)
                for row in session.scalars(select(MatchRow).where(MatchRow.state == "proposed"))
            ),
            "seats": sorted(
                (row.taken, row.capacity, row.removed_at is not None)
                for row in session.scalars(select(Occurrence))
            ),
            "person": (
                person.state,
                person.unanswered,
                person.rest_until,
                person.talk_reason,
                person.comfort,
            ),
            "history": sorted(session.scalars(select(HistoryRow.outcome))),
            "failed": list(session.scalars(select(EventRow.error).where(EventRow.executions > 1))),
            "told": len({mail.subject for mail in world.letters("izumi@example.org")}),
        }


STORIES: dict[str, list[Deed]] = {
    "accepted": [_accept],
    "accepted and cancelled": [_accept, _cancel],
    "declined": [_too_much],
    "accepted, moved": [_accept, _move],
    "paused and resumed": [_pause, _resume],
    "paused": [_pause],
    "taken back": [_too_much, _undo],
    "frozen": [_accept, _freeze],
    "suspended": [_accept, _suspend],
    "lowered": [_lower],
    "lowered and withdrawn by a move": [_lower, _move],
}


@pytest.fixture(scope="module")
def straight(sqlite_database: Database) -> Callable[[str], dict[str, Any]]:
    """How a story ends when every event has its turn at once and once."""

    @cache
    def end(name: str) -> dict[str, Any]:
        with TemporaryDirectory() as folder:
            world, invitation_id = begin(sqlite_database, Path(folder), "sent")
            _play(world, invitation_id, STORIES[name], lambda world: world.work())
            return _end(world)

    return end


def _play(world: World, invitation_id: str, deeds: list[Deed], between: Callable[[World], Any]) -> None:
    for deed in deeds:
        deed(world, world.invitation(invitation_id))
        if deed not in (_pause, _lower):  # these are followed at once by what comes next
            between(world)
    between(world)
    world.clock.advance(minutes=15)
    between(world)


@settings(
    max_examples=10, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(name=st.sampled_from(sorted(STORIES)), seed=st.integers(0, 2**32), times=st.integers(1, 3))
def test_the_end_is_the_same_in_any_order_and_however_often_events_come(
    straight: Callable[[str], dict[str, Any]], sqlite_database: Database, name: str, seed: int, times: int
) -> None:
    expected = straight(name)
    with TemporaryDirectory() as folder:
        world, invitation_id = begin(sqlite_database, Path(folder), "sent")
        order = random.Random(seed)
        _play(world, invitation_id, STORIES[name], lambda world: _handle_all(world, order, times))
        assert _end(world) == expected


@settings(
    max_examples=10, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    name=st.sampled_from(sorted(set(STORIES) - {"accepted and cancelled", "taken back", "accepted, moved"})),
    seed=st.integers(0, 2**32),
)
def test_the_end_is_the_same_when_no_event_has_its_turn_until_all_has_happened(
    straight: Callable[[str], dict[str, Any]], sqlite_database: Database, name: str, seed: int
) -> None:
    expected = straight(name)
    with TemporaryDirectory() as folder:
        world, invitation_id = begin(sqlite_database, Path(folder), "sent")
        order, deeds = random.Random(seed), STORIES[name]
        for deed in deeds:
            deed(world, world.invitation(invitation_id))
        _handle_all(world, order, 2)
        world.clock.advance(minutes=15)
        _handle_all(world, order, 2)
        ended = _end(world)
    # Whom the organisation heard of depends on how far the news had come; how things stand does not.
    assert {**ended, "told": 0} == {**expected, "told": 0}


def test_events_of_a_dead_worker_have_their_effect_once(at: At) -> None:
    world, invitation_id = at("sent")
    world.answer(invitation_id, "accept")
    for _ in range(4):  # begun and never ended
        for event_id in _due(world):
            with world.database.writing() as session:
                outbox.begin(session, event_id, world.clock(), new_id())
        world.clock.advance(seconds=31)
    world.work()
    assert len(world.letters("izumi@example.org")) == 1
    assert world.invitation(invitation_id).state == "accepted"
    assert world.clock() > NOW
