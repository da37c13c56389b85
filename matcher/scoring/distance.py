"""How far an opportunity is from where a person sets out, and how long they travel."""

from __future__ import annotations

from matcher.domain.opportunity import Opportunity
from matcher.domain.person import Person, Travel
from matcher.domain.values import TravelMode
from matcher.scoring import kernel

MODE_INDEX = {mode: index for index, mode in enumerate(TravelMode)}


def distance_km(person: Person, opportunity: Opportunity) -> float | None:
    """Great-circle km from the snapped start point; None online (nobody goes anywhere) or while the place is unknown.

    Snapping here again costs nothing and means that no finer point is ever scored (CARE 20).
    """
    point = opportunity.place.point if opportunity.online is False and opportunity.place else None
    if point is None:
        return None
    start = person.start_point.snapped()
    return kernel.haversine_km(start.latitude, start.longitude, point.latitude, point.longitude)


def travel_minutes(person: Person, opportunity: Opportunity) -> float | None:
    """Minutes one way by the person's mode or on foot, whichever is quicker; 0 online, None while the place is unknown."""
    if opportunity.online:
        return 0.0
    distance = distance_km(person, opportunity)
    return None if distance is None else kernel.travel_minutes(distance, MODE_INDEX[person.travel.mode])


def on_foot(person: Person, distance: float) -> bool:
    """Whether walking those km is at least as quick as the person's own mode."""
    return kernel.mode_minutes(distance, kernel.WALK) <= kernel.mode_minutes(
        distance, MODE_INDEX[person.travel.mode]
    )


def reach_km(travel: Travel) -> float:
    """The farthest distance in km that mode (or walking) and minutes allow; a metre too long, never short.

    >>> round(reach_km(Travel(TravelMode.walk, 30.0, 20.0)), 3)
    1.732
    """
    return kernel.reach_km(travel.max_minutes, MODE_INDEX[travel.mode])
