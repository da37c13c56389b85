"""Locks that are waited for no longer than BUSY_TIMEOUT_SECONDS in all, however many stand in the queue before us."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import Select, text
from sqlalchemy.orm import Session

from matcher.storage import engine

Row = TypeVar("Row")


def lock_one(session: Session, query: Select[tuple[Row]], table: Any) -> Row:
    """The one row of a query, as it is now, locked against all but those who only refer to it. Raises NoResultFound."""

    def ask(*, skip_locked: bool) -> Select[tuple[Row]]:
        locked = query.with_for_update(of=table, key_share=True, skip_locked=skip_locked)
        return locked.execution_options(populate_existing=True)

    if session.get_bind().dialect.name == "sqlite":  # its writers are alone
        return session.scalars(query.execution_options(populate_existing=True)).one()
    free = session.scalars(ask(skip_locked=True)).first()
    if free is not None:
        return free
    # PostgreSQL's lock_timeout counts each wait anew: that for the first place in the queue, then that for the row.
    most = int(engine.BUSY_TIMEOUT_SECONDS * 1000)
    session.execute(text(f"set local statement_timeout = {most}"))
    held = session.scalars(ask(skip_locked=False)).one()
    session.execute(text("set local statement_timeout to default"))
    return held
