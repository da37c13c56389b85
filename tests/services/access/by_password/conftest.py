"""One database for the rules of signing in, both where the database decides."""

from __future__ import annotations

import pytest

from tests.builders import World


@pytest.fixture
def world(sqlite_world: World) -> World:
    """One database is enough for rules; `each_world` and `postgres_world` stand where the database decides."""
    return sqlite_world


@pytest.fixture(params=["sqlite", "postgres"])
def each_world(request: pytest.FixtureRequest) -> World:
    """The same on either."""
    made: World = request.getfixturevalue(f"{request.param}_world")
    return made
