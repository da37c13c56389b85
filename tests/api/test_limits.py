"""How often one may call: counted by the key, however it is written, and by the network of whoever has none."""

from __future__ import annotations

from functools import partial

import pytest

from matcher.api import application
from matcher.api.limits import limit_calls
from matcher.services.outside import Outside
from tests.api.conftest import World, make_app

CALLS = 10


@pytest.fixture
def world(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> World:
    """Everybody may call ten times a minute."""
    monkeypatch.setattr(application, "limit_calls", partial(limit_calls, calls=f"{CALLS} per minute"))
    return World(make_app(outside), outside)


def call(world: World, said: str | None, address: str = "2001:db8::1") -> int:
    """What a call with this header is answered."""
    headers = {} if said is None else {"Authorization": said}
    return world.client.get(
        "/v1/organisations/x", headers=headers, environ_base={"REMOTE_ADDR": address}
    ).status_code


def test_one_key_is_counted_as_one_however_it_is_written(world: World) -> None:
    written = [
        f"{scheme} {' ' * spaces}admin-a" for scheme in ("Bearer", "bearer") for spaces in range(CALLS)
    ]
    answers = [call(world, said, f"192.0.2.{number}") for number, said in enumerate(written)]
    assert answers == [404] * CALLS + [429] * CALLS
    assert call(world, "Bearer admin-b") == 404


@pytest.mark.parametrize("said", ["Bearer wrong-{}", "Basic wrong-{}", "{}", None])
def test_keys_that_nobody_was_given_are_counted_by_the_network(world: World, said: str | None) -> None:
    answers = [
        call(world, said and said.format(number), f"2001:db8::{number + 1:x}") for number in range(CALLS + 5)
    ]
    assert answers == [401] * CALLS + [429] * 5
    assert call(world, "Bearer wrong", "2001:db8:0:1::1") == 401  # another household


def test_a_flood_without_a_key_stops_no_key_of_the_same_network(world: World) -> None:
    for number in range(CALLS + 5):
        call(world, f"Bearer wrong-{number}")
    assert call(world, None) == 429
    assert [call(world, "Bearer admin-a") for _ in range(CALLS)] == [404] * CALLS
