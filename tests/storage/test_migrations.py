"""The tables and their migrations agree, up and down, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text

from matcher.domain.opportunity import Place
from matcher.storage import engine, schema
from matcher.storage.encryption import Keyring
from matcher.storage.engine import Database
from matcher.storage.opportunities import opportunity_of
from matcher.storage.tables import Base, OpportunityRow
from tests.builders import SECRET, World
from tests.servers import PostgresServer


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database in which nothing stands yet."""
    on_file = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'new.db'}" if on_file else request.getfixturevalue("postgres_url")
    database = Database(url, Keyring((SECRET,)))
    yield database
    database.close()


def _tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names()) - {"alembic_version"}


def test_up_down_and_up_again(empty: Database) -> None:
    assert not schema.is_current(empty)
    schema.upgrade(empty)
    assert schema.is_current(empty)
    assert _tables(empty) == set(Base.metadata.tables)
    assert schema.differences(empty) == []
    schema.upgrade(empty)  # a repeat changes nothing
    schema.downgrade(empty)
    assert _tables(empty) == set()
    assert not schema.is_current(empty)
    schema.upgrade(empty)
    assert schema.differences(empty) == []


def test_a_difference_is_named(empty: Database) -> None:
    schema.upgrade(empty)
    with empty.engine.begin() as connection:
        connection.exec_driver_sql("drop index ix_talk_person_id")
    assert [what for what, _ in schema.differences(empty)] == ["add_index"]


def test_each_migration_can_be_taken_back_alone(empty: Database) -> None:
    schema.upgrade(empty)
    schema.downgrade(empty, "0001")
    assert not schema.is_current(empty)
    schema.upgrade(empty)
    assert schema.is_current(empty)


def test_the_database_of_a_newer_matcher_is_named_as_that_and_left_alone(empty: Database) -> None:
    schema.upgrade(empty)
    with empty.engine.begin() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '9999'")
    for look in (schema.is_current, schema.upgrade):
        with pytest.raises(schema.NewerDatabase, match="made by a newer Matcher"):
            look(empty)


def test_several_processes_may_migrate_at_once(empty: Database) -> None:
    databases = [
        Database(empty.url.render_as_string(hide_password=False), Keyring((SECRET,))) for _ in range(3)
    ]
    failures: list[BaseException] = []

    def up(database: Database) -> None:
        try:
            schema.upgrade(database)
        except BaseException as error:  # noqa: BLE001 - shown by the assertion below
            failures.append(error)

    threads = [threading.Thread(target=up, args=(database,)) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
    assert failures == []
    assert schema.is_current(empty)
    for database in databases:
        database.close()


def test_a_process_waits_for_another_that_migrates_for_long(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_SECONDS", 0.2)
    database = Database(postgres_server.create_database(), Keyring((SECRET,)))
    with database.engine.begin() as other:
        other.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": schema.UPGRADE_LOCK})
        second = threading.Thread(target=schema.upgrade, args=(database,))
        second.start()
        second.join(1)
        assert second.is_alive()
    second.join(100)
    assert schema.is_current(database)
    database.close()


def test_each_posting_keeps_what_it_says_of_its_place(world: World) -> None:
    world.an_opportunity()
    world.an_opportunity(state="draft", place={"name": "Somewhere in town"})
    before = _places(world)
    schema.downgrade(world.database, "0016")
    with world.database.engine.connect() as connection:
        assert "Somewhere in town" in str(connection.execute(text("select facts from opportunity")).all())
    schema.upgrade(world.database)
    assert _places(world) == before
    assert [place and place.name for place in before] == ["Izumi allotment", "Somewhere in town"]


def _places(world: World) -> list[Place | None]:
    with world.database.reading() as session:
        rows = session.scalars(select(OpportunityRow).order_by(OpportunityRow.id)).unique()
        return [opportunity_of(row).place for row in rows]
