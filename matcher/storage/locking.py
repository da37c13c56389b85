"""Locks that are waited for no longer than BUSY_TIMEOUT_SECONDS in all, however many stand in the queue before us."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import Select, func, select, text
from sqlalchemy.exc import IntegrityError, NoResultFound
from sqlalchemy.orm import Session

from matcher.storage import engine

Row = TypeVar("Row")


def lock_one(session: Session, query: Select[tuple[Row]], table: Any) -> Row:
    """The one row of a query, as it is now, locked against all but those who only refer to it. Raises NoResultFound."""
    if free := lock_free_rows(session, query, table):
        return free[0]
    if session.get_bind().dialect.name == "sqlite":
        raise NoResultFound
    # PostgreSQL's lock_timeout counts each wait anew: that for the first place in the queue, then that for the row.
    most = int(engine.BUSY_TIMEOUT_SECONDS * 1000)
    session.execute(text(f"set local statement_timeout = {most}"))
    held = session.scalars(_locking(query, table)).one()
    session.execute(text("set local statement_timeout to default"))
    return held


def lock_free_rows(session: Session, query: Select[tuple[Row]], table: Any) -> Sequence[Row]:
    """Those rows of a query that nobody holds, as they are now, locked in the same way."""
    if session.get_bind().dialect.name == "sqlite":  # its writers are alone
        return session.scalars(query.execution_options(populate_existing=True)).all()
    return session.scalars(_locking(query, table, skip_locked=True)).all()


def was_added(session: Session, row: Any) -> bool:
    """Add a row at once; False, and nothing is lost of this transaction, where a unique index knows one like it already.

    Somebody else's that has not been committed yet is waited for.
    """
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return False
    return True


def is_alone(session: Session, what: str) -> bool:
    """Whether nobody else is at it until this transaction ends. Never waits; SQLite's writers are alone anyhow."""
    if session.get_bind().dialect.name == "sqlite":
        return True
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(func.hashtextextended(what, 0)))))


def _locking(query: Select[tuple[Row]], table: Any, *, skip_locked: bool = False) -> Select[tuple[Row]]:
    locked = query.with_for_update(of=table, key_share=True, skip_locked=skip_locked)
    return locked.execution_options(populate_existing=True)
