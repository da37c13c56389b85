"""Talks of a caseworker with somebody: what was noted stays sealed, and what waited for one goes on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from sqlalchemy.orm import Session

from matcher.domain.audit import Act
from matcher.domain.errors import NotFound
from matcher.domain.events import EventType
from matcher.domain.values import Aspect, HistoryOutcome
from matcher.scoring.comfort import talked_over
from matcher.services.access.keys import Caller
from matcher.services.audit.auditing import record
from matcher.services.people import people
from matcher.storage.people import comfort_of, note_said_again, set_comfort
from matcher.storage.tables import HistoryRow, PersonRow, TalkRow, new_id


def note(
    session: Session,
    row: PersonRow,
    caller: Caller,
    notes: str | None,
    now: datetime,
    talk_id: str | None = None,
    said: Mapping[Aspect, float] = MappingProxyType({}),
) -> TalkRow:
    """The caseworker talked with them: what waited for a talk may go on. Emits `talk.recorded`.

    `said` holds what they said is comfortable now, aspect by aspect; each rung that was spoken of goes half the way there
    in the same transaction, and the matching that follows reads it. With a `talk_id` of its own a repeat changes nothing.
    """
    known = noted(session, row, talk_id)
    if known is not None:
        return known
    talk = TalkRow(
        id=talk_id or new_id(), person_id=row.id, caseworker_id=caller.id, talked_at=now, notes=notes
    )
    session.add(talk)
    session.add(
        HistoryRow(
            person_id=row.id, at=now, outcome=HistoryOutcome.talked, aspects=None, source=f"talk:{talk.id}"
        )
    )
    moved = _take_to_heart(row, said, now)
    row.talk_reason = None
    row.unanswered = 0
    row.version += 1
    session.flush()
    record(session, Act.talk_recorded, now, about=f"talk:{talk.id}", person_id=row.id)
    if moved:
        record(session, Act.person_changed, now, about=f"person:{row.id}")
    people.tell(session, EventType.talk_recorded, row, now)
    return talk


def noted(session: Session, row: PersonRow, talk_id: str | None) -> TalkRow | None:
    """The talk with them that is noted under this id already, if any. Raises NotFound for one with somebody else."""
    known = None if talk_id is None else session.get(TalkRow, talk_id)
    if known is not None and known.person_id != row.id:
        raise NotFound("There is no such talk.")
    return known


def _take_to_heart(row: PersonRow, said: Mapping[Aspect, float], now: datetime) -> bool:
    """Whether a rung moved by what was said; where none did, it is kept that they were asked."""
    if not said:
        return False
    stood = comfort_of(row)
    found = talked_over(stood, said)
    if found.rungs == stood.rungs:
        note_said_again(row, now)
        return False
    set_comfort(row, found, now)
    return True
