"""The night's allocation: where a session had more candidates than seats, who of those who agreed in advance is asked."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from matcher.domain.events import Event
from matcher.domain.invitation import MatchState
from matcher.services import inviting
from matcher.services.outside import Outside
from matcher.storage.tables import MatchRow, SweepRow


def allocate(outside: Outside, event: Event) -> None:
    """Share out the seats among standing approvals, one transaction an invitation. Emits `invitation.approved`.

    Everything is judged again as each is approved. Safe to repeat and to interrupt: who was invited is asked no more.
    """
    with outside.database.reading() as session:
        chosen = plan(session, outside.clock())
    due_on = date.fromisoformat(event.subject("due_on"))
    for match_id in chosen:
        with outside.database.writing() as session:
            match = session.get(MatchRow, match_id)
            if match is not None and inviting.approve_if_possible(session, match, outside.clock()):
                session.execute(
                    update(SweepRow)
                    .where(SweepRow.due_on == due_on)
                    .values(invited=SweepRow.invited + 1)
                    .execution_options(synchronize_session=False)
                )


def plan(session: Session, now: datetime) -> list[str]:
    """Ids of the proposals to approve, the best scores first, one a person where the seats suffice."""
    occurrences = session.scalars(
        select(MatchRow.occurrence_id)
        .where(MatchRow.state == MatchState.proposed, MatchRow.step == inviting.WITHIN_COMFORT)
        .group_by(MatchRow.occurrence_id)
        .order_by(MatchRow.occurrence_id)
    ).all()
    candidates = [match for one in occurrences for match in inviting.standing_candidates(session, one, now)]
    return [match.id for match in sorted(candidates, key=lambda match: (-match.score, match.id))]
