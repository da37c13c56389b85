"""Invitations in the record: every change of state is one conditional UPDATE and one line of history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from matcher.domain.errors import Conflict
from matcher.domain.invitation import ALWAYS_LIVE, InvitationState, check_transition
from matcher.storage.encryption import keyring_of, token_hash
from matcher.storage.engine import changed
from matcher.storage.tables import InvitationHistoryRow, InvitationRow, Occurrence, OpportunityRow


def move(
    session: Session,
    row: InvitationRow,
    after: InvitationState,
    now: datetime,
    *,
    live: bool | None = None,
    **changes: Any,
) -> None:
    """Change the state of an invitation, if it is still the one `row` shows, and write the history line.

    `live` says otherwise than the state does (a decline stays live until its undo window ends).

    Raises
    ------
    Conflict
        When the change is not an allowed one, or another transaction was faster.
    """
    check_transition(InvitationState(row.state), after)
    still_live = after in ALWAYS_LIVE if live is None else live
    moved = changed(
        session.execute(
            update(InvitationRow)
            .where(
                InvitationRow.id == row.id,
                InvitationRow.state == row.state,
                InvitationRow.version == row.version,
            )
            .values(state=after, version=row.version + 1, live=still_live, **changes)
            .execution_options(synchronize_session=False)
        )
    )
    if not moved:
        raise Conflict("This invitation has just changed; look at it again.")
    session.add(InvitationHistoryRow(invitation_id=row.id, version=row.version + 1, at=now, state=after))
    session.flush()
    session.refresh(row)


def end_life(session: Session, row: InvitationRow) -> None:
    """A decline whose undo window is over no longer stands in the way of another invitation."""
    session.execute(
        update(InvitationRow)
        .where(InvitationRow.id == row.id, InvitationRow.state == InvitationState.declined)
        .values(live=False)
        .execution_options(synchronize_session=False)
    )
    session.refresh(row)


def take_seat(session: Session, occurrence_id: str) -> bool:
    """Take one seat; False when there is none. The database decides: two for the last seat cannot both win."""
    taken = session.execute(
        update(Occurrence)
        .where(
            Occurrence.id == occurrence_id,
            Occurrence.removed_at.is_(None),
            Occurrence.taken < Occurrence.capacity,
        )
        .values(taken=Occurrence.taken + 1)
        .execution_options(synchronize_session=False)
    )
    return bool(changed(taken))


def give_seat_back(session: Session, row: InvitationRow) -> bool:
    """Give the seat back, once: a repeat changes nothing. Where the capacity was lowered, the extra seat goes."""
    given = session.execute(
        update(InvitationRow)
        .where(InvitationRow.id == row.id, InvitationRow.holds_seat)
        .values(holds_seat=False)
        .execution_options(synchronize_session=False)
    )
    if not changed(given):
        return False
    stated = select(OpportunityRow.capacity).where(OpportunityRow.id == row.opportunity_id).scalar_subquery()
    seats = update(Occurrence).where(Occurrence.id == row.occurrence_id)
    # Two statements: one that waited for the row here would read the capacity that was stated before it began to wait.
    for changes in (
        {"taken": Occurrence.taken - 1},
        {"capacity": _greater(Occurrence.taken, func.coalesce(stated, 0))},
    ):
        session.execute(seats.values(changes).execution_options(synchronize_session=False))
    set_committed_value(row, "holds_seat", False)  # the rest of the row is as it was read
    session.refresh(row.occurrence)
    return True


def link_tokens(session: Session, row: InvitationRow) -> list[str]:
    """What its link could be, under each key, newest first; another one with each new link."""
    return keyring_of(session).tokens("invitation", row.id if row.links == 1 else f"{row.id} {row.links}")


def new_link(session: Session, row: InvitationRow) -> None:
    """Give it another link; the one it had opens nothing any more."""
    row.links += 1
    row.token_hash, row.former_token_hash = token_hash(link_tokens(session, row)[0]), None
    session.flush()


def live_of_person(session: Session, person_id: str) -> InvitationRow | None:
    """The live invitation of a person, if there is one."""
    return session.scalars(
        select(InvitationRow).where(InvitationRow.person_id == person_id, InvitationRow.live)
    ).first()


def live_of(session: Session, *where: ColumnElement[bool]) -> Sequence[InvitationRow]:
    """Live invitations with a property, newest first, as they are now. Not locked: `move` notices a faster change."""
    query = select(InvitationRow).where(InvitationRow.live, *where).order_by(InvitationRow.id.desc())
    return session.scalars(query.execution_options(populate_existing=True)).all()


def to_come(session: Session, now: datetime, *where: ColumnElement[bool]) -> Sequence[InvitationRow]:
    """The same without visits that are over: what came of them is recorded, nobody calls them off any more."""
    return [row for row in live_of(session, *where) if not is_over(row, now)]


def has_begun(row: InvitationRow, now: datetime) -> bool:
    """Whether its session has begun; to one without hours somebody may go from the yes on."""
    return row.occurrence.starts_at is None or row.occurrence.starts_at <= now


def is_over(row: InvitationRow, now: datetime) -> bool:
    """Whether somebody said yes to a session that has ended."""
    ends_at = row.occurrence.ends_at
    return row.state == InvitationState.accepted and ends_at is not None and ends_at <= now


def touch(session: Session, row: InvitationRow) -> None:
    """Count the version of an invitation up, if it is still the one `row` shows. Raises Conflict where it is not."""
    seen = (
        InvitationRow.id == row.id,
        InvitationRow.state == row.state,
        InvitationRow.version == row.version,
    )
    counted = update(InvitationRow).where(*seen).values(version=row.version + 1)
    if not changed(session.execute(counted.execution_options(synchronize_session=False))):
        raise Conflict("This invitation has just changed; look at it again.")
    session.refresh(row)


def live_people(session: Session, person_ids: Sequence[str]) -> set[str]:
    """Who of these has a live invitation."""
    return set(
        session.scalars(
            select(InvitationRow.person_id).where(InvitationRow.live, InvitationRow.person_id.in_(person_ids))
        )
    )


def sent_moments(session: Session, person_id: str) -> list[datetime]:
    """When invitations went out to somebody, any order."""
    return [
        moment
        for moment in session.scalars(
            select(InvitationRow.sent_at).where(
                InvitationRow.person_id == person_id, InvitationRow.sent_at.is_not(None)
            )
        )
        if moment is not None
    ]


def _greater(one: Any, other: Any) -> ColumnElement[int]:
    return case((one > other, one), else_=other)
