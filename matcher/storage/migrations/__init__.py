"""Alembic migrations: how a database is made, brought up to date and taken back."""
