"""Areas without supply: where ten people or more of a team are open, and nothing that suits them is proposed (CARE 19)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from matcher.domain.opportunity import OpportunityState
from matcher.domain.person import PersonState
from matcher.scoring.kernel import haversine_km
from matcher.services import matching
from matcher.services.keys import Caller
from matcher.services.team import counted
from matcher.storage.tables import InvitationRow, MatchRow, OpportunityRow, PersonRow, PlaceRow

AREAS_PER_DEGREE: Final = 10  # judgement, 2026-11: about ten kilometres, a town or a few quarters of a city

Square = tuple[int, int]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Area:
    """A square of about ten kilometres with its middle in degrees, and the nearest place where something is offered.

    `near` and `near_km` are None where nothing is offered anywhere.
    """

    people: int
    latitude: float
    longitude: float
    near: str | None
    near_km: float | None


def areas(session: Session, caller: Caller, now: datetime) -> tuple[Area, ...]:
    """Where a team's people wait and nothing is proposed to them, the most people first. Changes nothing."""
    waiting: defaultdict[Square, list[str]] = defaultdict(list)
    for person_id, latitude, longitude in session.execute(_without_proposal(caller, now)):
        square = round(latitude * AREAS_PER_DEGREE), round(longitude * AREAS_PER_DEGREE)
        waiting[square].append(person_id)
    told = {square: number for square, ids in waiting.items() if (number := counted(ids)) is not None}
    places = _places(session) if told else {}
    found = [_area(square, number, places) for square, number in told.items()]
    return tuple(sorted(found, key=lambda one: (-one.people, one.latitude, one.longitude)))


def _without_proposal(caller: Caller, now: datetime) -> Select[tuple[str, float, float]]:
    proposed = matching.approvable(now).with_only_columns(MatchRow.person_id)
    live = select(InvitationRow.person_id).where(InvitationRow.live)
    return select(PersonRow.id, PersonRow.latitude, PersonRow.longitude).where(
        PersonRow.team_id == caller.team_id,
        PersonRow.state == PersonState.open,
        PersonRow.id.not_in(live),
        PersonRow.id.not_in(proposed),
    )


def _places(session: Session) -> dict[Point, str]:
    """Where something is offered."""
    query = select(PlaceRow.latitude, PlaceRow.longitude, PlaceRow.name).join(
        OpportunityRow, OpportunityRow.place_id == PlaceRow.id
    )
    rows = session.execute(query.where(OpportunityRow.state == OpportunityState.published))
    return {(latitude, longitude): name for latitude, longitude, name in rows}


def _area(square: Square, people: int, places: dict[Point, str]) -> Area:
    latitude, longitude = (one / AREAS_PER_DEGREE for one in square)
    away = {point: haversine_km(latitude, longitude, *point) for point in places}
    nearest = min(away, key=lambda point: (away[point], point), default=None)
    if nearest is None:
        return Area(people, latitude, longitude, None, None)
    return Area(people, latitude, longitude, places[nearest], away[nearest])
