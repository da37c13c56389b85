"""Everything published from the database into columns in memory: all of it, or one that changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from matcher.domain.opportunity import Opportunity, OpportunityState
from matcher.scoring.columns.listings import ListingColumns
from matcher.scoring.columns.words import Words
from matcher.storage.opportunities import opportunity_of
from matcher.storage.progress import Progress, without_collecting
from matcher.storage.tables import OpportunityRow, OrganisationRow

VETTING: Final = (OrganisationRow.state, OrganisationRow.vetted_until)
CHUNK: Final = 500  # postings held as rows at a time: a few MB


def read_listings(
    session: Session, words: Words, as_of: datetime, progress: Progress | None = None
) -> ListingColumns:
    """Everything published, settled. `progress` hears how many of how many, after each chunk."""
    columns = ListingColumns(words)
    query = select(OpportunityRow).where(OpportunityRow.state == OpportunityState.published)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    # Of an organisation only its vetting is read: what is encrypted takes long to open.
    vetting = joinedload(OpportunityRow.organisation).load_only(*VETTING)
    with without_collecting():
        for done, row in enumerate(_streamed(session, query.options(vetting)), start=1):
            columns.put(opportunity_of(row, at=as_of), as_of)
            if progress is not None and (done % CHUNK == 0 or done == total):
                progress(done, total)
    columns.settle()
    return columns


def known_listings(
    session: Session, opportunity_ids: Sequence[str], as_of: datetime
) -> dict[str, Opportunity | None]:
    """Some postings as they stand in the database; None where one is not published."""
    published = select(OpportunityRow).where(
        OpportunityRow.id.in_(opportunity_ids), OpportunityRow.state == OpportunityState.published
    )
    rows = session.scalars(published.execution_options(populate_existing=True)).unique()
    unknown: dict[str, Opportunity | None] = dict.fromkeys(opportunity_ids)
    return unknown | {row.id: opportunity_of(row, at=as_of) for row in rows}


def put_listing(
    columns: ListingColumns, opportunity_id: str, known: Opportunity | None, as_of: datetime
) -> None:
    """Write one posting down as it is known, in place, or forget it. Safe to repeat."""
    if known is None:
        columns.remove(opportunity_id)
    else:
        columns.put(known, as_of)


def _streamed(session: Session, query: Any) -> Iterator[OpportunityRow]:
    """Some at a time in the order of their ids; what was read is let go, so that memory stays bounded."""
    last = ""
    while True:
        some = query.where(OpportunityRow.id > last).order_by(OpportunityRow.id).limit(CHUNK)
        rows = session.scalars(some).unique().all()
        yield from rows
        if len(rows) < CHUNK:
            return
        last = rows[-1].id
        session.expunge_all()
