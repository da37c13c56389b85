"""What somebody said yes to, or was asked and may answer, for their own pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from matcher.domain.card import Card
from matcher.domain.invitation import InvitationState
from matcher.services.asking import letters
from matcher.storage.encryption import token_hash
from matcher.storage.invitations import is_over, link_tokens, live_of_person
from matcher.storage.tables import InvitationRow


@dataclass(frozen=True, slots=True)
class Planned:
    """`accepted`: they said yes, else it waits for whatever they would like. `path`: its page, None for one from an old key."""

    card: Card
    accepted: bool
    path: str | None


def planned(session: Session, person_id: str, now: datetime) -> Planned | None:
    """The one that is live and that they know of, until it is over. Changes nothing."""
    row = live_of_person(session, person_id)
    if row is None or row.state not in (InvitationState.sent, InvitationState.accepted) or is_over(row, now):
        return None
    return Planned(letters.card_of(session, row), row.state == InvitationState.accepted, _path(session, row))


def _path(session: Session, row: InvitationRow) -> str | None:
    return next((f"/i/{one}" for one in link_tokens(session, row) if token_hash(one) == row.token_hash), None)
