"""Seals over the audit trail: each hour is bound to the one before by a keyed hash, so that nothing vanishes unseen (CARE 23).

The database refuses to change what was written, but whoever owns the database can switch that off. The hash is keyed with
the secret key, which is not in the database: rewriting the past takes both. The newest mark also goes to the log, and can
be kept anywhere: with it a check finds out when the newest seals were cut off (`matcher audit verify --contains`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Final

import structlog
from sqlalchemy import Select, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from matcher.storage.encryption import keyring_of
from matcher.storage.engine import Database
from matcher.storage.tables import AuditEntryRow, AuditSealedRow, AuditSealRow

HOUR: Final = timedelta(hours=1)
# An entry bears the moment its act began and appears when the act is committed. Judgement, 2026-11: two minutes are
# enough for nearly all; whatever comes later lies under the next seal, and none takes a day.
SETTLES: Final = timedelta(minutes=2)
LATE_AT_MOST: Final = timedelta(days=1)
BATCH: Final = 1000

log = structlog.get_logger()


def due_until(now: datetime) -> datetime:
    """Entries before this moment are to be sealed."""
    return hour_of(now - SETTLES)


def hour_of(moment: datetime) -> datetime:
    """The beginning of its hour, in UTC."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def seal(database: Database, now: datetime) -> int:
    """Seal every hour that is over and not sealed yet, however long nobody did; returns how many seals were set.

    Commits them together. Safe to repeat, and from several workers at once: the number of a seal is taken once.
    """
    try:
        with database.writing() as session:
            made = [(row.number, row.hour, row.mark) for row in _seal(session, now)]
    except IntegrityError:  # another worker was faster
        return 0
    for number, hour, mark in made:
        log.info("audit.sealed", number=number, hour=hour.isoformat(), mark=mark)
    return len(made)


def newest(session: Session) -> AuditSealRow | None:
    """The newest seal."""
    return session.scalars(select(AuditSealRow).order_by(AuditSealRow.number.desc()).limit(1)).first()


def unsealed() -> Select[tuple[AuditEntryRow]]:
    """Entries under no seal, oldest first."""
    known = exists().where(AuditSealedRow.entry_id == AuditEntryRow.id)
    return select(AuditEntryRow).where(~known).order_by(AuditEntryRow.at, AuditEntryRow.id)


def digest(entry: AuditEntryRow) -> str:
    """The hash of one entry: SHA-256 over all its columns by name, as JSON with sorted keys and moments in UTC."""
    said = {column.key: getattr(entry, column.key) for column in AuditEntryRow.__table__.columns}
    return hashlib.sha256(_text(said | {"at": _moment(entry.at)}).encode()).hexdigest()


def marks(session: Session, row: AuditSealRow, before: str, digests: Iterable[tuple[str, str]]) -> list[str]:
    """The mark a seal must bear, under each secret key, the newest first. `before`: the mark of the seal before it."""
    said = [row.number, _moment(row.hour), row.entries, _moment(row.sealed_at), before, sorted(digests)]
    return keyring_of(session).fingerprints("audit seal\0" + _text(said))


def _seal(session: Session, now: datetime) -> Iterator[AuditSealRow]:
    before, limit = newest(session), due_until(now)
    query = unsealed().where(AuditEntryRow.at < limit)
    if before is not None:
        query = query.where(AuditEntryRow.at >= before.hour - LATE_AT_MOST)
    entries = session.scalars(query.execution_options(yield_per=BATCH))
    earliest = before.hour + HOUR if before is not None else None

    def hour_for(entry: AuditEntryRow) -> datetime:
        return max(filter(None, (earliest, hour_of(entry.at))))

    due = [(hour, [(one.id, digest(one)) for one in some]) for hour, some in groupby(entries, hour_for)]
    for hour, digests in due:
        if hour >= limit:  # came late to an hour that was sealed; the hour it goes with is not over yet
            return
        number, mark = (before.number + 1, before.mark) if before is not None else (1, "")
        row = AuditSealRow(number=number, hour=hour, entries=len(digests), sealed_at=now)
        row.mark = marks(session, row, mark, digests)[0]
        session.add(row)
        session.flush()
        session.add_all(
            AuditSealedRow(entry_id=one, seal_number=number, digest=hashed) for one, hashed in digests
        )
        session.flush()
        before = row
        yield row


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _text(said: object) -> str:
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
