"""The pages over a small real world, asked by Flask's own client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from matcher.services.access.keys import Role
from matcher.storage.tables import Base
from tests.accounts import a_human
from tests.builders import World
from tests.pages.browser import Browser
from tests.pages.pace import OwnPages, own_pages
from tests.pages.views import Scene, make_app, set_scene
from tests.worlds import at_sqlite, sqlite_database, sqlite_world  # noqa: F401 - fixtures

SetScene = Callable[..., Scene]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[SetScene]:
    """Makes scenes (`view`, `language`), each in a world of its own."""
    made: list[Scene] = []

    def make(view: str = "open", language: str = "en", **posting: Any) -> Scene:
        made.append(set_scene(tmp_path / f"scene-{len(made)}", view, language, **posting))
        return made[-1]

    yield make
    for one in made:
        one.world.close()


@pytest.fixture
def world(sqlite_world: World) -> World:  # noqa: F811 - the fixture
    """A world in which nobody has been invited yet."""
    return sqlite_world


@pytest.fixture
def client(world: World) -> FlaskClient:
    return make_app(world).test_client()


@pytest.fixture
def app(world: World) -> Flask:
    return make_app(world)


@pytest.fixture
def organisation(world: World) -> str:
    return world.an_organisation()


@pytest.fixture
def mine(app: Flask, world: World, organisation: str) -> Browser:
    """Somebody of the organisation, signed in."""
    made = Browser(app)
    made.sign_in(a_human(world, Role.organisation, organisation, email="izumi@example.org"))
    return made


@pytest.fixture
def opened(scene: SetScene) -> OwnPages:
    return own_pages(scene("accepted")).open()


def everything(world: World) -> dict[str, Any]:
    """Every row of every table but the trail of who read what, and every letter."""
    with world.database.reading() as session:
        rows = {
            table.name: sorted(map(repr, session.execute(select(table))))
            for table in Base.metadata.sorted_tables
            if not table.name.startswith("audit_")  # the one thing a GET writes (CARE 23)
        }
    return rows | {"letters": sorted(letter.id for letter in world.letters())}
