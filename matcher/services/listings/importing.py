"""Listings from files of others become drafts; what they do not say stays open for the organisation to complete."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from matcher.domain.audit import Act
from matcher.domain.errors import Conflict, GeocoderUnavailable, InvalidInput, NotFound, NotYet
from matcher.domain.events import Event, EventType
from matcher.domain.imports import (
    DraftRow,
    ImportLine,
    ImportReading,
    ImportReport,
    ImportResult,
    RefusedRow,
    RowNote,
    UnreadableFile,
)
from matcher.domain.opportunity import OpportunityState
from matcher.domain.ports import Geocoder
from matcher.exchange.formats import READERS
from matcher.services.audit.auditing import record
from matcher.services.listings import posting
from matcher.services.listings.vetting import get_organisation
from matcher.services.outside import ONE_TURN, Outside
from matcher.storage.imports import kept
from matcher.storage.outbox import emit
from matcher.storage.tables import ImportLineRow, ImportRow, OpportunityRow, OrganisationRow, new_id

# Judgement, 2026-11: the largest of eight towns' files has 340 rows in 0.2 MB.
FILE_MAX_MB: Final = 2
FILE_MAX_BYTES: Final = FILE_MAX_MB * 1_000_000
ROWS_MAX: Final = 3000
WAITING_MAX: Final = 10  # a program gone wild must not fill the database
ROWS_AT_ONCE: Final = 20  # a worker holds SQLite's one pen for a moment and lets others write in between
KEPT_FOR: Final = timedelta(days=180)  # judgement, 2026-11: time to mend what is open; the drafts stay anyway


def receive(session: Session, organisation_id: str, format_: str, content: bytes, now: datetime) -> ImportRow:
    """Keep a file until a worker has read it. Emits `import.received`. Each call is another import.

    Raises NotFound, InvalidInput for a format nobody reads and a file that is empty or too large, and Conflict while
    WAITING_MAX files of the organisation are still to be read.
    """
    get_organisation(session, organisation_id)
    if format_ not in READERS:
        raise InvalidInput.at("/format", f"Must be one of: {', '.join(READERS)}.")
    if not content:
        raise InvalidInput.at("/file", "The file is empty.")
    if len(content) > FILE_MAX_BYTES:
        raise InvalidInput.at("/file", f"The file is larger than {FILE_MAX_MB} MB; split it.")
    waiting = select(func.count()).where(
        ImportRow.organisation_id == organisation_id, ImportRow.state == "pending"
    )
    if session.scalars(waiting).one() >= WAITING_MAX:
        raise Conflict("Earlier files are still being read; bring this one afterwards.", code="waiting")
    row = ImportRow(
        id=new_id(), organisation_id=organisation_id, format=format_, state="pending", created_at=now,
        content=b64encode(content).decode(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    record(session, Act.import_brought, now, about=f"import:{row.id}")
    emit(session, EventType.import_received, f"import:{row.id}", {"import_id": row.id}, now=now)
    return row


def read_import(outside: Outside, event: Event) -> None:
    """Make drafts of the rows of a file, some at a time, each commit with their lines; then let go of the file.

    Emits nothing. A repeat goes on where the last one ended; when all is read it changes nothing. Raises NotYet after a
    turn: a long file, or a map that takes its time, must neither hold up other events nor outlast the lease.
    """
    import_id = event.subject("import_id")
    with outside.database.reading() as session:
        row = session.get(ImportRow, import_id)
    if row is None or row.content is None:
        return
    try:
        reading = _reading(row, outside.clock())
    except UnreadableFile as error:
        _let_go(outside, import_id, state="unreadable", why=error.why, detail=str(error))
        return
    with outside.database.reading() as session:
        done = _lines_done(session, import_id)
    left = [one for one in reading.rows if one.line not in done]
    until = outside.clock() + ONE_TURN
    for start in range(0, len(left), ROWS_AT_ONCE):
        if outside.clock() >= until:
            raise NotYet(outside.clock(), "Others have their turn; the rest of the file follows.")
        some = located(outside.geocoder, ImportReading(tuple(left[start : start + ROWS_AT_ONCE])))
        with outside.database.writing() as session:
            _take_in_once(session, row, some.rows, outside.clock())
    _let_go(outside, import_id, state="ready")


def located(geocoder: Geocoder, reading: ImportReading) -> ImportReading:
    """Find coordinates for addresses that came without; call it before any transaction is open.

    An address known only to its town stays without: a town's centre is a guessed fact. So does every address once the
    geocoding service is out of reach.
    """
    rows = list(reading.rows)
    for index, row in enumerate(rows):
        if not isinstance(row, DraftRow):
            continue
        try:
            rows[index] = replace(row, opportunity=posting.locate(geocoder, row.opportunity))
        except GeocoderUnavailable:
            break
    return ImportReading(tuple(rows))


def take_in(
    session: Session, organisation_id: str, rows: Sequence[DraftRow | RefusedRow], now: datetime
) -> list[ImportLine]:
    """Save every new row as a draft of this organisation, in one transaction; emits nothing.

    A row seen in an earlier import is left as it is, whatever the organisation has made of it since. Raises NotFound.
    """
    # Two imports of one organisation take turns: each sees the drafts of the other.
    session.execute(
        select(OrganisationRow.id)
        .where(OrganisationRow.id == organisation_id)
        .with_for_update(key_share=True)  # who only refers to the organisation need not wait
    ).one()
    drafts = _drafts_by_key(session, organisation_id, [row.key for row in rows])
    found: list[ImportLine] = []
    for row in rows:
        earlier = drafts.get(row.key or "")
        line = ImportLine.of(row, known=earlier is not None)
        if earlier is None and isinstance(row, DraftRow):
            line, earlier = _drafted(session, organisation_id, row, line, now)
            drafts |= {row.key: earlier} if earlier else {}
        found.append(replace(line, opportunity_id=earlier))
    return found


def import_listings(
    session: Session, organisation_id: str, reading: ImportReading, now: datetime
) -> ImportReport:
    """Take in a whole reading at once, in one transaction; emits nothing. Raises NotFound."""
    get_organisation(session, organisation_id)
    return ImportReport(tuple(take_in(session, organisation_id, reading.rows, now)))


def get_import(session: Session, organisation_id: str, import_id: str) -> ImportRow:
    """One import of this organisation. Raises NotFound, whoever else's it may be."""
    row = session.get(ImportRow, import_id)
    if row is None or row.organisation_id != organisation_id:
        raise NotFound("There is no such import.")
    return row


def newest_imports(session: Session, organisation_id: str, limit: int) -> Sequence[ImportRow]:
    """Imports of this organisation, newest first."""
    query = select(ImportRow).where(ImportRow.organisation_id == organisation_id)
    return session.scalars(query.order_by(ImportRow.id.desc()).limit(limit)).all()


def rows_of(session: Session, import_ids: Sequence[str]) -> dict[str, int]:
    """By import how many rows were read of it."""
    counted = select(ImportLineRow.import_id, func.count()).where(ImportLineRow.import_id.in_(import_ids))
    return dict(session.execute(counted.group_by(ImportLineRow.import_id)).tuples().all())


def forget_old_imports(session: Session, now: datetime) -> None:
    """Erase reports past their keep; the drafts stay."""
    old = select(ImportRow.id).where(ImportRow.created_at <= now - KEPT_FOR)
    session.execute(delete(ImportLineRow).where(ImportLineRow.import_id.in_(old)))
    session.execute(delete(ImportRow).where(ImportRow.created_at <= now - KEPT_FOR))


def _reading(row: ImportRow, now: datetime) -> ImportReading:
    reading = READERS[row.format](b64decode(row.content or ""), now=now)
    if len(reading.rows) > ROWS_MAX:
        raise UnreadableFile(f"The file has more than {ROWS_MAX:,} rows; split it.", why="rows")
    return reading


def _take_in_once(
    session: Session, of: ImportRow, rows: Sequence[DraftRow | RefusedRow], now: datetime
) -> None:
    """Take in those rows of a portion that no earlier start has taken in."""
    done = _lines_done(session, of.id)
    new = [row for row in rows if row.line not in done]
    for row, line in zip(new, take_in(session, of.organisation_id, new, now), strict=True):
        session.add(
            ImportLineRow(
                import_id=of.id, line=line.line, result=line.result, title=line.title,
                notes=[list(note) for note in line.notes], rest=_rest(row, line), opportunity_id=line.opportunity_id,
            )
        )  # fmt: skip


def _lines_done(session: Session, import_id: str) -> set[int]:
    return set(session.scalars(select(ImportLineRow.line).where(ImportLineRow.import_id == import_id)))


def _drafted(
    session: Session, organisation_id: str, row: DraftRow, line: ImportLine, now: datetime
) -> tuple[ImportLine, str | None]:
    """The draft made of a row; a reader's slip against the rules of postings becomes a refusal, not an end of it all."""
    draft = replace(row.opportunity, state=OpportunityState.draft)
    try:
        return line, posting.create(session, organisation_id, draft, now, import_key=row.key).id
    except InvalidInput as error:
        notes = tuple(RowNote(problem.pointer, problem.detail) for problem in error.problems)
        return replace(line, result=ImportResult.refused, notes=notes), None


def _rest(row: DraftRow | RefusedRow, line: ImportLine) -> dict[str, Any] | None:
    """What a refused row says all the same."""
    if line.result is not ImportResult.refused:
        return None
    rest = row.opportunity if isinstance(row, DraftRow) else row.rest
    return None if rest is None else kept(rest)


def _drafts_by_key(session: Session, organisation_id: str, keys: Sequence[str | None]) -> dict[str, str]:
    """Which of these keys earlier imports have brought, with the draft of each."""
    query = select(OpportunityRow.import_key, OpportunityRow.id).where(
        OpportunityRow.organisation_id == organisation_id, OpportunityRow.import_key.in_(filter(None, keys))
    )
    return {str(key): opportunity_id for key, opportunity_id in session.execute(query)}


def _let_go(outside: Outside, import_id: str, **outcome: str) -> None:
    """The file is read, or cannot be: its bytes go."""
    with outside.database.writing() as session:
        session.execute(
            update(ImportRow)
            .where(ImportRow.id == import_id, ImportRow.state == "pending")
            .values(content=None, ready_at=outside.clock(), **outcome)
        )
