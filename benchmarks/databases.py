"""The crowd in real databases: PostgreSQL by COPY, SQLite in one file; indexed and analysed as after any large import."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import psycopg
from cryptography.fernet import Fernet
from sqlalchemy import Connection

from benchmarks.crowd import NOW, Crowd, id_of, rows_of, variant_rows
from matcher.storage import schema
from matcher.storage.encryption import Keyring
from matcher.storage.engine import Database
from matcher.storage.people_packed import HEAD
from matcher.storage.tables import CaseworkerRow, PersonRow, TeamRow, new_id

PLAIN: Final = ("language", "birth_year", "reach_km", "max_group_size", "kind_mask", "red_line_mask")
DOCUMENTS: Final = ("intake", "comfort")
PERSON: Final = (
    "id", "latitude", "longitude", "cell", "packed", *PLAIN, *DOCUMENTS, "team_id", "caseworker_id", "alias", "state", "created_at",
    "unanswered", "version",
)  # fmt: skip
CONSENT: Final = ("id", "person_id", "purpose", "text_version", "given_by", "given_at")
WHEN: Final = str((NOW - timedelta(days=20)).replace(tzinfo=None)) + ".000000"
Put = Callable[[str, Sequence[str], Iterator[Sequence[Any]]], None]


def open_database(url: str) -> Database:
    """A migrated database with nobody in it."""
    database = Database(url, Keyring((Fernet.generate_key().decode(),)))
    schema.upgrade(database)
    return database


def fill(database: Database, crowd: Crowd) -> None:
    """Everybody with a consent each, then statistics."""
    with database.writing() as session:
        team, caseworker = new_id(), new_id()
        session.add(TeamRow(id=team, name="West", created_at=NOW))
        session.flush()
        session.add(
            CaseworkerRow(id=caseworker, team_id=team, name="Mori", email="m@example.org", created_at=NOW)
        )
    with _putting(database) as put:
        put("person", PERSON, _people(crowd, team, caseworker))
        put("consent", CONSENT, _consents(len(crowd)))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if database.is_sqlite else "VACUUM ANALYZE")


def _people(crowd: Crowd, team: str, caseworker: str) -> Iterator[Sequence[Any]]:
    shared = [_shared(row, team, caseworker) for row in variant_rows()]
    for rows in rows_of(crowd):
        for number, variant, latitude, longitude, cell in rows:
            packed = moved(bytes(variant_rows()[variant].packed or b""), latitude, longitude, cell)
            yield id_of(number), latitude, longitude, cell, packed, *shared[variant]


def moved(packed: bytes, latitude: float, longitude: float, cell: int) -> bytes:
    """What is packed of somebody, for somebody else who lives elsewhere."""
    found = bytearray(packed)
    head = np.frombuffer(found, HEAD, 1)
    head["latitude"], head["longitude"], head["cell"] = latitude, longitude, cell
    return bytes(found)


def _shared(row: PersonRow, team: str, caseworker: str) -> tuple[Any, ...]:
    plain = (getattr(row, name) for name in PLAIN)
    documents = (json.dumps(getattr(row, name)) for name in DOCUMENTS)
    return *plain, *documents, team, caseworker, "Guest", "open", WHEN, 0, 1


def _consents(count: int) -> Iterator[Sequence[Any]]:
    for number in range(count):
        one = id_of(number)
        yield one, one, "matching", "2026-11", "mori", WHEN


@contextmanager
def _putting(database: Database) -> Iterator[Put]:
    """The fastest way in that each database has, all in one transaction."""
    with database.engine.begin() as connection:
        yield (_sqlite if database.is_sqlite else _postgres)(connection)


def _sqlite(connection: Connection) -> Put:
    raw: Any = connection.connection.driver_connection

    def put(table: str, names: Sequence[str], rows: Iterator[Sequence[Any]]) -> None:
        marks = ", ".join("?" * len(names))
        raw.executemany(f"insert into {table} ({', '.join(names)}) values ({marks})", rows)

    return put


def _postgres(connection: Connection) -> Put:
    raw: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]

    def put(table: str, names: Sequence[str], rows: Iterator[Sequence[Any]]) -> None:
        with raw.cursor() as cursor, cursor.copy(f"copy {table} ({', '.join(names)}) from stdin") as copy:
            batch: list[str] = []
            for row in rows:
                batch.append("\t".join(map(_text, row)).replace("\\", "\\\\"))
                if len(batch) == 5000:
                    copy.write("\n".join(batch) + "\n")
                    batch.clear()
            if batch:
                copy.write("\n".join(batch) + "\n")

    return put


def _text(value: Any) -> str:
    return f"\\x{value.hex()}" if isinstance(value, bytes) else str(value)


def sqlite_url(folder: Path) -> str:
    """A file of its own."""
    return f"sqlite:///{folder / 'bench.db'}"
