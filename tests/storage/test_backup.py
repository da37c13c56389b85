"""A backup holds everything as it stood, and is put back whole or not at all."""

from __future__ import annotations

import sqlite3
import zipfile
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from matcher.storage.backup import BackupRefused, back_up, restore
from matcher.storage.encryption import Keyring
from matcher.storage.engine import Database
from matcher.storage.restored import marked
from matcher.storage.tables import Base
from tests.builders import NOW, SECRET
from tests.servers import PostgresServer
from tests.worlds import At


def _everything(database: Database) -> dict[str, list[str]]:
    with database.reading() as session:
        return {
            table.name: sorted(map(repr, session.execute(select(table)).all()))
            for table in Base.metadata.sorted_tables
        }


def _empty(database: Database, folder: Path, postgres_server: PostgresServer | None) -> Database:
    url = f"sqlite:///{folder / 'new.db'}" if database.is_sqlite else postgres_server.create_database()
    return Database(url, Keyring((SECRET,)))


@pytest.fixture(params=["sqlite", "postgres"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def filled(kind: str, request: pytest.FixtureRequest) -> Database:
    at: At = request.getfixturevalue(f"at_{kind}")
    return at("accepted")[0].database


@pytest.fixture
def fresh(kind: str, filled: Database, tmp_path: Path, request: pytest.FixtureRequest) -> Database:
    """An empty database of the same kind."""
    server = None if kind == "sqlite" else request.getfixturevalue("postgres_server")
    return _empty(filled, tmp_path, server)


def test_a_backup_brings_back_every_row_as_it_was(filled: Database, fresh: Database, tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    rows = back_up(filled, file, NOW)
    assert file.stat().st_mode & 0o777 == 0o600
    assert sum(rows.values()) > 10
    assert restore(fresh, file) == rows
    assert _everything(fresh) == _everything(filled)
    fresh.close()


def test_a_backup_of_what_was_put_back_and_not_settled_can_be_put_back_too(
    filled: Database, fresh: Database, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    file, again = tmp_path / "backup.zip", tmp_path / "again.zip"
    back_up(filled, file, NOW)
    restore(fresh, file)
    back_up(fresh, again, NOW + timedelta(hours=1))
    (tmp_path / "other").mkdir()
    server = None if fresh.is_sqlite else request.getfixturevalue("postgres_server")
    other = _empty(filled, tmp_path / "other", server)
    restore(other, again)
    assert _everything(other) == _everything(filled)
    with fresh.engine.begin() as one, other.engine.begin() as another:
        assert marked(one) == NOW.isoformat()
        assert marked(another) == (NOW + timedelta(hours=1)).isoformat()
    fresh.close()
    other.close()


def test_what_is_encrypted_stays_encrypted_in_the_backup(filled: Database, tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    back_up(filled, file, NOW)
    with zipfile.ZipFile(file) as archive:
        assert not any(b"haru@example.org" in archive.read(name) for name in archive.namelist())


def test_a_backup_is_never_put_over_what_is_there(filled: Database, tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    back_up(filled, file, NOW)
    before = _everything(filled)
    with pytest.raises(BackupRefused, match="not empty"):
        restore(filled, file)
    assert _everything(filled) == before
    with pytest.raises(BackupRefused, match="there already"):
        back_up(filled, file, NOW)


def test_a_damaged_backup_changes_nothing_and_the_whole_one_still_fits(
    filled: Database, fresh: Database, tmp_path: Path
) -> None:
    file, damaged = tmp_path / "backup.zip", tmp_path / "damaged.zip"
    back_up(filled, file, NOW)
    with zipfile.ZipFile(file) as whole, zipfile.ZipFile(damaged, "w") as half:
        for name in whole.namelist():
            content = whole.read(name)
            half.writestr(name, content if name == "manifest.json" else content[: len(content) // 2])
    with pytest.raises(BackupRefused):
        restore(fresh, damaged)
    restore(fresh, file)
    assert _everything(fresh) == _everything(filled)
    fresh.close()


def test_what_lies_beside_the_database_is_left_alone(at_sqlite: At, tmp_path: Path) -> None:
    """Such as the backup itself, or the database that was there before, put aside."""
    file, aside = tmp_path / "new.db-2026-11-27.zip", tmp_path / "new.db-before"
    aside.write_text("what was there")
    back_up(at_sqlite("accepted")[0].database, file, NOW)
    fresh = Database(f"sqlite:///{tmp_path / 'new.db'}", Keyring((SECRET,)))
    restore(fresh, file)
    fresh.close()
    assert file.exists()
    assert aside.read_text() == "what was there"


def test_a_backup_that_is_not_there_is_named_so(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new.db'}", Keyring((SECRET,)))
    with pytest.raises(BackupRefused, match=r"backup\.zip cannot be read: No such file or directory\."):
        restore(database, tmp_path / "backup.zip")
    database.close()


@pytest.mark.parametrize("content", [b"", b"PK", b"nothing of the kind"])
def test_what_is_no_backup_is_named_so(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    file.write_bytes(content)
    database = Database(f"sqlite:///{tmp_path / 'new.db'}", Keyring((SECRET,)))
    with pytest.raises(BackupRefused, match="no whole backup"):
        restore(database, file)
    database.close()


@pytest.mark.parametrize(
    "other", ["create table stranger (id)", "update alembic_version set version_num = '9999'"]
)
def test_another_database_in_the_place_of_a_backup_changes_nothing(
    at_sqlite: At, tmp_path: Path, other: str
) -> None:
    file, foreign = tmp_path / "backup.zip", tmp_path / "foreign.zip"
    back_up(at_sqlite("accepted")[0].database, file, NOW)
    with zipfile.ZipFile(file) as whole:
        whole.extract("matcher.db", tmp_path)
        with closing(sqlite3.connect(tmp_path / "matcher.db")) as connection:
            connection.execute(other)
            connection.commit()
        with zipfile.ZipFile(foreign, "w") as made:
            made.writestr("manifest.json", whole.read("manifest.json"))
            made.write(tmp_path / "matcher.db", "matcher.db")
    fresh = Database(f"sqlite:///{tmp_path / 'new.db'}", Keyring((SECRET,)))
    with pytest.raises(BackupRefused, match="another one than it says"):
        restore(fresh, foreign)
    assert restore(fresh, file)  # nothing stands in the way of the right one
    fresh.close()


@pytest.mark.parametrize(
    "manifest", [b"[]", b"{}", b'{"made_at": "x", "database": "sqlite", "revision": "0001"}']
)
def test_a_list_of_contents_that_is_none_is_named_so(tmp_path: Path, manifest: bytes) -> None:
    file = tmp_path / "backup.zip"
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("manifest.json", manifest)
    database = Database(f"sqlite:///{tmp_path / 'new.db'}", Keyring((SECRET,)))
    with pytest.raises(BackupRefused, match="no whole backup"):
        restore(database, file)
    database.close()
