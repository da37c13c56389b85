"""Rows of an imported file are mended in its report: a refused row becomes a draft, an incomplete draft is completed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.domain.errors import Conflict, InvalidInput, NotFound, TemporarilyUnavailable
from matcher.domain.imports import ImportLine, ImportResult
from matcher.domain.opportunity import Opportunity, OpportunityState
from matcher.services.listings import importing, posting
from matcher.services.outside import Outside
from matcher.storage.imports import line_of, lines_of, posting_of
from matcher.storage.opportunities import opportunity_of
from matcher.storage.tables import ImportLineRow, OpportunityRow

AS_BROUGHT: Final = 1  # the version of a draft that nobody has changed since


@dataclass(frozen=True, slots=True)
class OpenRow:
    """One row and what stands of it. `waits`: nobody has mended it, and nothing else was made of it."""

    line: ImportLine
    standing: Opportunity
    waits: bool


def open_rows(session: Session, organisation_id: str, import_id: str) -> list[OpenRow]:
    """Every row of an import, in the order of the file. Raises NotFound."""
    importing.get_import(session, organisation_id, import_id)
    lines = lines_of(session, import_id)
    made = [line.opportunity_id for line in lines if line.opportunity_id is not None]
    drafts = {
        row.id: opportunity_of(row)
        for row in session.scalars(select(OpportunityRow).where(OpportunityRow.id.in_(made))).unique()
    }
    return [_row_of(line, drafts.get(line.opportunity_id or "")) for line in lines]


def mend(
    outside: Outside,
    organisation_id: str,
    import_id: str,
    line: int,
    change: Callable[[OpenRow], Opportunity],
) -> str:
    """Save what `change` makes of a row as a draft; gives the id of the listing. Emits nothing.

    Its address is looked up first; then one transaction. A repeat changes the same draft again, and makes no second one.
    Raises InvalidInput, NotFound, and Conflict for a listing that is no draft any more.
    """
    with outside.database.reading() as session:
        wanted = change(_locked_row(session, organisation_id, import_id, line)[1])
    found = _located(outside, wanted)
    now = outside.clock()
    with outside.database.writing() as session:
        kept, row = _locked_row(session, organisation_id, import_id, line)
        changed = change(row)
        if changed.place and found.place and changed.place.address == found.place.address:
            changed = replace(changed, place=found.place)
        saved = _saved(session, organisation_id, kept, changed, now)
        kept.result, kept.title = ImportResult.draft, saved.title
        kept.opportunity_id, kept.rest, kept.mended_at = saved.id, None, now
        return saved.id


def put_away(outside: Outside, organisation_id: str, import_id: str, lines: Sequence[int]) -> None:
    """Put these rows away with their drafts, some at a time. Emits nothing. Safe to repeat. Raises NotFound.

    What has been mended or published stays.
    """
    for start in range(0, len(lines), importing.ROWS_AT_ONCE):
        with outside.database.writing() as session:
            for line in lines[start : start + importing.ROWS_AT_ONCE]:
                _put_away_one(session, organisation_id, import_id, line, outside.clock())


def _put_away_one(session: Session, organisation_id: str, import_id: str, line: int, now: datetime) -> None:
    try:
        kept, row = _locked_row(session, organisation_id, import_id, line)
    except Conflict:
        return  # published meanwhile
    if not row.waits:
        return
    if kept.opportunity_id is not None:
        draft = posting.locked(session, organisation_id, kept.opportunity_id)
        if draft.version == AS_BROUGHT:  # what somebody has written on by hand stays theirs
            posting.withdraw(session, draft, now)
    kept.mended_at, kept.rest = now, None


def _saved(
    session: Session, organisation_id: str, kept: ImportLineRow, changed: Opportunity, now: datetime
) -> OpportunityRow:
    if changed.title is None:
        raise InvalidInput.at("/title", "A listing needs a name.")
    if kept.opportunity_id is not None:
        return posting.change(
            session, posting.locked(session, organisation_id, kept.opportunity_id), changed, now
        )
    key = f"mended:{kept.import_id}:{kept.line}"
    draft = replace(changed, state=OpportunityState.draft)
    return posting.create(session, organisation_id, draft, now, import_key=key)


def _locked_row(
    session: Session, organisation_id: str, import_id: str, line: int
) -> tuple[ImportLineRow, OpenRow]:
    """One row as it stands, locked where the session writes. Raises NotFound and Conflict."""
    importing.get_import(session, organisation_id, import_id)
    kept = session.scalars(
        select(ImportLineRow)
        .where(ImportLineRow.import_id == import_id, ImportLineRow.line == line)
        .with_for_update()
    ).first()
    if kept is None:
        raise NotFound("There is no such row.")
    made = None
    if kept.opportunity_id is not None:
        made = opportunity_of(posting.get(session, organisation_id, kept.opportunity_id))
        if made.state is not OpportunityState.draft:
            raise Conflict("This row is a listing already; change it there.")
    return kept, _row_of(kept, made)


def _row_of(kept: ImportLineRow, made: Opportunity | None) -> OpenRow:
    line = line_of(kept)
    rest = posting_of(kept.rest) if kept.rest is not None else Opportunity()
    is_draft = made is None or made.state is OpportunityState.draft
    waits = kept.mended_at is None and line.result is not ImportResult.unchanged and is_draft
    return OpenRow(line, made or rest, waits)


def _located(outside: Outside, wanted: Opportunity) -> Opportunity:
    try:
        return posting.locate(outside.geocoder, wanted)
    except TemporarilyUnavailable:
        return wanted
