"""How a visit was from the organisation's side, in calm words of its own: for the caseworker alone, and without blame.

It says nothing of how it was for the guest, and nothing is learned from it: no score, rest or rule ever reads it. Which
visits can be written about depends on their times alone, so that nothing shows how, or whether, somebody came (CARE 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import Row, and_, or_, select
from sqlalchemy.orm import Session

from matcher.domain.audit import Act
from matcher.domain.errors import InvalidInput, NotFound
from matcher.domain.invitation import InvitationState
from matcher.domain.text import TEXT_MAX, UnfitText, clean_text
from matcher.services.asking.showing import nameable
from matcher.services.audit.auditing import record
from matcher.storage.encryption import keyring_of
from matcher.storage.tables import HostWordRow, InvitationRow, Occurrence, OpportunityRow, PersonRow

WRITTEN_WITHIN: Final = timedelta(days=28)  # judgement, 2026-11: as long as an open session holds its seat
GONE_AFTER: Final = timedelta(
    days=1
)  # judgement, 2026-11: who may come at any time has hardly been there sooner
HANDLE_LENGTH: Final = 32  # hexadecimal digits: 128 bits
_CAME_TO_BE: Final = (InvitationState.accepted, InvitationState.visited, InvitationState.lapsed)


class HostWord(StrEnum):
    """What an organisation can say of such a day: of the place and of itself, never of the guest."""

    quiet = "quiet"
    busier = "busier"
    time_to_talk = "time_to_talk"
    plan_changed = "plan_changed"
    prepare_more = "prepare_more"
    door_open = "door_open"


@dataclass(frozen=True, slots=True)
class PastVisit:
    """One visit to write about. `handle` names it to the organisation: the invitation's own id holds a time (CARE 16)."""

    handle: str
    alias: str
    occurrence: Occurrence
    opportunity: OpportunityRow
    words: tuple[HostWord, ...]
    note: str | None


@dataclass(frozen=True, slots=True)
class FromTheirSide:
    """What an organisation wrote of one visit, for the caseworker."""

    written_at: datetime
    title: str | None
    words: tuple[HostWord, ...]
    note: str | None


def past_visits(session: Session, organisation_id: str, now: datetime) -> list[PastVisit]:
    """Visits of the last WRITTEN_WITHIN whose time is over, newest first, as far as they may still be named (CARE 17)."""
    found = _to_write_about(session, organisation_id, now)
    ids = [invitation.id for invitation, _ in found]
    written = {
        row.invitation_id: row
        for row in session.scalars(select(HostWordRow).where(HostWordRow.invitation_id.in_(ids)))
    }
    return [
        _past_visit(session, invitation, person.alias, written.get(invitation.id))
        for invitation, person in found
    ]


def write(
    session: Session,
    organisation_id: str,
    handle: str,
    words: Sequence[str],
    note: str,
    now: datetime,
) -> None:
    """Keep how one visit was; a second time replaces what was written. Emits nothing. Safe to repeat.

    Raises NotFound for what cannot be written about (any more), InvalidInput for unknown words and an unfit note.
    """
    about_now = _to_write_about(session, organisation_id, now)
    invitation_id = next((one.id for one, _ in about_now if handle_of(session, one.id) == handle), None)
    if invitation_id is None:
        raise NotFound("There is no such visit to write about.")
    try:
        said, text = [HostWord(word).value for word in words], clean_text(note, max_length=TEXT_MAX)
    except ValueError:
        raise InvalidInput.at("/words", "Choose from the list.") from None
    except UnfitText as unfit:
        raise InvalidInput.at("/note", str(unfit)) from None
    row = session.get(HostWordRow, invitation_id)
    person_id = session.get_one(InvitationRow, invitation_id).person_id
    record(session, Act.host_words_written, now, about=f"invitation:{invitation_id}", person_id=person_id)
    if not said and not text:
        if row is not None:
            session.delete(row)
        return
    if row is None:
        row = HostWordRow(invitation_id=invitation_id)
        session.add(row)
    row.words, row.note, row.written_at = said, text or None, now
    session.flush()


def about(session: Session, person_id: str) -> list[FromTheirSide]:
    """What organisations wrote of visits of one person, newest first; for their caseworker."""
    rows = session.execute(
        select(HostWordRow, OpportunityRow.title)
        .join(InvitationRow, InvitationRow.id == HostWordRow.invitation_id)
        .join(OpportunityRow, OpportunityRow.id == InvitationRow.opportunity_id)
        .where(InvitationRow.person_id == person_id)
        .order_by(HostWordRow.written_at.desc(), HostWordRow.invitation_id)
    )
    return [
        FromTheirSide(row.written_at, title, tuple(map(HostWord, row.words)), row.note) for row, title in rows
    ]


def handle_of(session: Session, invitation_id: str) -> str:
    """What names a visit to its organisation; the same as long as the key is."""
    return keyring_of(session).fingerprint(f"visit:{invitation_id}")[:HANDLE_LENGTH]


def _past_visit(
    session: Session, invitation: InvitationRow, alias: str, written: HostWordRow | None
) -> PastVisit:
    return PastVisit(
        handle=handle_of(session, invitation.id),
        alias=alias,
        occurrence=invitation.occurrence,
        opportunity=invitation.opportunity,
        words=() if written is None else tuple(map(HostWord, written.words)),
        note=None if written is None else written.note,
    )


def _to_write_about(
    session: Session, organisation_id: str, now: datetime
) -> Sequence[Row[tuple[InvitationRow, PersonRow]]]:
    recent = now - WRITTEN_WITHIN
    over = or_(
        Occurrence.ends_at.between(recent, now),
        and_(Occurrence.ends_at.is_(None), InvitationRow.answered_at.between(recent, now - GONE_AFTER)),
    )
    query = nameable(now, _CAME_TO_BE).where(InvitationRow.organisation_id == organisation_id, over)
    return session.execute(
        query.order_by(Occurrence.starts_at.desc(), PersonRow.alias, InvitationRow.id)
    ).all()
