"""What a caseworker has set aside: it is kept away from that person for a while, and can be taken up again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from matcher.domain.audit import Act
from matcher.domain.events import EventType
from matcher.domain.invitation import MatchState
from matcher.services.audit.auditing import record
from matcher.services.people import people
from matcher.storage.sent import among
from matcher.storage.tables import MatchRow

LASTS: Final = timedelta(days=90)  # judgement, 2026-11: as long as a person's own no


def kept_from(session: Session, opportunity_id: str, now: datetime) -> set[str]:
    """The ids of those whom a listing is kept away from."""
    query = select(MatchRow.person_id).where(_stands(now), MatchRow.opportunity_id == opportunity_id)
    return set(session.scalars(query))


def kept_away(session: Session, person_ids: Iterable[str], now: datetime) -> Mapping[str, set[str]]:
    """The ids of the listings that are kept away from each of these people."""
    found: dict[str, set[str]] = defaultdict(set)
    theirs = among(session, MatchRow.person_id, list(person_ids))
    query = select(MatchRow.person_id, MatchRow.opportunity_id).where(_stands(now), theirs)
    for person_id, opportunity_id in session.execute(query):
        found[person_id].add(opportunity_id)
    return found


def of_person(session: Session, person_id: str, now: datetime) -> Sequence[MatchRow]:
    """What is kept away from somebody, the latest first; of each listing what was set aside last."""
    query = select(MatchRow).where(_stands(now), MatchRow.person_id == person_id)
    oldest_first = session.scalars(query.order_by(MatchRow.set_aside_at, MatchRow.id))
    return sorted(
        {row.opportunity_id: row for row in oldest_first}.values(),
        key=lambda row: (row.set_aside_at, row.id),
        reverse=True,
    )


def take_up(session: Session, match: MatchRow, now: datetime) -> None:
    """Its listing may be offered to that person again. Emits `person.changed`: it is looked for. A repeat changes nothing."""
    person = people.lock(session, match.person_id)
    theirs = and_(MatchRow.person_id == person.id, MatchRow.opportunity_id == match.opportunity_id)
    query = select(MatchRow).where(_stands(now), theirs).execution_options(populate_existing=True)
    found = session.scalars(query).all()
    for row in found:
        row.state = MatchState.stale
        row.version += 1
    if found:
        session.flush()
        record(session, Act.match_taken_up, now, about=f"match:{match.id}", person_id=person.id)
        people.tell(session, EventType.person_changed, person, now)


def _stands(now: datetime) -> ColumnElement[bool]:
    return and_(MatchRow.state == MatchState.set_aside, MatchRow.set_aside_at > now - LASTS)
