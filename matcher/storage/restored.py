"""The mark of a backup that was put back and not settled yet: a table that stands as long as that is so.

It comes with the very rows, in their file or their transaction, so that no crash parts the two, and it fits tables of any
age: no migration makes it, and none has to come first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Connection, inspect, text

MARK: Final = "restored_backup"
_MARKING: Final = (
    f"drop table if exists {MARK}",  # of a backup that was made before it was settled
    f"create table {MARK} (made_at text not null)",
    f"insert into {MARK} values (:made_at)",  # noqa: S608
)


def mark(execute: Callable[[str, dict[str, str]], Any], made_at: str) -> None:
    """Say that these rows come from the backup made at that moment, as a part of what `execute` has begun."""
    for statement in _MARKING:
        execute(statement, {"made_at": made_at})


def marked(connection: Connection) -> str | None:
    """When the backup was made that is still to be settled; None where there is none."""
    if not inspect(connection).has_table(MARK):
        return None
    return str(connection.execute(text(f"select made_at from {MARK}")).scalar_one())  # noqa: S608


def unmark(connection: Connection) -> None:
    """It is settled, if this transaction is committed."""
    connection.execute(text(f"drop table {MARK}"))
