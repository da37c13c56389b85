"""Lends the worlds to the tests of this folder."""

from tests.worlds import postgres_database, postgres_world, sqlite_database, sqlite_world, world

__all__ = ["postgres_database", "postgres_world", "sqlite_database", "sqlite_world", "world"]
