"""What suspending an organisation has stopped already, and since when all of it is (CARE 15).

Words for each path and never a number: how many people there were is nobody's business here (CARE 19).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from matcher.domain.events import EventType
from matcher.domain.invitation import InvitationState, MatchState
from matcher.domain.letter import UNDER_WAY
from matcher.services.asking.letters import CALLED_OFF, CALLED_OFF_BY_CASEWORKER, PERSON
from matcher.storage.tables import EventRow, InvitationRow, LetterRow, MatchRow


@dataclass(frozen=True, slots=True)
class Stopping:
    """How far it is: each path by its name, True where nothing goes that way any more. `done_at`: since when all are.

    `begun_at` is the moment from which nothing new began: every approval, letter and list checks the vetting itself.
    """

    begun_at: datetime
    paths: dict[str, bool]
    done_at: datetime | None
    told: bool


def stopping(session: Session, organisation_id: str) -> Stopping | None:
    """How far the newest suspension is; None where there was none, or so long ago that its event is forgotten."""
    event = session.scalars(
        select(EventRow)
        .where(
            EventRow.aggregate == f"organisation:{organisation_id}",
            EventRow.type == EventType.organisation_suspended,
        )
        .order_by(EventRow.id.desc())
        .limit(1)
    ).first()
    if event is None:
        return None
    mine = InvitationRow.organisation_id == organisation_id
    states = set(session.scalars(select(InvitationRow.state).where(mine, InvitationRow.live).distinct()))
    proposed = select(
        exists().where(MatchRow.organisation_id == organisation_id, MatchRow.state == MatchState.proposed)
    )
    paths = {
        "proposals": not session.scalar(proposed),
        "letters": InvitationState.approved not in states,
        "invitations": InvitationState.sent not in states,
        "visits": InvitationState.accepted not in states,
    }
    done = all(paths.values()) and event.done_at is not None
    return Stopping(
        event.created_at,
        paths,
        event.done_at if done else None,
        done and not _writing(session, organisation_id),
    )


def _writing(session: Session, organisation_id: str) -> bool:
    """Whether a note to somebody who planned to come has still to go out."""
    due = (
        select(LetterRow.id)
        .join(InvitationRow, InvitationRow.id == LetterRow.invitation_id)
        .where(
            InvitationRow.organisation_id == organisation_id,
            LetterRow.reader == PERSON,
            LetterRow.kind.in_((CALLED_OFF, CALLED_OFF_BY_CASEWORKER)),
            LetterRow.state.in_(UNDER_WAY),
        )
    )
    return session.scalars(due.limit(1)).first() is not None
