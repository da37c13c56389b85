"""What is written to an organisation about a guest: that they come, and that they do not come after all (CARE 16 to 18)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.domain.card import Visitor, make_visitor
from matcher.domain.invitation import InvitationState
from matcher.domain.letter import MAY_BE_THERE
from matcher.domain.opportunity import Session as SessionTime
from matcher.domain.ports import OutgoingMail
from matcher.mail.letters import Post, visitor_announced, visitor_cancelled
from matcher.services.asking.showing import is_revealable, told_needs
from matcher.services.outside import DEFAULT_TIMEZONE, Outside
from matcher.storage.opportunities import opportunity_of
from matcher.storage.people import person_of
from matcher.storage.tables import InvitationRow, LetterRow, OpportunityRow, OrganisationRow, PersonRow

ORGANISATION: Final = "organisation"
ANNOUNCED, CANCELLED = "visitor_announced", "visitor_cancelled"


def compose(
    session: Session, outside: Outside, letter: LetterRow, row: InvitationRow, now: datetime
) -> OutgoingMail | None:
    """Alias, session and agreed needs (CARE 17); checked again at the moment of revealing (CARE 18)."""
    announcing = letter.kind == ANNOUNCED
    if announcing and not is_revealable(session, row, now):
        return None
    if not announcing and (row.state == InvitationState.accepted or not was_announced(session, row)):
        return None  # they are on the list again, or never were
    organisation = session.get_one(OrganisationRow, row.organisation_id)
    guest = visitor_of(session, row, outside.language)
    post: Post = {
        "to": organisation.contact_email,
        "message_id": outside.message_id(letter.id),
        "sender": outside.sender,
    }
    if announcing:
        return visitor_announced(guest, known=_is_expected(session, letter), **post)
    return visitor_cancelled(guest, **post)


def visitor_of(session: Session, row: InvitationRow, language: str) -> Visitor:
    """What the organisation may know of an accepted guest."""
    posting = opportunity_of(session.get_one(OpportunityRow, row.opportunity_id))
    person = person_of(session.get_one(PersonRow, row.person_id))
    told = replace(person, share_needs=told_needs(row, person.share_needs))
    return make_visitor(posting, session_time(row), told, language=language, timezone=DEFAULT_TIMEZONE)


def session_time(row: InvitationRow) -> SessionTime:
    """The session of an invitation."""
    return SessionTime(row.occurrence.starts_at, row.occurrence.ends_at, row.occurrence_id)


def was_announced(session: Session, row: InvitationRow) -> bool:
    """Whether the organisation was, or may have been, told of this guest."""
    query = select(LetterRow.id).filter_by(invitation_id=row.id, kind=ANNOUNCED)
    return session.scalars(query.where(LetterRow.state.in_(MAY_BE_THERE))).first() is not None


def _is_expected(session: Session, letter: LetterRow) -> bool:
    """Whether the last letter before this one already told the organisation that this guest is coming."""
    before = select(LetterRow.kind).where(
        LetterRow.invitation_id == letter.invitation_id,
        LetterRow.reader == ORGANISATION,
        LetterRow.state.in_(MAY_BE_THERE),
        LetterRow.id < letter.id,
    )
    return session.scalars(before.order_by(LetterRow.id.desc())).first() == ANNOUNCED
