"""Whether the secret keys are those that a database was written with, told by a few of its oldest sealed values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.storage.encryption import UnreadableSecret
from matcher.storage.engine import Database
from matcher.storage.reencrypting import as_stored, sealed_columns

# Of each table. Judgement, 2026-11: enough for some to say something, and a moment's work.
ROWS_LOOKED_AT: Final = 3


def check_keys(database: Database) -> None:
    """Raises UnreadableSecret where most of what was sealed first fits none of the keys; where nothing is sealed, all fit.

    What is oldest tells of a key that was dropped before everything was encrypted anew, too. Most, because a single value
    that is damaged must not stop everybody.
    """
    opened = unreadable = 0
    with database.reading() as session:
        for sealed in _oldest(session):
            try:
                database.keyring.open(sealed)
                opened += 1
            except UnreadableSecret:
                unreadable += 1
    if unreadable > opened:
        raise UnreadableSecret(
            "What this database holds fits none of MATCHER_SECRET_KEYS (of secret.key in MATCHER_DATA_DIR, where none is "
            "set): put the key that it was written with there, too."
        )


def _oldest(session: Session) -> Iterator[str]:
    for table, columns in sealed_columns().items():
        some = select(*map(as_stored, columns)).order_by(*table.primary_key).limit(ROWS_LOOKED_AT)
        for row in session.execute(some):
            yield from (sealed for sealed in row if sealed is not None)
