"""Connections to PostgreSQL that lay idle: one that was cut meanwhile is noticed before it is used."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from matcher.storage import engine
from matcher.storage.encryption import Keyring
from matcher.storage.engine import Database, is_passing
from tests.builders import SECRET
from tests.servers import PostgresServer

pytestmark = pytest.mark.servers


@pytest.fixture
def database(postgres_server: PostgresServer) -> Iterator[Database]:
    made = Database(postgres_server.create_database(), Keyring((SECRET,)))
    yield made
    made.close()


def test_what_was_cut_while_it_lay_idle_is_replaced(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "ASKED_AFTER_SECONDS", 0.0)
    with database.reading() as one, database.reading() as other:
        before = {_number(one), _number(other)}
        assert len(before) == 2
    _cut_the_others(database)
    assert _count_of_numbers(database, before) == 0


def test_what_a_stopped_process_held_in_a_transaction_is_free_again(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "IDLE_IN_TRANSACTION_SECONDS", 0.5)
    stopped = Database(postgres_server.create_database(), Keyring((SECRET,)))
    held, had_it = text("select pg_advisory_xact_lock(7)"), []

    def hold_it_one_after_the_other() -> None:
        with stopped.writing() as session:
            had_it.append(session.execute(held))
            with stopped.writing() as other:  # waits until the first is ended from outside
                had_it.append(other.execute(held))
            session.execute(text("select 1"))

    with pytest.raises(DBAPIError) as refused:
        hold_it_one_after_the_other()
    assert len(had_it) == 2
    assert is_passing(refused.value)
    stopped.close()


def test_whoever_only_looks_may_think_as_long_as_it_takes(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "IDLE_IN_TRANSACTION_SECONDS", 0.2)
    with database.writing() as session:
        before = _number(session)
    with database.reading() as session:
        assert _number(session) == before  # on the same connection
        time.sleep(0.5)
        assert _number(session) == before


def test_one_that_was_at_work_a_moment_ago_is_not_asked(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    ping = database.engine.dialect.do_ping
    monkeypatch.setattr(
        database.engine.dialect,
        "do_ping",
        lambda connection: bool(asked.append(connection)) or ping(connection),
    )
    for _ in range(3):
        with database.reading() as session:
            _number(session)
    assert not asked
    monkeypatch.setattr(engine, "ASKED_AFTER_SECONDS", 0.0)
    with database.reading() as session:
        _number(session)
    assert len(asked) == 1


def _number(session: object) -> int:
    return int(session.scalar(text("select pg_backend_pid()")))  # type: ignore[attr-defined]


def _cut_the_others(database: Database) -> None:
    """What an administrator or a firewall does."""
    somebody = Database(database.url.render_as_string(hide_password=False), database.keyring)
    with somebody.reading() as session:
        session.execute(
            text(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where datname = current_database() and pid <> pg_backend_pid()"
            )
        )
    somebody.close()


def _count_of_numbers(database: Database, before: set[int]) -> int:
    """How many of the old connections still answer."""
    with database.reading() as one, database.reading() as other:
        return len({_number(one), _number(other)} & before)
