"""The thread behind a memory goes on whatever went wrong, and says so while it does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from matcher.services import memory as memories
from matcher.services.memory import FOLLOWED_WITHIN, Memory
from matcher.workers import remembering
from matcher.workers.remembering import Remembering
from tests.builders import World

GONE = OperationalError("select", {}, Exception("gone"))


def _until(holds: Callable[[], Any], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come in time"
        time.sleep(0.01)


@pytest.mark.parametrize("name", ["read_people", "done_since"])
@pytest.mark.parametrize("error", [GONE, KeyError("unheard")])
def test_it_goes_on_whatever_went_wrong_and_is_not_well_meanwhile(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch, name: str, error: Exception
) -> None:
    monkeypatch.setattr(remembering, "TRIES_AGAIN_AFTER_SECONDS", 0.01)
    monkeypatch.setattr(remembering, "LOOKS_EVERY_SECONDS", 0.01)
    whole, broken = getattr(memories, name), [True]

    def failing(*args: Any) -> Any:
        if broken:
            raise error
        return whole(*args)

    monkeypatch.setattr(memories, name, failing)
    memory = Memory(sqlite_world.database, sqlite_world.clock)
    thread = Remembering(memory)
    thread.start()
    try:
        _until(lambda: memory.said() == f"it fails ({type(error).__name__}) and is tried again")
        _until(lambda: not memory.being_built)
        broken.clear()
        _until(lambda: memory.said() == "ok")
    finally:
        thread.stop()


def test_a_memory_that_nothing_follows_is_not_well(sqlite_world: World) -> None:
    world = sqlite_world
    memory = Memory(world.database, world.clock)
    memory.build()
    world.clock.advance(seconds=FOLLOWED_WITHIN.total_seconds())
    assert memory.said() == "ok"
    world.clock.advance(seconds=1)
    assert memory.said() == "not followed for 61 s"
    memory.follow()
    assert memory.said() == "ok"
