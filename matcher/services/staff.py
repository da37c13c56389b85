"""Teams and their caseworkers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from matcher.domain.errors import InvalidInput
from matcher.services.keys import Role
from matcher.storage.tables import CaseworkerRow, TeamRow


def name_behind(session: Session, noted_by: str) -> str | None:
    """The name of the caseworker behind `caseworker:ID`, as it stands on record; None for anybody else."""
    role, _, caseworker_id = noted_by.partition(":")
    row = session.get(CaseworkerRow, caseworker_id) if role == Role.caseworker else None
    return None if row is None else row.name


def create_team(session: Session, *, name: str, now: datetime) -> TeamRow:
    """A new team. Emits nothing."""
    row = TeamRow(name=name, created_at=now)
    session.add(row)
    session.flush()
    return row


def create_caseworker(
    session: Session, *, name: str, email: str, team_id: str, now: datetime
) -> CaseworkerRow:
    """A new caseworker of a team. Raises InvalidInput when there is no such team."""
    if session.get(TeamRow, team_id) is None:
        raise InvalidInput.at("/team_id", "There is no such team; give the id that creating one returned.")
    row = CaseworkerRow(name=name, email=email, team_id=team_id, created_at=now)
    session.add(row)
    session.flush()
    return row
