"""Lends the worlds to the tests of this folder."""

from tests.worlds import (
    at,
    at_postgres,
    at_sqlite,
    postgres_database,
    postgres_world,
    sqlite_database,
    sqlite_world,
    world,
)

__all__ = [
    "at",
    "at_postgres",
    "at_sqlite",
    "postgres_database",
    "postgres_world",
    "sqlite_database",
    "sqlite_world",
    "world",
]
