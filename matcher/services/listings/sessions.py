"""The sessions of a posting: which of them a change keeps, which are new, and which have moved."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import case
from sqlalchemy.orm import Session

from matcher.domain.errors import InvalidInput
from matcher.domain.opportunity import Opportunity
from matcher.domain.opportunity import Session as SessionTime
from matcher.storage.opportunities import open_occurrence
from matcher.storage.tables import Occurrence, OpportunityRow, new_id


def set_sessions(
    session: Session, row: OpportunityRow, posting: Opportunity, now: datetime, *, was_draft: bool
) -> None:
    """Make the sessions what the posting says: kept ones keep their seats, dropped ones are closed, new ones added.

    Only a draft's are deleted: nothing can point at them, and whether something does must not show (CARE 16).
    """
    capacity = posting.capacity or 0
    wanted = list(posting.sessions)
    for occurrence in list(row.occurrences):
        kept = _kept(occurrence, wanted, now, undated=not posting.sessions)
        if kept is None and was_draft:
            row.occurrences.remove(occurrence)
            continue
        if kept is None:
            occurrence.removed_at = occurrence.removed_at or now
            continue
        occurrence.removed_at = None
        if kept.starts_at is not None:
            occurrence.starts_at, occurrence.ends_at = kept.starts_at, kept.ends_at
            wanted.remove(kept)
        # Seats already held stay held, also those taken this moment; the newest unanswered invitations are withdrawn
        # by the event (CARE 16).
        occurrence.capacity = case((Occurrence.taken > capacity, Occurrence.taken), else_=capacity)
    for one in wanted:
        row.occurrences.append(
            Occurrence(id=new_id(), starts_at=one.starts_at, ends_at=one.ends_at, capacity=capacity, taken=0)
        )
    if not posting.sessions and open_occurrence(row) is None:
        row.occurrences.append(Occurrence(id=new_id(), capacity=capacity, taken=0))
    session.flush()


def check_ids(row: OpportunityRow, posting: Opportunity) -> None:
    """Raise InvalidInput for an id that names no session of this posting, or one named twice: guessing would sell its seats."""
    known = {one.id for one in row.occurrences}
    for index, one in enumerate(posting.sessions):
        if one.id is not None and one.id not in known:
            raise InvalidInput.at(
                f"/sessions/{index}/id",
                "There is no such session of this posting; a new one comes without an id.",
            )
        known.discard(one.id or "")


def moved_sessions(before: Opportunity, after: Opportunity) -> list[str]:
    """Ids of the sessions that are gone or at another time; a new session leaves the others as they were."""
    stand = {one.id: _times(one) for one in after.all_sessions()}
    return [
        one.id for one in before.all_sessions() if one.id is not None and stand.get(one.id) != _times(one)
    ]


def _kept(
    occurrence: Occurrence, wanted: list[SessionTime], now: datetime, *, undated: bool
) -> SessionTime | None:
    """Which of the wanted sessions this one is: the one that names its id, else the one at the same times.

    One that is over stays what it was, with its guests: under its id another day is another session.
    """
    if occurrence.starts_at is None:
        return SessionTime() if undated else None
    times = (occurrence.starts_at, occurrence.ends_at)
    by_id = next((one for one in wanted if one.id == occurrence.id), None)
    if (
        by_id is not None
        and occurrence.ends_at is not None
        and occurrence.ends_at <= now
        and _times(by_id) != times
    ):
        return None
    return by_id or next((one for one in wanted if one.id is None and _times(one) == times), None)


def _times(one: SessionTime) -> tuple[datetime | None, datetime | None]:
    return one.starts_at, one.ends_at
