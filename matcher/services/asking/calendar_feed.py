"""The calendar of an organisation behind one private address: its published sessions, and who said yes.

What moves with anybody who has not said yes is not in it (CARE 16): no seats, no invitations under way, and no version but
that of the posting, which grows with the organisation's own changes and when it is over. A visitor stands in it only while
the page of visitors names them (CARE 17).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.domain.audit import Act
from matcher.domain.errors import NotFound
from matcher.domain.opportunity import OpportunityState
from matcher.exchange.calendar_feed import Entry, calendar_feed
from matcher.services.asking import showing
from matcher.services.asking.host_words import handle_of
from matcher.services.audit.auditing import record
from matcher.storage.encryption import TOKEN_BYTES, token_hash
from matcher.storage.tables import CalendarFeedRow, Occurrence, OpportunityRow, OrganisationRow

PAST_KEPT: Final = timedelta(days=30)  # judgement, 2026-11: enough to look back a little


def make(session: Session, organisation_id: str, now: datetime) -> str:
    """Make the address, or another one in place of it; gives its token, the only time it can be seen. Emits nothing."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = session.get(CalendarFeedRow, organisation_id)
    if row is None:
        row = CalendarFeedRow(organisation_id=organisation_id)
        session.add(row)
    row.token_hash, row.made_at = token_hash(token), now
    session.flush()
    record(session, Act.calendar_made, now, about=f"organisation:{organisation_id}")
    return token


def end(session: Session, organisation_id: str, now: datetime) -> None:
    """Nothing opens the calendar any more. Emits nothing. Safe to repeat."""
    row = session.get(CalendarFeedRow, organisation_id)
    if row is not None:
        session.delete(row)
        session.flush()
        record(session, Act.calendar_ended, now, about=f"organisation:{organisation_id}")


def made_at(session: Session, organisation_id: str) -> datetime | None:
    """Since when there is an address, if there is one."""
    row = session.get(CalendarFeedRow, organisation_id)
    return None if row is None else row.made_at


def read(session: Session, token: str, now: datetime) -> tuple[str, bytes]:
    """The calendar behind an address, and whose it is. Raises NotFound, whatever is wrong with it."""
    row = session.scalars(
        select(CalendarFeedRow).where(CalendarFeedRow.token_hash == token_hash(token))
    ).first()
    if row is None:
        raise NotFound("There is no such calendar.")
    organisation = session.get_one(OrganisationRow, row.organisation_id)
    entries = [*_sessions(session, organisation.id, now), *_visits(session, organisation.id, now)]
    return organisation.id, calendar_feed(organisation.name, entries)


def _sessions(session: Session, organisation_id: str, now: datetime) -> Iterator[Entry]:
    query = (
        select(Occurrence, OpportunityRow)
        .join(OpportunityRow, OpportunityRow.id == Occurrence.opportunity_id)
        .where(
            OpportunityRow.organisation_id == organisation_id,
            OpportunityRow.state.in_((OpportunityState.published, OpportunityState.finished)),
            Occurrence.removed_at.is_(None),
            Occurrence.ends_at > now - PAST_KEPT,
        )
        .order_by(Occurrence.starts_at, Occurrence.id)
    )
    for occurrence, posting in session.execute(query).unique():
        yield _entry(f"session-{occurrence.id}", posting.title or "", occurrence, posting)


def _visits(session: Session, organisation_id: str, now: datetime) -> Iterator[Entry]:
    for one in showing.visitors_to_come(session, organisation_id, now):
        if one.occurrence.starts_at is not None:
            summary = f"{one.alias} – {one.opportunity.title}"
            yield _entry(
                f"visit-{handle_of(session, one.invitation_id)}", summary, one.occurrence, one.opportunity
            )


def _entry(uid: str, summary: str, occurrence: Occurrence, posting: OpportunityRow) -> Entry:
    assert occurrence.starts_at is not None
    assert occurrence.ends_at is not None
    place = posting.place
    where = None if place is None else ", ".join(filter(None, (place.name, place.address)))
    return Entry(
        uid, summary, occurrence.starts_at, occurrence.ends_at, where, posting.created_at, posting.version
    )
