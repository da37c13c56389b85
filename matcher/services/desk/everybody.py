"""Everybody whom a team accompanies, found by name, each with how it stands: whoever has nothing on today is here too."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.domain.invitation import InvitationState
from matcher.domain.person import PersonState
from matcher.domain.values import Purpose
from matcher.services.access.keys import Caller
from matcher.services.people import people
from matcher.storage.invitations import is_over
from matcher.storage.tables import (
    CaseworkerRow,
    InvitationRow,
    Occurrence,
    OpportunityRow,
    PersonRow,
)

_KATAKANA: Final = {kana: kana + 0x60 for kana in range(ord("ぁ"), ord("ゖ") + 1)}
_SAN: Final = "サン"  # as every page says names


class Stands(StrEnum):
    """How it stands with somebody, the first that holds."""

    frozen = "frozen"
    been = "been"
    coming = "coming"
    leaving = "leaving"  # approved, and not sent yet
    asked = "asked"
    paused = "paused"
    not_agreed = "not_agreed"
    talk = "talk"
    open = "open"


@dataclass(frozen=True, slots=True)
class Known:
    """One of them; `title` and `at` of what they said yes to (None: undated) or were asked."""

    person: PersonRow
    accompanied_by: str
    stands: Stands
    title: str | None = None
    at: datetime | None = None


def everybody(session: Session, caller: Caller, name: str, now: datetime) -> list[Known]:
    """The people of the caller's team whose name holds these words, the caller's own first, then by name (CARE 24)."""
    query = (
        select(PersonRow, CaseworkerRow.name)
        .join(CaseworkerRow, CaseworkerRow.id == PersonRow.caseworker_id)
        .where(
            people.of_team(caller),
            PersonRow.state != PersonState.closed,
        )
    )
    rows = [row for row in session.execute(query).tuples() if _folded(name) in _folded(row[0].alias)]
    live = _live(session, caller)
    known = [_known(row, by, live.get(row.id), now) for row, by in rows]
    return sorted(
        known,
        key=lambda one: (one.person.caseworker_id != caller.id, _folded(one.person.alias), one.person.id),
    )


def _known(
    row: PersonRow, by: str, live: tuple[InvitationRow, str, datetime | None] | None, now: datetime
) -> Known:
    if row.state == PersonState.frozen:
        return Known(row, by, Stands.frozen)
    if live is not None:
        invitation, title, at = live
        accepted = invitation.state == InvitationState.accepted
        visit = Stands.been if is_over(invitation, now) else Stands.coming
        asked = Stands.leaving if invitation.state == InvitationState.approved else Stands.asked
        return Known(row, by, visit if accepted else asked, title, at)
    if row.state == PersonState.paused:
        return Known(row, by, Stands.paused)
    if not people.has_agreed(row, Purpose.matching, now):
        return Known(row, by, Stands.not_agreed)
    return Known(row, by, Stands.talk if row.talk_reason else Stands.open)


def _live(session: Session, caller: Caller) -> dict[str, tuple[InvitationRow, str, datetime | None]]:
    """What each of the team has said yes to, or was asked and has not answered."""
    query = (
        select(InvitationRow, OpportunityRow.title, Occurrence.starts_at)
        .join(PersonRow, PersonRow.id == InvitationRow.person_id)
        .join(OpportunityRow, OpportunityRow.id == InvitationRow.opportunity_id)
        .join(Occurrence, Occurrence.id == InvitationRow.occurrence_id)
        .where(
            PersonRow.team_id == caller.team_id,
            InvitationRow.live,
            InvitationRow.state.in_(
                (InvitationState.approved, InvitationState.sent, InvitationState.accepted)
            ),
        )
    )
    return {row.person_id: (row, title or "", at) for row, title, at in session.execute(query).tuples()}


def _folded(name: str) -> str:
    """Without what nobody minds when they look for a name: width, capitals, which kana it is written in, and the polite end."""
    folded = unicodedata.normalize("NFKC", name).casefold().strip().translate(_KATAKANA)
    return folded.removesuffix(_SAN) or folded
