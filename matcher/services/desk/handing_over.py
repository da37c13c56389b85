"""Who accompanies somebody changes: a colleague of the same team, who hears of it at once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from matcher.domain.audit import Act
from matcher.domain.errors import Conflict
from matcher.mail.letters import Reason
from matcher.services.access import staff
from matcher.services.access.keys import Caller
from matcher.services.asking.letters import notify_caseworker
from matcher.services.audit.auditing import record
from matcher.storage.tables import PersonRow


def hand_over(session: Session, row: PersonRow, to: str, caller: Caller, now: datetime) -> None:
    """Let the caseworker with the id `to` accompany somebody. Emits `letter.due` for them. A repeat changes nothing.

    Raises Conflict where they are not of the same team, or have left it.
    """
    if row.caseworker_id == to:
        return
    # Held: whoever leaves this very moment hands over their people before this one comes to them, or after.
    colleague = staff.hold(session, to, row.team_id)
    if colleague is None:
        raise Conflict("This is no colleague of the same team.", code="no_colleague")
    row.caseworker_id = colleague.id
    row.version += 1
    session.flush()
    record(session, Act.person_handed_over, now, about=f"person:{row.id}")
    if colleague.id != caller.id:
        notify_caseworker(session, row.id, Reason.handed_over, now)
