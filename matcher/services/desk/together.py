"""Living together, step by step: a visit, a trial night, a stay, each only after the one before was all right (CARE 11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.domain.values import Kind, Purpose, StayStep
from matcher.storage.people import consent_of
from matcher.storage.tables import HistoryRow, PersonRow, PlaceRow

FINE = "ok"


@dataclass(frozen=True, slots=True)
class Stepped:
    """One step that was taken at a place, and how it was."""

    step: StayStep
    outcome: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Beginning:
    """A place where somebody has begun: the steps so far, oldest first, and the one that may come next."""

    place: str
    steps: tuple[Stepped, ...]
    following: StayStep


@dataclass(frozen=True, slots=True)
class Together:
    """Where somebody stands with living together. `agreed_at`: since when their own written consent is in force."""

    agreed_at: datetime | None
    wanted: bool
    beginnings: tuple[Beginning, ...]


def together(session: Session, row: PersonRow, now: datetime) -> Together:
    """What was agreed to, and which steps were taken where. Changes nothing."""
    given = [consent_of(one) for one in row.consents]
    agreed = [one.given_at for one in given if one.purpose is Purpose.communal_living and one.in_force(now)]
    return Together(
        agreed_at=max(agreed, default=None),
        wanted=Kind.communal_living in row.intake["kinds"],
        beginnings=_beginnings(session, row.id),
    )


def _beginnings(session: Session, person_id: str) -> tuple[Beginning, ...]:
    query = (
        select(HistoryRow, PlaceRow.name)
        .join(PlaceRow, PlaceRow.id == HistoryRow.place_id)
        .where(HistoryRow.person_id == person_id, HistoryRow.stay_step.is_not(None))
        .order_by(HistoryRow.at, HistoryRow.id)
    )
    found: dict[tuple[str, str], list[Stepped]] = {}
    for line, name in session.execute(query):
        step = Stepped(StayStep(line.stay_step), line.outcome, line.at)
        found.setdefault((str(line.place_id), name), []).append(step)
    return tuple(Beginning(name, tuple(steps), _following(steps)) for (_, name), steps in found.items())


def _following(steps: list[Stepped]) -> StayStep:
    """The rules of eligibility in one word: what was all right opens the next, nothing else does (SCORING §6)."""
    fine = {one.step for one in steps if one.outcome == FINE}
    if StayStep.trial_night in fine:
        return StayStep.stay
    return StayStep.trial_night if fine else StayStep.visit
