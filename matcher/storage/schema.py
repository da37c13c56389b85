"""Brings a database to the version this code needs, and says when the tables and the migrations disagree.

Alembic is imported only where migrations really run: a start that finds its database up to date is quick.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, inspect, text

from matcher.domain.errors import MatcherError
from matcher.storage.engine import Database
from matcher.storage.people_packed import pack_some
from matcher.storage.tables import Base

if TYPE_CHECKING:
    from alembic.config import Config

UPGRADE_LOCK = 7_201_126  # any fixed number: two starting processes migrate one after the other
UPGRADE_WAIT_SECONDS = 600  # judgement, 2026-11: longer than a migration of millions of rows takes


class NewerDatabase(MatcherError):
    """A later Matcher has changed the tables; this one knows nothing of how."""


def newest_revision() -> str:
    """The newest migration: their file names begin with their numbers."""
    versions = files("matcher.storage") / "migrations" / "versions"
    return max(entry.name.partition("_")[0] for entry in versions.iterdir() if entry.name[0].isdigit())


def upgrade(database: Database, revision: str = "head") -> None:
    """Apply what is missing. Safe to repeat, and safe to run from several processes at once.

    Raises NewerDatabase.
    """
    if revision == "head" and is_current(database):
        return
    from alembic import command  # noqa: PLC0415 - see the top

    with database.engine.begin() as connection:
        if not database.is_sqlite:
            # Another process may be migrating for longer than anything else is waited for.
            connection.execute(text(f"set local lock_timeout = '{UPGRADE_WAIT_SECONDS}s'"))
            connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": UPGRADE_LOCK})
            connection.execute(text("set local lock_timeout to default"))
        command.upgrade(_config(connection), revision)
    if revision == "head":
        _pack(database)


def _pack(database: Database) -> None:
    """Some at a time, so that nobody waits for all of them; who is not packed yet is read from the documents."""
    last, ids = "", [""]
    while ids:
        with database.engine.begin() as connection:
            ids = [*pack_some(connection, last)]
        last = ids[-1] if ids else last


def downgrade(database: Database, revision: str = "base") -> None:
    """Take migrations back, down to `revision`."""
    from alembic import command  # noqa: PLC0415 - see the top

    with database.engine.begin() as connection:
        command.downgrade(_config(connection), revision)


def is_current(database: Database) -> bool:
    """Whether the database stands at the newest migration. Raises NewerDatabase where it stands beyond."""
    with database.engine.execution_options(reading=True).connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        found = connection.execute(text("select version_num from alembic_version")).scalars().all()
    if any(map(is_newer, found)):
        raise NewerDatabase(
            f"This database was made by a newer Matcher (migration {max(found)}; this one knows {newest_revision()}): "
            "install that one, or restore a backup from before."
        )
    return found == [newest_revision()]


def is_newer(revision: str) -> bool:
    """Whether it is a migration of a later Matcher."""
    return revision > newest_revision()


def differences(database: Database) -> list[Any]:
    """What a new migration would still have to change; empty when they agree."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415 - see the top
    from alembic.migration import MigrationContext  # noqa: PLC0415

    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def new_revision(database: Database, message: str) -> None:
    """Write a migration for what changed in the tables (for developers)."""
    from alembic import command  # noqa: PLC0415 - see the top

    with database.engine.connect() as connection:
        command.revision(_config(connection), message, autogenerate=True)


def _config(connection: Connection | None) -> Config:
    from alembic.config import Config  # noqa: PLC0415 - see the top

    config = Config()
    config.set_main_option("script_location", str(files("matcher.storage") / "migrations"))
    config.attributes["connection"] = connection
    return config
