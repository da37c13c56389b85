"""Letting go of an old secret key: everything that is stored under it is stored anew under the newest (CARE 22)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import select

from matcher.services.access import accounts
from matcher.storage import reencrypting
from matcher.storage.encryption import UnreadableSecret
from matcher.storage.engine import Database
from matcher.storage.progress import Progress
from matcher.storage.tables import AccountRow


@dataclass(frozen=True, slots=True)
class Renewed:
    """How many sealed values and accounts are under the newest key that were not, and how many values no key opens."""

    values: int
    accounts: int
    unreadable: int


def reencrypt(database: Database, progress: Progress) -> Renewed:
    """Seal everything anew under the newest key, and find accounts by it. Commits bit by bit; emits nothing.

    Safe to repeat, to break off, and beside everybody at work, once each process knows the newest key.
    """
    found = reencrypting.reencrypt(database, progress)
    with database.reading() as session:
        ids = session.scalars(select(AccountRow.id)).all()
    moved = 0
    for account_id in ids:
        # Its address is among what was counted already where no key opens it: the others move all the same.
        with suppress(UnreadableSecret), database.writing() as session:
            account = session.get(AccountRow, account_id, with_for_update=True)
            moved += account is not None and accounts.move_to_newest_key(session, account)
    return Renewed(found["renewed"], moved, found["unreadable"])
