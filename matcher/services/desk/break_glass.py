"""Opening somebody outside one's own team: with a written reason, for an hour, told to their caseworker (CARE 24)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from matcher.domain.audit import Act
from matcher.domain.errors import Conflict, InvalidInput, NotFound
from matcher.domain.person import PersonState
from matcher.domain.text import UnfitText, clean_text
from matcher.mail.letters import Reason
from matcher.services.access.keys import Caller
from matcher.services.asking import letters
from matcher.services.audit.auditing import record
from matcher.services.people import people
from matcher.storage.tables import BreakGlassRow, CaseworkerRow, PersonRow, TeamRow, new_id

LASTS: Final = timedelta(hours=1)  # judgement, 2026-11: a call and what follows from it
SHOWN_FOR: Final = timedelta(days=90)  # judgement, 2026-11: at the desk; the trail keeps it for good
REASON_MIN: Final = 10  # characters; judgement, 2026-11: more than "urgent"
REASON_MAX: Final = 1000  # characters
LISTED: Final = 100  # judgement, 2026-11: openings are rare


@dataclass(frozen=True, slots=True)
class Opening:
    """One opening with the names of who opened and their team."""

    row: BreakGlassRow
    caseworker: str
    team: str


def open_person(
    session: Session, caller: Caller, person_id: str, reason: str, now: datetime
) -> BreakGlassRow:
    """Open somebody of another team for an hour. Emits `letter.due` to their caseworker; the trail says who and whom.

    While one's own opening lasts, a repeat changes nothing. Raises InvalidInput at `/reason`, NotFound, and Conflict for
    somebody of one's own team.
    """
    try:
        reason = clean_text(reason, max_length=REASON_MAX)
    except UnfitText as unfit:
        raise InvalidInput.at("/reason", str(unfit)) from None
    if len(reason) < REASON_MIN:
        raise InvalidInput.at("/reason", f"Say in a sentence why; {REASON_MIN} to {REASON_MAX} characters.")
    person = session.get(PersonRow, person_id)
    if person is None or person.state == PersonState.closed:
        raise NotFound("There is no such person.")
    if person.team_id == caller.team_id:
        raise Conflict("This is somebody of your own team; their page is open to you.")
    known = current(session, caller, person_id, now)
    if known is not None:
        return known
    row = BreakGlassRow(
        id=new_id(), person_id=person_id, caseworker_id=caller.id, reason=reason, opened_at=now,
        ends_at=now + LASTS,
    )  # fmt: skip
    session.add(row)
    session.flush()
    record(session, Act.glass_broken, now, about=f"break_glass:{row.id}", person_id=person_id)
    letters.notify_caseworker(session, person_id, Reason.opened_elsewhere, now)
    return row


def current(session: Session, caller: Caller, person_id: str, now: datetime) -> BreakGlassRow | None:
    """The caller's opening of somebody that still lasts."""
    mine = BreakGlassRow.caseworker_id == caller.id, BreakGlassRow.person_id == person_id
    return session.scalars(select(BreakGlassRow).where(*mine, BreakGlassRow.ends_at > now)).first()


def opened(
    session: Session, caller: Caller, person_id: str, now: datetime
) -> tuple[PersonRow, BreakGlassRow]:
    """Somebody whom the caller has opened. Raises NotFound, the same whether or not they exist."""
    glass = current(session, caller, person_id, now)
    person = session.get(PersonRow, person_id)
    if glass is None or person is None or person.state == PersonState.closed:
        raise NotFound("There is no such person.")
    return person, glass


def freeze(session: Session, caller: Caller, person_id: str, now: datetime) -> None:
    """The one thing that can be done through an opening: a crisis stops everything (CARE 12). Raises NotFound."""
    opened(session, caller, person_id, now)
    people.freeze(session, people.lock(session, person_id), now)


def close(session: Session, caller: Caller, person_id: str, now: datetime) -> None:
    """End one's own opening before its hour is over. Safe to repeat."""
    glass = current(session, caller, person_id, now)
    if glass is not None:
        glass.ends_at = now
        record(session, Act.glass_closed, now, about=f"break_glass:{glass.id}", person_id=person_id)


def of_person(session: Session, person_id: str, now: datetime) -> Sequence[Opening]:
    """Who has opened somebody's page from elsewhere of late, newest first: for those who accompany them."""
    late = BreakGlassRow.person_id == person_id, BreakGlassRow.opened_at > now - SHOWN_FOR
    return _named(session, _openings().where(*late))


def recent(session: Session) -> Sequence[Opening]:
    """The newest openings, for admins."""
    return _named(session, _openings())


def _openings() -> Select[tuple[BreakGlassRow, str, str]]:
    return (
        select(BreakGlassRow, CaseworkerRow.name, TeamRow.name)
        .join(CaseworkerRow, CaseworkerRow.id == BreakGlassRow.caseworker_id)
        .join(TeamRow, TeamRow.id == CaseworkerRow.team_id)
        .order_by(BreakGlassRow.id.desc())
        .limit(LISTED)
    )


def _named(session: Session, query: Select[tuple[BreakGlassRow, str, str]]) -> Sequence[Opening]:
    return [Opening(row, name, team) for row, name, team in session.execute(query)]
