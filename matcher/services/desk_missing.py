"""What is missing for a team's people: the reasons that most often leave menus short, told for groups of ten or more (CARE 19)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.domain.person import PersonState
from matcher.scoring.eligibility import ReasonCode
from matcher.services.keys import Caller
from matcher.services.team import FEWEST_COUNTED
from matcher.storage.tables import MatchRequestRow, PersonRow

LOOKED_BACK: Final = timedelta(days=90)  # judgement, 2026-11: a season, so that what has been found drops out

# What another listing, or the same nearer, smaller or at another hour, would change. The others are about the person.
ABOUT_WHAT_THERE_IS: Final = (
    ReasonCode.too_far, ReasonCode.no_shared_time, ReasonCode.group_too_large, ReasonCode.no_shared_language,
    ReasonCode.need_unmet, ReasonCode.red_line, ReasonCode.unstaffed, ReasonCode.full, ReasonCode.step_too_big,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Missing:
    """One reason that keeps ideas away from `people`, at least ten of them."""

    reason: str
    people: int


def missing(session: Session, caller: Caller, now: datetime) -> tuple[Missing, ...]:
    """What the newest requests about the team's people found in the way, the most people first. Changes nothing."""
    query = (
        select(MatchRequestRow.person_id, MatchRequestRow.gaps)
        .join(PersonRow, PersonRow.id == MatchRequestRow.person_id)
        .where(
            PersonRow.team_id == caller.team_id,
            PersonRow.state == PersonState.open,
            MatchRequestRow.state == "ready",
            MatchRequestRow.created_at > now - LOOKED_BACK,
        )
        .order_by(MatchRequestRow.id)
    )
    newest = {person_id: gaps for person_id, gaps in session.execute(query)}  # noqa: C416 - the last one stands
    people: defaultdict[str, int] = defaultdict(int)
    for gaps in newest.values():
        for reason in {gap["reason"] for gap in gaps}:
            people[reason] += 1
    found = [Missing(code.value, people[code.value]) for code in ABOUT_WHAT_THERE_IS]
    return tuple(sorted((one for one in found if one.people >= FEWEST_COUNTED), key=lambda one: -one.people))
