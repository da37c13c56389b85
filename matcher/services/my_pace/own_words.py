"""What a person told us by their own hand, for whoever accompanies them: what they changed, and their questions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from matcher.domain.errors import Conflict, NotFound
from matcher.domain.person import PersonState
from matcher.mail.letters import Reason
from matcher.services.access.keys import Caller
from matcher.services.asking.letters import notify_caseworker
from matcher.services.my_pace import privacy
from matcher.services.people import people
from matcher.storage.tables import InvitationRow, OpportunityRow, OwnWordRow, PersonRow

QUESTION: Final = "question"
THEMSELVES: Final = "person"  # who gave a consent that came by their own hand
SAME_SITTING: Final = timedelta(hours=1)  # judgement, 2026-11: trying an answer twice is one change
WAIT_AT_MOST: Final = (
    10  # judgement, 2026-11: far more than anybody asks before an answer; a program sends thousands
)
SHOWN: Final = 5  # judgement, 2026-11: the newest few fit beside everything else


@dataclass(frozen=True, slots=True)
class OwnWord:
    """One of them, with the title of what it is about, where it is about an invitation."""

    row: OwnWordRow
    person: PersonRow
    title: str | None


def note(session: Session, person: PersonRow, subject: str, now: datetime) -> None:
    """Note that somebody changed something themselves. Within one sitting a repeat adds nothing."""
    query = select(OwnWordRow).filter_by(person_id=person.id, subject=subject)
    known = session.scalars(query.where(OwnWordRow.at > now - SAME_SITTING)).first()
    if known is None:
        session.add(OwnWordRow(person_id=person.id, subject=subject, at=now))
    else:
        known.at = now


def ask(session: Session, row: InvitationRow, said: str, now: datetime) -> None:
    """A question about an invitation: it waits at the desk, and a letter says so. Emits `letter.due`.

    The same words again, while nobody has heard them yet, change nothing; others wait beside them without another letter.
    Raises Conflict once WAIT_AT_MOST of the person's questions wait.
    """
    query = select(OwnWordRow.said).filter_by(invitation_id=row.id, subject=QUESTION, heard_at=None)
    waiting = session.scalars(query).all()
    if said in waiting:
        return
    unheard = select(func.count()).select_from(OwnWordRow)
    of_theirs = unheard.filter_by(person_id=row.person_id, subject=QUESTION, heard_at=None)
    if (session.scalar(of_theirs) or 0) >= WAIT_AT_MOST:
        raise Conflict("The questions sent so far wait to be read.", code="questions_wait")
    session.add(
        OwnWordRow(person_id=row.person_id, invitation_id=row.id, subject=QUESTION, said=said, at=now)
    )
    if not waiting:
        notify_caseworker(session, row.person_id, Reason.asked, now)


def leave(session: Session, person: PersonRow, now: datetime) -> None:
    """They have everything erased; whoever accompanies them hears of it, by alias alone. Emits what `erase` does, and `letter.due`.

    Safe to repeat.
    """
    if person.state != PersonState.closed:
        privacy.erase(session, person, now)
        notify_caseworker(session, person.id, Reason.erased, now)


def of_person(session: Session, person_id: str) -> list[OwnWord]:
    """The newest few of somebody, and every question that nobody has noted yet; newest first."""
    rows = session.execute(_words().where(OwnWordRow.person_id == person_id)).tuples().all()
    words = [OwnWord(*row) for row in rows]
    return [one for place, one in enumerate(words) if place < SHOWN or _waits(one)]


def questions(session: Session, caller: Caller) -> list[OwnWord]:
    """Questions of the caller's team that nobody has noted yet, the longest waiting first (CARE 24)."""
    query = _words().where(
        people.of_team(caller), OwnWordRow.subject == QUESTION, OwnWordRow.heard_at.is_(None)
    )
    return [OwnWord(*row) for row in reversed(session.execute(query).tuples().all())]


def hear(session: Session, caller: Caller, word_id: str, now: datetime) -> str:
    """Somebody has taken it up; returns whose it is. Raises NotFound, also for another team's. Safe to repeat."""
    row = session.get(OwnWordRow, word_id)
    if row is None or not people.may_see(session, caller, row.person_id):
        raise NotFound("There is no such word of theirs.")
    row.heard_at = row.heard_at or now
    return row.person_id


def _waits(word: OwnWord) -> bool:
    return word.row.subject == QUESTION and word.row.heard_at is None


def _words() -> Select[tuple[OwnWordRow, PersonRow, str | None]]:
    return (
        select(OwnWordRow, PersonRow, OpportunityRow.title)
        .join(PersonRow, PersonRow.id == OwnWordRow.person_id)
        .outerjoin(InvitationRow, InvitationRow.id == OwnWordRow.invitation_id)
        .outerjoin(OpportunityRow, OpportunityRow.id == InvitationRow.opportunity_id)
        .order_by(OwnWordRow.at.desc(), OwnWordRow.id.desc())
    )
