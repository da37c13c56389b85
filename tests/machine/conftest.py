"""Lends a database to the machine."""

from __future__ import annotations

from tests.worlds import postgres_database, sqlite_database

__all__ = ["postgres_database", "sqlite_database"]
