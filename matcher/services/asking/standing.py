"""What both agreed to in advance: within comfort an invitation may go out without being asked about each time (CARE 1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from matcher.domain.errors import Conflict
from matcher.domain.invitation import InvitationState, MatchState
from matcher.domain.person import PersonState
from matcher.domain.values import Approval
from matcher.services.asking import inviting
from matcher.services.asking.inviting import STANDING, WITHIN_COMFORT
from matcher.services.people import people
from matcher.storage.sent import among
from matcher.storage.tables import InvitationRow, MatchRow, Occurrence, PersonRow


def approve_standing(session: Session, occurrence_ids: Collection[str], now: datetime) -> int:
    """Let standing approvals act on proposals within comfort, where the seats suffice for all of a session's candidates.

    Where they do not, the nightly allocation decides. Returns how many were approved.
    """
    approved = 0
    for occurrence_id in occurrence_ids:
        found = candidates(session, now, MatchRow.occurrence_id == occurrence_id)
        if not found:
            continue
        occurrence = session.get_one(Occurrence, occurrence_id)
        if len(found) <= occurrence.capacity - occurrence.taken:
            approved += sum(approve_if_possible(session, match, now) for match in found)
    return approved


def candidates(session: Session, now: datetime, *where: ColumnElement[bool]) -> list[MatchRow]:
    """Proposals that both agreed to in advance and that nothing stands against today; by session, the best first."""
    rows = session.execute(
        select(MatchRow, PersonRow)
        .join(PersonRow, PersonRow.id == MatchRow.person_id)
        .where(
            MatchRow.state == MatchState.proposed,
            MatchRow.step == WITHIN_COMFORT,
            ~MatchRow.requested,
            PersonRow.state == PersonState.open,
            PersonRow.intake["approval"].as_string() == Approval.standing,
            *where,
        )
        .order_by(MatchRow.occurrence_id, MatchRow.score.desc(), MatchRow.id)
    ).all()
    agreed = [(match, person) for match, person in rows if people.has_standing_approval(person, now)]
    asked = _asked(session, {person.id for _match, person in agreed})
    return [match for match, person in agreed if _may_be_asked(person, match, asked.get(person.id, ()), now)]


def approve_if_possible(session: Session, match: MatchRow, now: datetime) -> bool:
    """Approve by standing agreement; a refusal leaves everything as it was."""
    try:
        with session.begin_nested():
            inviting.approve(session, match, STANDING, now)
    except Conflict:
        return False
    return True


def _asked(session: Session, person_ids: Collection[str]) -> Mapping[str, Sequence[Any]]:
    """By person every invitation there was, oldest first."""
    found: dict[str, list[Any]] = defaultdict(list)
    if person_ids:
        query = select(
            InvitationRow.person_id, InvitationRow.occurrence_id, InvitationRow.state, InvitationRow.live,
            InvitationRow.sent_at,
        ).where(among(session, InvitationRow.person_id, list(person_ids)))  # fmt: skip
        for row in session.execute(query.order_by(InvitationRow.id)):
            found[row.person_id].append(row)
    return found


def _may_be_asked(person: PersonRow, match: MatchRow, past: Sequence[Any], now: datetime) -> bool:
    sent = [one.sent_at for one in past if one.sent_at is not None]
    return (
        not any(one.live for one in past)
        and inviting.hindrance_of(person, sent, now) is None
        and not _needs_a_human(match, past)
    )


def _needs_a_human(match: MatchRow, past: Sequence[Any]) -> bool:
    """A standing approval does not ask twice for a session unless they went, nor after a letter that came back."""
    asked = any(
        one.occurrence_id == match.occurrence_id and one.state != InvitationState.visited for one in past
    )
    return asked or (bool(past) and past[-1].state == InvitationState.undeliverable)
