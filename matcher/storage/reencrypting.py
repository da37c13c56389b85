"""What is sealed at rest, sealed anew under the newest key: some rows at a time, while everybody works."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Row, Table, and_, func, or_, select, tuple_, type_coerce, update
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from matcher.storage.encryption import Keyring, SealedJson, UnreadableSecret
from matcher.storage.engine import Database
from matcher.storage.progress import Progress
from matcher.storage.tables import Base

ROWS_AT_ONCE: Final = 200  # judgement, 2026-11: SQLite's one pen is held for some 20 ms


def sealed_columns() -> dict[Table, list[Column[Any]]]:
    """Every column that is kept encrypted, by table, found by its type: no later one is forgotten."""
    found = {
        table: [column for column in table.columns if isinstance(column.type, SealedJson)]
        for table in Base.metadata.sorted_tables
    }
    return {table: columns for table, columns in found.items() if columns}


def reencrypt(database: Database, progress: Progress) -> Counter[str]:
    """Seal everything that is under an older key anew; counts values `renewed` and `unreadable` under any key.

    Commits some rows at a time. What somebody else writes meanwhile stays as they wrote it. Safe to repeat: what is under
    the newest key already is passed over, so that a run that was broken off goes on where it was. `progress` counts rows.
    """
    tables, found = sealed_columns(), Counter[str]()
    with database.reading() as session:
        total = sum(session.scalar(_count(table, columns)) or 0 for table, columns in tables.items())
    done = 0
    progress(done, total)
    for table, columns in tables.items():
        for rows in _portions(database, table, columns):
            with database.writing() as session:
                for row in rows:
                    found += _renew(session, database.keyring, table, columns, row)
            done += len(rows)
            progress(done, max(done, total))
    return found


def _count(table: Table, columns: Sequence[Column[Any]]) -> Any:
    return select(func.count()).select_from(table).where(_says_something(columns))


def _says_something(columns: Sequence[Column[Any]]) -> ColumnElement[bool]:
    return or_(*(column.is_not(None) for column in columns))


def _portions(
    database: Database, table: Table, columns: Sequence[Column[Any]]
) -> Iterator[Sequence[Row[Any]]]:
    """Keys and sealed text, in the order of the primary key."""
    key = list(table.primary_key)
    query = select(*key, *(as_stored(column) for column in columns)).where(_says_something(columns))
    query = query.order_by(*key).limit(ROWS_AT_ONCE)
    after: Any = None
    while True:
        later = query if after is None else query.where(tuple_(*key) > tuple_(*after))
        with database.reading() as session:
            rows = session.execute(later).all()
        if not rows:
            return
        yield rows
        after = rows[-1][: len(key)]


def _renew(
    session: Session, keyring: Keyring, table: Table, columns: Sequence[Column[Any]], row: Row[Any]
) -> Counter[str]:
    """Each value of one row, unless it has changed since it was read."""
    found = Counter[str]()
    key = list(table.primary_key)
    mine = and_(*(one == value for one, value in zip(key, row, strict=False)))
    for column, sealed in zip(columns, row[len(key) :], strict=True):
        if sealed is None:
            continue
        try:
            renewed = keyring.rotate(sealed)
        except UnreadableSecret:
            found["unreadable"] += 1
            continue
        if renewed != sealed:
            found["renewed"] += 1
            values = {column.name: type_coerce(renewed, Text)}
            session.execute(update(table).where(mine, as_stored(column) == sealed).values(values))
    return found


def as_stored(column: Column[Any]) -> ColumnElement[str]:
    """The sealed text itself, of a column that is kept encrypted."""
    return type_coerce(column, Text)
