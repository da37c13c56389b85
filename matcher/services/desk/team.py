"""What became of a team's offers, counted in people and never below ten (CARE 19); nothing here ranks anybody or anything.

What counts is CARE's own sentence: a person came, it was all right, and they chose what comes next. How many said yes is
not counted, nor is anybody's share of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matcher.domain.person import PersonState
from matcher.services.access.keys import Caller
from matcher.storage.tables import HistoryRow, InvitationRow, PersonRow

FEWEST_COUNTED: Final = 10  # CARE 19
SPAN: Final = timedelta(weeks=13)  # judgement, 2026-11: a season; shorter ones hold too few people to be told
SPANS: Final = 4
WAITING_WEEKS: Final = (4, 12)  # judgement, 2026-11: a rest, a season


@dataclass(frozen=True, slots=True)
class Season:
    """One span of time; `came` had a visit that was all right, `chose` then answered an idea in their own way.

    None: fewer than ten people.
    """

    begins_at: datetime
    ends_at: datetime
    came: int | None
    chose: int | None


@dataclass(frozen=True, slots=True)
class Team:
    """Seasons oldest first, and who is open and waits for an idea: up to 4 weeks, up to 12, longer; None below ten."""

    seasons: tuple[Season, ...]
    waiting: tuple[int | None, ...]


def counted(people: Iterable[str]) -> int | None:
    """How many people these are, each once, or None where they are fewer than ten (CARE 19).

    >>> counted(["a"] * 20) is None, counted(str(number) for number in range(10))
    (True, 10)
    """
    number = len(set(people))
    return number if number >= FEWEST_COUNTED else None


def outcomes(session: Session, caller: Caller, now: datetime) -> Team:
    """The figures of the caller's team. Changes nothing.

    Seasons do not overlap, nor do the groups of those who wait, and no sum stands beside them: nothing that is left out
    can be worked out from what is told.
    """
    came = _all_right(session, caller)
    chose = _chosen(session, caller, came)
    begins = [now - SPAN * (SPANS - number) for number in range(SPANS)]
    return Team(
        seasons=tuple(
            Season(begin, begin + SPAN, _within(came, begin), _within(chose, begin)) for begin in begins
        ),
        waiting=_waiting(session, caller, now),
    )


def _all_right(session: Session, caller: Caller) -> list[tuple[str, datetime]]:
    query = select(HistoryRow.person_id, HistoryRow.at).join(PersonRow, PersonRow.id == HistoryRow.person_id)
    found = session.execute(query.where(PersonRow.team_id == caller.team_id, HistoryRow.outcome == "ok"))
    return [(person_id, at) for person_id, at in found]


def _chosen(
    session: Session, caller: Caller, came: Iterable[tuple[str, datetime]]
) -> list[tuple[str, datetime]]:
    """Who answered an idea, whatever they answered, after a visit that was all right."""
    first: dict[str, datetime] = {}
    for person_id, at in came:
        first[person_id] = min(at, first.get(person_id, at))
    query = (
        select(InvitationRow.person_id, InvitationRow.answered_at)
        .join(PersonRow, PersonRow.id == InvitationRow.person_id)
        .where(PersonRow.team_id == caller.team_id, InvitationRow.answered_at.is_not(None))
    )
    return [
        (person_id, at) for person_id, at in session.execute(query) if at and at > first.get(person_id, at)
    ]


def _within(found: Iterable[tuple[str, datetime]], begins_at: datetime) -> int | None:
    return counted(person_id for person_id, at in found if begins_at <= at < begins_at + SPAN)


def _waiting(session: Session, caller: Caller, now: datetime) -> tuple[int | None, ...]:
    """Who is open and has nothing on its way, by how long ago they were last written to, or first met."""
    last = (
        select(InvitationRow.person_id, func.max(InvitationRow.sent_at).label("at"))
        .group_by(InvitationRow.person_id)
        .subquery()
    )
    live = select(InvitationRow.person_id).where(InvitationRow.live)
    query = (
        select(PersonRow.id, func.coalesce(last.c.at, PersonRow.created_at))
        .outerjoin(last, last.c.person_id == PersonRow.id)
        .where(
            PersonRow.team_id == caller.team_id,
            PersonRow.state == PersonState.open,
            PersonRow.id.not_in(live),
        )
    )
    groups: defaultdict[int, list[str]] = defaultdict(list)
    for person_id, since in session.execute(query):
        weeks = (now - since) / timedelta(weeks=1)
        groups[sum(weeks >= limit for limit in WAITING_WEEKS)].append(person_id)
    return tuple(counted(groups[place]) for place in range(len(WAITING_WEEKS) + 1))
