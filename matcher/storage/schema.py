"""Brings a database to the version this code needs, and says when the tables and the migrations disagree."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from matcher.storage.engine import Database
from matcher.storage.tables import Base

UPGRADE_LOCK = 7_201_126  # any fixed number: two starting processes migrate one after the other


def upgrade(database: Database, revision: str = "head") -> None:
    """Apply what is missing. Safe to repeat, and safe to run from several processes at once."""
    with database.engine.begin() as connection:
        if not database.is_sqlite:
            connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": UPGRADE_LOCK})
        command.upgrade(_config(connection), revision)


def downgrade(database: Database, revision: str = "base") -> None:
    """Take migrations back, down to `revision`."""
    with database.engine.begin() as connection:
        command.downgrade(_config(connection), revision)


def is_current(database: Database) -> bool:
    """Whether the database stands at the newest migration."""
    with database.engine.connect() as connection:
        heads = MigrationContext.configure(connection).get_current_heads()
    return set(heads) == set(ScriptDirectory.from_config(_config(None)).get_heads())


def differences(database: Database) -> list[Any]:
    """What a new migration would still have to change; empty when they agree."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def new_revision(database: Database, message: str) -> None:
    """Write a migration for what changed in the tables (for developers)."""
    with database.engine.connect() as connection:
        command.revision(_config(connection), message, autogenerate=True)


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("matcher.storage") / "migrations"))
    config.attributes["connection"] = connection
    return config
