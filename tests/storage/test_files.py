"""The files of SQLite: for their owner alone, and what is deleted cannot be read there any more."""

from __future__ import annotations

import os
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


@pytest.fixture
def lax() -> Iterator[None]:
    """Files are made for everybody to read, as most machines have it."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.usefixtures("lax")
def test_a_new_database_is_its_owners_alone(path: Path, database: Database) -> None:
    assert mode(path.parent) == 0o700
    assert {one.name: mode(one) for one in path.parent.iterdir()} == dict.fromkeys(
        ("matcher.db", "matcher.db-wal", "matcher.db-shm"), 0o600
    )


def test_what_is_there_already_keeps_its_mode(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    path.parent.chmod(0o750)
    path.chmod(0o640)
    Database(f"sqlite:///{path}", Keyring((SECRET,))).close()
    assert (mode(path.parent), mode(path)) == (0o750, 0o640)


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
