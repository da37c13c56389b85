"""Living together, step by step: a visit, a trial night, a stay, each only after the one before was all right (CARE 11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from matcher.domain.values import HistoryOutcome, Kind, Purpose, StayStep
from matcher.scoring.next_step import next_stay_step
from matcher.storage.people import consent_of, histories
from matcher.storage.tables import PersonRow, PlaceRow


@dataclass(frozen=True, slots=True)
class Stepped:
    """One step that was taken at a place, and how it was."""

    step: StayStep
    outcome: HistoryOutcome
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
    past = histories(session, [person_id]).get(person_id, [])
    taken: dict[str, list[Stepped]] = {}
    for one in past:
        if one.stay_step is not None and one.place_id is not None:
            taken.setdefault(one.place_id, []).append(Stepped(one.stay_step, one.outcome, one.at))
    return tuple(
        Beginning(session.get_one(PlaceRow, place_id).name, tuple(steps), next_stay_step(past, place_id))
        for place_id, steps in taken.items()
    )
