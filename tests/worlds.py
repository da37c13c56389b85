"""Worlds on SQLite and PostgreSQL that are emptied and used again, at whichever point of the story a test begins.

Preparing the same statements and playing the same beginning anew for each test would take most of the time.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from sqlalchemy import Table, event, insert, select

from matcher.mail.transports import make_mailer
from matcher.services.access.keys import Caller
from matcher.storage import schema
from matcher.storage.encryption import Keyring
from matcher.storage.engine import Database
from matcher.storage.tables import Base
from matcher.workers.actors import Handler
from tests.builders import SECRET, World, empty_sqlite, make_world
from tests.servers import PostgresServer

At = Callable[[str], tuple[World, str]]
"""`at("sent")`: a world in which one invitation is `approved`, `sent`, `accepted`, `declined` or `visited`, and its id;
`at("proposed")`: one with somebody to whom one session is proposed, and their id."""


@pytest.fixture(scope="session")
def sqlite_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path = tmp_path_factory.mktemp("worlds") / "matcher.db"
    database = Database(f"sqlite:///{path}", Keyring((SECRET,)))
    # A test may lose its database to a power cut.
    event.listen(database.engine, "connect", lambda made, _record: made.execute("PRAGMA synchronous=OFF"))
    yield database
    database.close()


@pytest.fixture(scope="session")
def postgres_database(postgres_server: PostgresServer) -> Iterator[Database]:
    database = Database(postgres_server.create_database(), Keyring((SECRET,)))
    schema.upgrade(database)
    yield database
    database.close()


@pytest.fixture
def at_sqlite(sqlite_database: Database, tmp_path: Path) -> At:
    """A point of the story in one file, for rules that no database can bend."""
    return lambda point: begin(sqlite_database, tmp_path, point)


@pytest.fixture
def at_postgres(postgres_database: Database, tmp_path: Path) -> At:
    """A point of the story on PostgreSQL, where concurrency is proven."""
    return lambda point: begin(postgres_database, tmp_path, point)


@pytest.fixture(params=["sqlite", "postgres"])
def at(request: pytest.FixtureRequest) -> At:
    """A point of the story, on each database."""
    made: At = request.getfixturevalue(f"at_{request.param}")
    return made


@pytest.fixture
def sqlite_world(at_sqlite: At) -> World:
    """A world in which nothing has happened, in one file."""
    return at_sqlite("nothing")[0]


@pytest.fixture
def postgres_world(at_postgres: At) -> World:
    """A world in which nothing has happened, on PostgreSQL."""
    return at_postgres("nothing")[0]


@pytest.fixture
def world(at: At) -> World:
    """A world in which nothing has happened, on each database."""
    return at("nothing")[0]


@dataclass(frozen=True, slots=True)
class _Beginning:
    """Everything there was at a point of the story."""

    rows: list[tuple[Table, list[dict[str, Any]]]]
    mail_folder: Path
    caseworker: Caller
    admins: list[str]
    id: str


def begin(database: Database, folder: Path, point: str) -> tuple[World, str]:
    """Empty the database and begin at a point of the story."""
    database.nudge = lambda _event_ids: None
    empty(database)
    if point == "nothing":
        return make_world(folder, database=database), ""
    beginning = _played(point)
    with database.engine.begin() as connection:
        for table, rows in beginning.rows:
            connection.execute(insert(table), rows)
    if beginning.mail_folder.exists():
        shutil.copytree(beginning.mail_folder, folder / "mail")
    world = make_world(folder, database=database)
    world.caseworker, world.admins = beginning.caseworker, list(beginning.admins)
    return world, beginning.id


def empty(database: Database) -> None:
    """Erase every row, also those that only grow."""
    if database.is_sqlite:
        database.close()
        path = Path(str(database.url.database))
        for leftover in path.parent.glob(f"{path.name}*"):
            leftover.unlink()
        shutil.copy(empty_sqlite(), path)
        return
    deletions = "".join(f'delete from "{table.name}";' for table in Base.metadata.sorted_tables)
    with database.engine.begin() as connection:
        # Neither triggers nor foreign keys stand in the way of a replica.
        connection.exec_driver_sql(f"set local session_replication_role = replica; {deletions}")


@cache
def _played(point: str) -> _Beginning:
    folder = Path(mkdtemp())
    world = make_world(folder)
    reached = _propose(world) if point == "proposed" else world.an_invitation(point)
    with world.database.reading() as session:
        found = [(table, session.execute(select(table)).mappings()) for table in Base.metadata.sorted_tables]
        rows = [(table, [dict(row) for row in some]) for table, some in found]
    world.close()
    kept = [(table, some) for table, some in rows if some]
    return _Beginning(kept, world.mail_folder, world.caseworker, world.admins, reached)


def _propose(world: World) -> str:
    world.an_opportunity()
    person_id = world.a_person()
    world.work()
    return person_id


def with_mail(world: World, url: str, timeout_seconds: float = 5) -> None:
    """Let the letters of a world go elsewhere."""
    mailer = make_mailer(url, timeout_seconds=timeout_seconds, clock=world.clock)
    world.outside = replace(world.outside, mailer=mailer)
    world.handler = Handler(world.outside)
