"""For tests of what happens while a transaction waits for another one."""

from __future__ import annotations

from sqlalchemy import text

from matcher.storage.engine import Database
from tests.journeys.client import until

WAITING = text(
    "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
)


def until_somebody_waits(database: Database) -> None:
    """Until a transaction of this PostgreSQL database waits for a lock."""

    def somebody_waits() -> bool:
        with database.engine.connect() as connection:
            return bool(connection.execute(WAITING).scalar())

    until(somebody_waits, "somebody who waits for a lock")
