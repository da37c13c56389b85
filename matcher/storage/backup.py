"""A backup in one file, taken while everybody works, and put back into an empty database; the same for both databases.

SQLite copies its file by its own means; of PostgreSQL every table is copied as it stood at one moment, without a program
that has to be installed. What is encrypted stays so: a backup is worth nothing without the secret keys, kept elsewhere.
"""

from __future__ import annotations

import json
import os
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import psycopg
from psycopg import sql
from sqlalchemy import Connection, inspect, text

from matcher.domain.errors import MatcherError
from matcher.storage import schema
from matcher.storage.engine import Database
from matcher.storage.restored import MARK, mark, marked

MANIFEST: Final = "manifest.json"
SQLITE_MEMBER: Final = "matcher.db"
VERSION_TABLE: Final = "alembic_version"
SQLITE_BESIDE: Final = ("-wal", "-shm", "-journal")  # what SQLite keeps beside its file
CHUNK_BYTES: Final = 1 << 20
_UNREADABLE: Final = (
    OSError, zipfile.BadZipFile, LookupError, TypeError, AttributeError, ValueError, sqlite3.Error, psycopg.Error,
)  # fmt: skip


class BackupRefused(MatcherError):
    """A backup cannot be made or put back; the message says why and what would be right."""


def back_up(database: Database, path: Path, now: datetime) -> dict[str, int]:
    """Write everything as it stands at one moment into a new file, readable by its owner only; rows by table.

    Raises BackupRefused when the file is there already or cannot be written; then nothing is left behind.
    """
    if path.exists():
        raise BackupRefused(f"{path} is there already; name a new file.")
    unfinished = path.with_name(f"{path.name}.part")
    try:
        with open(unfinished, "xb", opener=_private) as target:
            with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
                write = _write_sqlite if database.is_sqlite else _write_postgres
                tables = write(database, archive)
                manifest = {"format": 1, "made_at": now.isoformat(), "tables": tables, **_stand(database)}
                archive.writestr(MANIFEST, json.dumps(manifest))
            target.flush()
            os.fsync(target.fileno())
        unfinished.rename(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise BackupRefused(f"{path} cannot be written: {error.strerror}.") from error
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    return _rows(tables)


def restore(database: Database, path: Path) -> dict[str, int]:
    """Put a backup back into an empty database and bring its tables up to date; rows by table.

    It stays marked until it is settled (`services.upkeep.restoring`). Until then a repeat with the same backup goes on.

    Raises BackupRefused for a file that is no whole backup of this kind of database, and for a database that is not
    empty; then nothing is changed.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = json.loads(archive.read(MANIFEST))
            if not _is_back(database, manifest):
                _check(database, manifest, path)
                read = _read_sqlite if database.is_sqlite else _read_postgres
                read(database, archive, manifest)
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        raise BackupRefused(f"{path} cannot be read: {error.strerror}.") from error
    except _UNREADABLE as error:
        raise BackupRefused(f"{path} is no whole backup: {type(error).__name__}.") from error
    schema.upgrade(database)
    return _rows(manifest["tables"])


def _rows(tables: dict[str, Any]) -> dict[str, int]:
    return {name: int(one["rows"]) for name, one in tables.items()}


def _stand(database: Database) -> dict[str, str]:
    """Which database, at which migration."""
    with _looking(database) as connection:
        revision = connection.execute(text(f"select version_num from {VERSION_TABLE}")).scalar_one()  # noqa: S608
    return {"database": database.engine.dialect.name, "revision": str(revision)}


def _is_back(database: Database, manifest: dict[str, Any]) -> bool:
    """Whether an earlier try has put these very rows back, and was cut off before they were settled."""
    with _looking(database) as connection:
        return marked(connection) == str(manifest["made_at"])


def _check(database: Database, manifest: dict[str, Any], path: Path) -> None:
    kind = database.engine.dialect.name
    if manifest.get("database") != kind:
        raise BackupRefused(
            f"{path} holds {manifest.get('database')}, and MATCHER_DATABASE_URL names {kind}."
        )
    if schema.is_newer(str(manifest["revision"])):
        raise BackupRefused(
            f"{path} was made by a newer Matcher (migration {manifest['revision']}); install that first."
        )
    with _looking(database) as connection:
        if inspect(connection).get_table_names():
            raise BackupRefused("The database is not empty. Restore into a new one, and point Matcher to it.")


def _write_sqlite(database: Database, archive: zipfile.ZipFile) -> dict[str, dict[str, Any]]:
    with TemporaryDirectory() as folder:
        copy = Path(folder) / SQLITE_MEMBER
        with (
            closing(sqlite3.connect(str(database.url.database))) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
            names = [
                name for (name,) in target.execute("select name from sqlite_master where type = 'table'")
            ]
            tables = {
                name: {"rows": target.execute(f'select count(*) from "{name}"').fetchone()[0], "columns": []}  # noqa: S608
                for name in names
            }
        archive.write(copy, SQLITE_MEMBER)
    return tables


def _read_sqlite(database: Database, archive: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    database.close()
    path = Path(str(database.url.database))
    with TemporaryDirectory(dir=path.parent) as folder:
        archive.extract(SQLITE_MEMBER, folder)
        found = Path(folder) / SQLITE_MEMBER
        with closing(sqlite3.connect(found)) as connection:
            if connection.execute("pragma integrity_check").fetchone() != ("ok",):
                raise BackupRefused("The database in the backup is damaged.")
            _check_inside(connection, manifest)
            mark(connection.execute, manifest["made_at"])
            connection.commit()
        found.chmod(0o600)
        for end in SQLITE_BESIDE:  # of the empty file that was looked at; other neighbours are none of ours
            Path(f"{path}{end}").unlink(missing_ok=True)
        found.replace(path)


def _check_inside(connection: sqlite3.Connection, manifest: dict[str, Any]) -> None:
    """What the file says of itself is so: nothing else takes the place of a database. Raises BackupRefused."""
    revision = connection.execute(f"select version_num from {VERSION_TABLE}").fetchone()  # noqa: S608
    tables = {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}
    if revision != (str(manifest["revision"]),) or tables != set(manifest["tables"]):
        raise BackupRefused("The database in the backup is another one than it says.")


def _write_postgres(database: Database, archive: zipfile.ZipFile) -> dict[str, dict[str, Any]]:
    """Every table in one transaction that sees one moment, those that are referred to first."""
    tables: dict[str, dict[str, Any]] = {}
    with _looking(database) as connection:
        inspector = inspect(connection)
        names = [
            name
            for name, _ in inspector.get_sorted_table_and_fkc_names()
            if name not in (None, VERSION_TABLE, MARK)
        ]
        for name in filter(None, names):
            columns = [column["name"] for column in inspector.get_columns(name)]
            statement = sql.SQL("copy (select {} from {}) to stdout").format(
                _names(columns), sql.Identifier(name)
            )
            with _cursor(connection) as cursor, archive.open(name, "w", force_zip64=True) as member:
                with cursor.copy(statement) as copied:
                    for chunk in copied:
                        member.write(chunk)
                tables[name] = {"columns": columns, "rows": cursor.rowcount}
    return tables


def _read_postgres(database: Database, archive: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    """The tables of the migration it was made at, filled in one transaction: all of it or nothing."""
    schema.upgrade(database, str(manifest["revision"]))
    try:
        with database.engine.begin() as connection:
            for name, rows in _rows(manifest["tables"]).items():
                columns = _names(manifest["tables"][name]["columns"])
                statement = sql.SQL("copy {} ({}) from stdin").format(sql.Identifier(name), columns)
                with _cursor(connection) as cursor, archive.open(name) as member:
                    with cursor.copy(statement) as copied:
                        while chunk := member.read(CHUNK_BYTES):
                            copied.write(chunk)
                    if cursor.rowcount != rows:
                        raise BackupRefused(f"The table {name} has {cursor.rowcount} rows and not {rows}.")
            mark(lambda statement, given: connection.execute(text(statement), given), manifest["made_at"])
    except BaseException:
        schema.downgrade(database)  # so that the next try finds an empty database
        with database.engine.begin() as connection:
            connection.execute(text(f"drop table if exists {VERSION_TABLE}"))
        raise


@contextmanager
def _looking(database: Database) -> Iterator[Connection]:
    """One moment, seen for as long as the block takes."""
    engine = database.engine.execution_options(reading=True)
    if not database.is_sqlite:
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with engine.connect() as connection:
        yield connection


@contextmanager
def _cursor(connection: Connection) -> Iterator[Any]:
    """The driver's own cursor: COPY is its business."""
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor:
        yield cursor


def _names(columns: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
