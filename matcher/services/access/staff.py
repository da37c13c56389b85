"""Teams and their caseworkers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from matcher.domain.audit import Act
from matcher.domain.errors import InvalidInput, NotFound
from matcher.services.access import accounts
from matcher.services.access.keys import Role, revoke_all_keys
from matcher.services.audit.auditing import record
from matcher.storage.tables import CaseworkerRow, PersonRow, TeamRow


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
    record(session, Act.team_created, now, about=f"team:{row.id}")
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
    record(session, Act.caseworker_created, now, about=f"caseworker:{row.id}")
    return row


def teams(session: Session) -> list[tuple[TeamRow, list[CaseworkerRow]]]:
    """Every team by name with its caseworkers, those who left last."""
    members: dict[str, list[CaseworkerRow]] = {}
    by_name = CaseworkerRow.disabled_at.is_not(None), CaseworkerRow.name, CaseworkerRow.id
    for row in session.scalars(select(CaseworkerRow).order_by(*by_name)):
        members.setdefault(row.team_id, []).append(row)
    found = session.scalars(select(TeamRow).order_by(TeamRow.name, TeamRow.id))
    return [(team, members.get(team.id, [])) for team in found]


def get_caseworker(session: Session, caseworker_id: str) -> CaseworkerRow:
    """Raises NotFound."""
    row = session.get(CaseworkerRow, caseworker_id)
    if row is None:
        raise NotFound("There is no such caseworker.")
    return row


def colleagues(session: Session, row: CaseworkerRow) -> Sequence[CaseworkerRow]:
    """Who else of the same team could accompany their people."""
    same_team = CaseworkerRow.team_id == row.team_id, CaseworkerRow.id != row.id
    return session.scalars(
        select(CaseworkerRow)
        .where(*same_team, CaseworkerRow.disabled_at.is_(None))
        .order_by(CaseworkerRow.name)
    ).all()


def move_caseworker(
    session: Session, caseworker_id: str, team_id: str, successor_id: str | None, now: datetime
) -> CaseworkerRow:
    """To another team, from their next page on; their people stay with the old one, accompanied by a colleague.

    Emits nothing. A repeat changes nothing. Raises NotFound, InvalidInput at `/team_id` and `/successor_id`.
    """
    row = _locked(session, caseworker_id, successor_id)
    if row.team_id == team_id:
        return row
    if session.get(TeamRow, team_id) is None:
        raise InvalidInput.at("/team_id", "There is no such team.")
    _hand_over(session, row, successor_id)
    row.team_id = team_id
    session.flush()
    record(session, Act.caseworker_moved, now, about=f"caseworker:{row.id}")
    return row


def disable_caseworker(
    session: Session, caseworker_id: str, successor_id: str | None, now: datetime
) -> CaseworkerRow:
    """They have left: their people are handed over, their keys and their account end at once.

    Emits nothing. A repeat changes nothing. Raises NotFound, InvalidInput at `/successor_id`.
    """
    row = _locked(session, caseworker_id, successor_id)
    if row.disabled_at is not None:
        return row
    _hand_over(session, row, successor_id)
    row.disabled_at = now
    session.flush()
    revoke_all_keys(session, Role.caseworker, row.id, now)
    for account in accounts.accounts_of(session, Role.caseworker, row.id):
        accounts.remove(session, account.id, now)
    record(session, Act.caseworker_disabled, now, about=f"caseworker:{row.id}")
    return row


def enable_caseworker(session: Session, caseworker_id: str, now: datetime) -> CaseworkerRow:
    """They are back, and may be invited to sign in again. A repeat changes nothing. Raises NotFound."""
    row = _locked(session, caseworker_id)
    if row.disabled_at is not None:
        row.disabled_at = None
        session.flush()
        record(session, Act.caseworker_enabled, now, about=f"caseworker:{row.id}")
    return row


def _hand_over(session: Session, row: CaseworkerRow, successor_id: str | None) -> None:
    """Nobody is left without somebody who accompanies them."""
    theirs = PersonRow.caseworker_id == row.id
    if session.scalars(select(PersonRow.id).where(theirs).limit(1)).first() is None:
        return
    if successor_id not in {one.id for one in colleagues(session, row)}:
        raise InvalidInput.at(
            "/successor_id", "Say which colleague of the same team accompanies their people."
        )
    session.execute(update(PersonRow).where(theirs).values(caseworker_id=successor_id))


def _locked(session: Session, caseworker_id: str, successor_id: str | None = None) -> CaseworkerRow:
    """One caseworker, and whoever is to follow them kept from leaving; in the order of their ids, so that none waits in a circle."""
    found = None
    for one in sorted({caseworker_id, successor_id or caseworker_id}):
        query = (
            select(CaseworkerRow).where(CaseworkerRow.id == one).with_for_update(read=one != caseworker_id)
        )
        row = session.scalars(query.execution_options(populate_existing=True)).first()
        found = row if one == caseworker_id else found
    if found is None:
        raise NotFound("There is no such caseworker.")
    return found


def hold(session: Session, caseworker_id: str, team_id: str) -> CaseworkerRow | None:
    """One caseworker of a team who has not left it, kept from leaving until this transaction ends; None for any other."""
    mine = CaseworkerRow.id == caseworker_id, CaseworkerRow.team_id == team_id
    query = select(CaseworkerRow).where(*mine, CaseworkerRow.disabled_at.is_(None)).with_for_update(read=True)
    return session.scalars(query.execution_options(populate_existing=True)).first()
