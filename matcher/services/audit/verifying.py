"""Checking the seals of the audit trail: whether everything is as it was written, and where the first break is (CARE 23)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hmac import compare_digest

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matcher.services.audit.sealing import HOUR, LATE_AT_MOST, digest, marks, newest, unsealed
from matcher.storage.tables import AuditEntryRow, AuditSealedRow, AuditSealRow


class Break(StrEnum):
    """What is wrong at a place."""

    entry_changed = "entry_changed"
    entry_missing = "entry_missing"
    entry_added = "entry_added"
    seal_wrong = "seal_wrong"
    seal_missing = "seal_missing"
    mark_missing = "mark_missing"


@dataclass(frozen=True, slots=True)
class Broken:
    """The first break: the id of an entry, the number of a seal or the mark that was looked for, and the hour it lies in."""

    what: Break
    place: str
    hour: datetime | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check saw. `mark` is that of the newest seal, `waiting` how many entries no seal covers yet."""

    seals: int
    entries: int
    waiting: int
    sealed_until: datetime | None
    mark: str | None
    broken: Broken | None

    @property
    def holds(self) -> bool:
        """Whether nothing was touched."""
        return self.broken is None


def verify(session: Session, *, since: datetime | None = None, contains: str | None = None) -> Verdict:
    """Check every seal, or those from the hour `since` on. Changes nothing. Some 30,000 entries a second (measured, 2026-11).

    `contains`: a mark that was noted elsewhere; when no seal bears it, the newest ones were cut off or written anew. A seal
    made under a secret key that is no longer configured reads as wrong.
    """
    query = select(AuditSealRow).order_by(AuditSealRow.number)
    seals = session.scalars(query if since is None else query.where(AuditSealRow.hour >= since)).all()
    before = _before(session, seals, since)
    broken, checked = None, 0
    expected = 1 if before is None else before.number + 1
    mark = "" if before is None else before.mark
    for row in seals:
        if row.number != expected:
            broken = Broken(Break.seal_missing, str(expected), None)
        else:
            broken = _check(session, row, mark)
        if broken is not None:
            break
        checked += row.entries
        expected, mark = expected + 1, row.mark
    last = newest(session)
    waiting = session.scalar(select(func.count()).select_from(unsealed().order_by(None).subquery())) or 0
    return Verdict(
        seals=len(seals),
        entries=checked,
        waiting=waiting,
        sealed_until=None if last is None else last.hour + HOUR,
        mark=None if last is None else last.mark,
        broken=broken or _loose(session, last) or _unknown(session, contains),
    )


def _before(session: Session, seals: Sequence[AuditSealRow], since: datetime | None) -> AuditSealRow | None:
    if since is None or not seals:
        return None
    query = select(AuditSealRow).where(AuditSealRow.number < seals[0].number)
    return session.scalars(query.order_by(AuditSealRow.number.desc()).limit(1)).first()


def _check(session: Session, row: AuditSealRow, before: str) -> Broken | None:
    """One seal and the entries under it: an entry that was touched is named before the seal."""
    query = (
        select(AuditSealedRow.entry_id, AuditSealedRow.digest, AuditEntryRow)
        .outerjoin(AuditEntryRow, AuditEntryRow.id == AuditSealedRow.entry_id)
        .where(AuditSealedRow.seal_number == row.number)
        .order_by(AuditSealedRow.entry_id)
    )
    digests = []
    for entry_id, kept, entry in session.execute(query):
        if entry is None:
            return Broken(Break.entry_missing, entry_id, row.hour)
        if digest(entry) != kept:
            return Broken(Break.entry_changed, entry_id, row.hour)
        digests.append((entry_id, kept))
    if any(compare_digest(row.mark, mark) for mark in marks(session, row, before, digests)):
        return None
    return Broken(Break.seal_wrong, str(row.number), row.hour)


def _loose(session: Session, last: AuditSealRow | None) -> Broken | None:
    """What belongs to no seal: entries of a seal that is gone, and entries that were slipped in long after their hour."""
    number = 0 if last is None else last.number
    orphan = session.scalar(
        select(func.min(AuditSealedRow.seal_number)).where(AuditSealedRow.seal_number > number)
    )
    if orphan is not None:
        return Broken(Break.seal_missing, str(orphan), None)
    if last is None:
        return None
    added = session.scalars(unsealed().where(AuditEntryRow.at < last.hour - LATE_AT_MOST).limit(1)).first()
    return None if added is None else Broken(Break.entry_added, added.id, added.at)


def _unknown(session: Session, mark: str | None) -> Broken | None:
    if mark is None or session.scalars(select(AuditSealRow.number).filter_by(mark=mark)).first() is not None:
        return None
    return Broken(Break.mark_missing, mark, None)
