"""Counting tries: after several in a row the next has to wait, whether or not there is such an account (CARE 25).

A try is counted before it is looked at, under a lock, so that a thousand at once are a thousand tries. Right ones take
their count back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete
from sqlalchemy.orm import Session

from matcher.domain.errors import TemporarilyUnavailable, TooManyTries
from matcher.storage.encryption import keyring_of
from matcher.storage.locking import was_added
from matcher.storage.tables import TriesRow

FIRST_WAIT: Final = timedelta(seconds=30)  # judgement, 2026-11; doubles with each further try
LONGEST_WAIT: Final = timedelta(minutes=15)  # judgement, 2026-11: nobody is locked out for good
LOOKS_AT_MOST: Final = 5  # judgement, 2026-11: two first tries at once need two
FORGOTTEN_AFTER: Final = timedelta(hours=24)  # judgement, 2026-11


@dataclass(frozen=True, slots=True)
class Counter:
    """What tries are counted by, and how many of them are free."""

    name: str
    free: int


def count(session: Session, counters: Iterable[Counter], now: datetime) -> None:
    """Count one try by each counter. Raises TooManyTries, and then nothing is counted."""
    session.execute(delete(TriesRow).where(TriesRow.last_at <= now - FORGOTTEN_AFTER))
    keyring = keyring_of(session)
    keyed = sorted((keyring.fingerprint(f"tries\0{counter.name}"), counter.free) for counter in counters)
    for key, free in keyed:  # in one order, so that two tries never wait for each other
        row = _locked(session, key, now)
        until = row.last_at + wait_after(row.tries, free)
        if until > now:
            raise TooManyTries(until)
        row.tries += 1
        row.last_at = now
    session.flush()


def forget(session: Session, counters: Iterable[Counter]) -> None:
    """It was the right human after all."""
    keyring = keyring_of(session)
    keys = [keyring.fingerprint(f"tries\0{counter.name}") for counter in counters]
    session.execute(delete(TriesRow).where(TriesRow.key.in_(keys)))


def wait_after(tries: int, free: int) -> timedelta:
    """How long the next try has to wait after so many.

    >>> [wait_after(tries, free=3).seconds for tries in (0, 2, 3, 4, 5, 50)]
    [0, 0, 30, 60, 120, 900]
    """
    if tries < free:
        return timedelta(0)
    doubled: int = 2 ** min(tries - free, 10)
    return min(FIRST_WAIT * doubled, LONGEST_WAIT)


def _locked(session: Session, key: str, now: datetime) -> TriesRow:
    """The row of a counter, made where there is none. Raises TemporarilyUnavailable when others keep taking it away."""
    for _ in range(LOOKS_AT_MOST):
        row = session.get(TriesRow, key, with_for_update=True, populate_existing=True)
        if row is not None:
            return row
        row = TriesRow(key=key, tries=0, last_at=now)
        if was_added(session, row):
            return row
        # Another first try was faster; by now it may have been forgotten, too.
    raise TemporarilyUnavailable("Too many are trying at once.")
