"""Lends the worlds to the tests of this folder, and another reaction to the nightly event."""

from __future__ import annotations

import pytest

from matcher.domain.events import EventType
from matcher.workers import actors
from matcher.workers.subscriptions import SUBSCRIPTIONS, Reaction
from tests.workers.handling import React
from tests.worlds import (
    at,
    at_postgres,
    at_sqlite,
    postgres_database,
    postgres_world,
    sqlite_database,
    sqlite_world,
    world,
)

__all__ = [
    "at",
    "at_postgres",
    "at_sqlite",
    "postgres_database",
    "postgres_world",
    "sqlite_database",
    "sqlite_world",
    "world",
]


@pytest.fixture
def react(monkeypatch: pytest.MonkeyPatch) -> React:
    """Let the nightly event do something else: these tests are about the worker, whatever the reaction."""

    def set_to(reaction: Reaction) -> None:
        monkeypatch.setattr(actors, "SUBSCRIPTIONS", {**SUBSCRIPTIONS, EventType.sweep_due: reaction})

    return set_to
