"""Talks of a caseworker with somebody: what was said stays sealed, and what waited for one goes on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from matcher.domain.audit import Act
from matcher.domain.events import EventType
from matcher.domain.values import HistoryOutcome
from matcher.services.access.keys import Caller
from matcher.services.audit.auditing import record
from matcher.services.people import people
from matcher.storage.tables import HistoryRow, PersonRow, TalkRow, new_id


def note(
    session: Session,
    row: PersonRow,
    caller: Caller,
    notes: str | None,
    now: datetime,
    talk_id: str | None = None,
) -> TalkRow:
    """The caseworker talked with them: what waited for a talk may go on. Emits `talk.recorded`.

    With a `talk_id` of its own a repeat changes nothing.
    """
    known = None if talk_id is None else session.get(TalkRow, talk_id)
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
    row.talk_reason = None
    row.unanswered = 0
    row.version += 1
    session.flush()
    record(session, Act.talk_recorded, now, about=f"talk:{talk.id}", person_id=row.id)
    people.tell(session, EventType.talk_recorded, row, now)
    return talk
