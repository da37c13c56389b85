"""The pause link of every letter: it can only pause, and does not expire (CARE 4)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from matcher.services.audit import auditing
from matcher.services.people import people
from matcher.storage.encryption import token_hash
from matcher.storage.tables import PauseLinkRow, PersonRow


def pause_by_link(session: Session, token: str, now: datetime) -> bool:
    """Pause whoever the link was written to; False for a link nobody was given. Safe to repeat."""
    link = session.get(PauseLinkRow, token_hash(token))
    if link is None:
        return False
    with auditing.acting(auditing.Somebody("person", link.person_id)):
        people.pause(session, people.lock(session, link.person_id), now)
    return True


def knows_pause_link(session: Session, token: str) -> bool:
    """Whether the link was ever given to somebody; says nothing of whom."""
    return session.get(PauseLinkRow, token_hash(token)) is not None


def is_paused_by_link(session: Session, token: str) -> bool:
    """Whether whoever the link was written to has their pause already."""
    link = session.get(PauseLinkRow, token_hash(token))
    return link is not None and session.get_one(PersonRow, link.person_id).paused_at is not None
