"""What was comfortable for somebody over time, and the visits it was learned from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.domain.values import Rungs
from matcher.scoring.experience import TOOK_PLACE
from matcher.storage.people import comfort_of, comfort_path_of
from matcher.storage.tables import HistoryRow, OpportunityRow, PersonRow


@dataclass(frozen=True, slots=True)
class Lived:
    """A visit that took place: how it was, and what it asked when it was offered."""

    at: datetime
    outcome: str
    asked: Rungs
    title: str


@dataclass(frozen=True, slots=True)
class Ladder:
    """`path` says since when which rungs were comfortable, `visits` what was lived; both oldest first."""

    path: tuple[tuple[datetime, Rungs], ...]
    visits: tuple[Lived, ...]
    now: Rungs
    until: datetime


def ladder(session: Session, row: PersonRow, now: datetime) -> Ladder:
    """The ladder of one person up to `now`. Changes nothing."""
    query = (
        select(HistoryRow, OpportunityRow.title)
        .outerjoin(OpportunityRow, OpportunityRow.id == HistoryRow.opportunity_id)
        .where(
            HistoryRow.person_id == row.id,
            HistoryRow.outcome.in_(sorted(TOOK_PLACE)),
            HistoryRow.aspects.is_not(None),
        )
        .order_by(HistoryRow.at, HistoryRow.id)
    )
    visits = tuple(
        Lived(line.at, line.outcome, Rungs(**line.aspects), title or "")
        for line, title in session.execute(query)
        if line.aspects is not None
    )
    return Ladder(comfort_path_of(row), visits, comfort_of(row).rungs, now)
