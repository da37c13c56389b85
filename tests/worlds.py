"""A world on SQLite and on PostgreSQL, and one on PostgreSQL alone where threads meet.

Both databases are emptied and used again: preparing the same statements anew for each test would take most of the time.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from matcher.storage import schema
from matcher.storage.encryption import Keyring
from matcher.storage.engine import Database
from matcher.storage.tables import Base
from tests.builders import SECRET, World, empty_sqlite, make_world
from tests.servers import PostgresServer


@pytest.fixture(scope="session")
def sqlite_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path = tmp_path_factory.mktemp("worlds") / "matcher.db"
    database = Database(f"sqlite:///{path}", Keyring((SECRET,)))
    yield database
    database.close()


@pytest.fixture(scope="session")
def postgres_database(postgres_server: PostgresServer) -> Iterator[Database]:
    database = Database(postgres_server.create_database(), Keyring((SECRET,)))
    schema.upgrade(database)
    yield database
    database.close()


@pytest.fixture
def sqlite_world(sqlite_database: Database, tmp_path: Path) -> World:
    """A world in one file, for rules that no database can bend."""
    sqlite_database.close()
    path = Path(str(sqlite_database.url.database))
    for leftover in path.parent.glob(f"{path.name}*"):
        leftover.unlink()
    shutil.copy(empty_sqlite(), path)
    return _fresh(sqlite_database, tmp_path)


@pytest.fixture
def postgres_world(postgres_database: Database, tmp_path: Path) -> World:
    """A world on PostgreSQL, where concurrency is proven."""
    names = ", ".join(table.name for table in Base.metadata.sorted_tables)
    with postgres_database.engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {names}".replace("match,", '"match",')))
    return _fresh(postgres_database, tmp_path)


@pytest.fixture(params=["sqlite", "postgres"])
def world(request: pytest.FixtureRequest) -> World:
    """A world on each database."""
    made: World = request.getfixturevalue(f"{request.param}_world")
    return made


def _fresh(database: Database, folder: Path) -> World:
    database.nudge = lambda _event_ids: None
    return make_world(folder, database=database)
