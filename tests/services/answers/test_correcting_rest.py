"""A visit noted wrongly is noted anew: whoever rests and waits for a talk does so as if the right word had been there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from matcher.domain import contact_policy
from matcher.domain.values import Outcome
from matcher.services.people import people, talks
from matcher.storage.people import rest_of
from tests.builders import World
from tests.services.answers.answered import correct, the_person

OPEN = {"sessions": [], "duration_minutes": 30, "open_when": "Mondays from one to five"}


@pytest.fixture
def resting(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> tuple[World, str]:
    """A visit that was all right, and would bring by far the longest rest."""
    world = sqlite_world
    world.a_person(pace={"min_days_between": 0, "max_per_28_days": 28}, availability=[])
    visited = _accepted(world)
    world.visit(visited, "ok")
    world.work()
    monkeypatch.setattr(
        contact_policy, "rest_length", lambda days, of: timedelta(days=days * (4 if of == visited else 1))
    )
    return world, visited


def _sent(world: World) -> str:
    world.an_opportunity(**OPEN)
    world.work()
    invitation_id = world.approve(world.matches(the_person(world).id)[0].id).id
    world.work()
    return invitation_id


def _accepted(world: World) -> str:
    invitation_id = _sent(world)
    world.answer(invitation_id, "accept")
    world.work()
    return invitation_id


def _silent(world: World) -> None:
    _sent(world)
    world.clock.advance(days=7)
    world.work()


def _silent_twice(world: World) -> None:
    _silent(world)
    world.clock.advance(days=14)
    _silent(world)


def _not_now(world: World) -> None:
    world.answer(_sent(world), "not_now")
    world.clock.advance(hours=1)
    world.work()


def _overloaded(world: World) -> None:
    world.visit(_accepted(world), "too_much")
    world.work()


def _talked(world: World) -> None:
    _overloaded(world)
    with world.database.writing() as session:
        talks.note(session, people.lock(session, the_person(world).id), world.caseworker, None, world.clock())


@pytest.mark.parametrize("happened", [_silent, _silent_twice, _not_now, _overloaded, _talked])
def test_a_slip_that_is_mended_leaves_every_rest_and_talk_that_came_since(
    resting: tuple[World, str], happened: Callable[[World], None]
) -> None:
    world, visited = resting
    happened(world)
    before = rest_of(the_person(world))
    correct(world, visited, Outcome.too_much)
    slipped = rest_of(the_person(world))
    assert before.until is not None
    assert slipped.until is not None
    assert slipped.until > before.until
    correct(world, visited, Outcome.ok)
    assert rest_of(the_person(world)) == before


def test_a_slip_that_is_mended_does_not_come_back_with_what_was_noted_meanwhile(
    resting: tuple[World, str],
) -> None:
    world, visited = resting
    second = _accepted(world)
    correct(world, visited, Outcome.too_much)
    world.visit(second, "too_much")
    world.work()
    correct(world, visited, Outcome.ok)
    assert rest_of(the_person(world)) == contact_policy.rest_after_visit(
        Outcome.too_much, world.clock(), second
    )
    correct(world, second, Outcome.ok)
    assert rest_of(the_person(world)) == contact_policy.Rest()
