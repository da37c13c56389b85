"""A fresh code for something grave done with a key: export and erasure (CARE 23). Pages ask for theirs at the door."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select

from matcher.domain.errors import FreshCodeNeeded
from matcher.services.access import second_step, tries
from matcher.services.access.keys import Caller
from matcher.services.access.tries import Counter
from matcher.services.outside import Outside
from matcher.storage.tables import AccountRow

FREE_TRIES: Final = 5  # judgement, 2026-11: the same as for a code on the page


def check(outside: Outside, caller: Caller, code: str) -> None:
    """Take a caseworker's fresh code, where they have set up an app that gives codes; else the key alone is enough.

    Commits the counted try, then that the code is used. Raises FreshCodeNeeded, TooManyTries.
    """
    with outside.database.reading() as session:
        account = session.scalars(select(AccountRow).filter_by(caseworker_id=caller.id)).first()
    if account is None or account.totp_secret is None:
        return
    if not code:
        raise FreshCodeNeeded("This needs a fresh code from your app, in the header Matcher-Code.")
    counters = [Counter(f"step-up of {account.id}", FREE_TRIES)]
    now = outside.clock()
    with outside.database.writing() as session:
        tries.count(session, counters, now)
    with outside.database.writing() as session:
        locked = session.get_one(AccountRow, account.id, with_for_update=True)
        if not second_step.take(session, locked, code, now):
            raise FreshCodeNeeded("This code is not good, or no longer; take the next one.")
        tries.forget(session, counters)
