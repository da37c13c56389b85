"""The files of SQLite: what is deleted cannot be read there any more."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event, text

from matcher.storage.encryption import Keyring
from matcher.storage.engine import Database
from tests.builders import SECRET

WORD = "Zwölfender"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "matcher.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    """One that holds a word no longer."""
    made = Database(f"sqlite:///{path}", Keyring((SECRET,)))
    event.listen(made.engine, "connect", lambda one, _record: one.execute("PRAGMA busy_timeout=0"))
    with made.writing() as session:
        session.execute(text("create table note (word text)"))
        session.execute(text("insert into note values (:word)"), {"word": WORD})
    with made.writing() as session:
        session.execute(text("delete from note"))
    yield made
    made.close()


def test_what_was_deleted_is_in_no_file_once_the_log_is_empty(database: Database, path: Path) -> None:
    assert WORD.encode() in path.with_name("matcher.db-wal").read_bytes()
    assert database.empty_log()
    assert path.with_name("matcher.db-wal").stat().st_size == 0
    assert WORD.encode() not in path.read_bytes()


def test_a_log_that_somebody_reads_is_left_for_later(database: Database, path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("begin")
        other.execute("select * from note").fetchall()
        assert not database.empty_log()
    assert database.empty_log()
