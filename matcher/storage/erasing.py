"""Everything that leads to one person, found by the foreign keys themselves, so that no later table is forgotten."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, or_, select
from sqlalchemy.orm import Session

from matcher.domain.errors import SettingError
from matcher.storage.tables import Base, EventRow, PersonRow


def rows_about(person_id: str) -> dict[Table, ColumnElement[bool]]:
    """For each table whose rows can lead to a person, which of them do; what is referred to stands first."""
    person: Any = PersonRow.__table__
    found: dict[Table, ColumnElement[bool]] = {person: person.c.id == person_id}
    for table in Base.metadata.sorted_tables:
        ways = [
            key.parent.in_(select(key.column).where(found[key.column.table]))
            for key in sorted(table.foreign_keys, key=lambda key: str(key.parent))
            if key.column.table in found and key.column.table is not table
        ]
        if ways:
            found[table] = or_(*ways)
    return found


def kept_about(session: Session, person_id: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Every row about a person, table by table, opened and oldest first."""
    for table, about in rows_about(person_id).items():
        rows = session.execute(select(table).where(about).order_by(*table.primary_key)).mappings()
        yield table.name, [dict(row) for row in rows]


def delete_everything(session: Session, person_id: str, *, but_event: str) -> None:
    """Delete every row about a person and every event about one of them, except the event that does it."""
    tables = rows_about(person_id)
    subjects = [
        f"{table.name}:{key}"
        for table, about in tables.items()
        if "id" in table.c
        for key in session.scalars(select(table.c.id).where(about))
    ]
    about_them = or_(EventRow.aggregate.in_(subjects), EventRow.payload["person_id"].as_string() == person_id)
    session.execute(
        delete(EventRow)
        .where(about_them, EventRow.id != but_event)
        .execution_options(synchronize_session=False)
    )
    for table, about in reversed(tables.items()):
        session.execute(delete(table).where(about))
    session.expire_all()


class ErasureLedger:
    """Erased ids in a file apart from the database: what a restored backup brings back is known by it.

    One line an erasure, the moment and the id, only ever added to. The ids lead nowhere once their rows are gone.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def ids(self) -> list[str]:
        """Every id in it, oldest first, each once; a line cut short by a power cut is passed over."""
        if not self.path.exists():
            return []
        lines = (line.split() for line in self.path.read_text(encoding="utf-8").splitlines())
        return list(dict.fromkeys(parts[1] for parts in lines if len(parts) == 2))

    def add(self, person_id: str, asked_at: datetime) -> None:
        """Add an id and have it on the disk before going on. Safe to repeat. Raises OSError."""
        if person_id in self.ids():
            return
        handle = self._open()
        try:
            # The leading break parts it from a line that a power cut left unfinished.
            os.write(handle, f"\n{asked_at.isoformat()} {person_id}\n".encode())
            os.fsync(handle)
        finally:
            os.close(handle)

    def check(self) -> None:
        """Try it before the first erasure has to. Raises SettingError where it cannot be read and added to."""
        try:
            os.close(self._open())
            self.ids()
        except FileExistsError:
            raise self._refusal("its folder is a file") from None
        except UnicodeError:
            raise self._refusal("it is there already, and no text") from None
        except OSError as error:
            raise self._refusal(str(error.strerror)) from None

    def _refusal(self, why: str) -> SettingError:
        return SettingError(f"MATCHER_ERASED_FILE {self.path} cannot be written: {why}.")

    def _open(self) -> int:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
