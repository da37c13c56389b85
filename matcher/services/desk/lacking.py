"""What is missing where a team's people live: the postings, not made yet, that would open a next step for most of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.domain.contact_policy import NOTICE_BEFORE_SESSION
from matcher.domain.person import PersonState
from matcher.domain.values import GeoPoint, Language
from matcher.geocoding.nearest import NEAR_KM, station_near
from matcher.scoring import cells
from matcher.scoring.columns.everybody import Everybody
from matcher.scoring.distance import MODE_INDEX
from matcher.scoring.eligibility import needs_met
from matcher.scoring.kernel import haversine_km, travel_minutes
from matcher.scoring.wanted import Wanted, gentlest
from matcher.services.desk.team import FEWEST_COUNTED
from matcher.services.finding.matching import approvable
from matcher.services.outside import DEFAULT_TIMEZONE
from matcher.storage.invitations import live_people
from matcher.storage.people_columns import KnownPerson, known_people, put_person
from matcher.storage.tables import MatchRow, PersonRow, PlaceRow

SHOWN_MOST: Final = 3  # judgement, 2026-11: as many as one would ask an organisation about
PLACES_TRIED: Final = 8  # judgement, 2026-11: where most live; a second or two of work
WORTH_KEEPING: Final = 0.9  # judgement, 2026-11: less gentle is fine as long as nine of ten keep their step
MINUTES_ROUNDED: Final = 5
PLACE_DIGITS: Final = 2  # about 1 km
NEAR_DEGREES: Final = 0.05  # more than that


@dataclass(frozen=True, slots=True)
class Lacking:
    """One posting that would open a next step for `people`, at least ten of them.

    All of them come within `within_minutes`. `near` is the nearest place known by name, None where none is near. `needs` are
    those that ten or more of them have.
    """

    wanted: Wanted
    people: int
    within_minutes: int
    near: str | None
    needs: tuple[str, ...]

    @property
    def id(self) -> str:
        """What tells one from another in a list."""
        return str(uuid5(NAMESPACE_URL, repr(self.wanted)))


def lacking(session: Session, team_id: str, now: datetime) -> list[Lacking]:
    """For those of a team who have no next step now, what would open one for most; each counts once. Changes nothing.

    Groups of fewer than ten are never told of (CARE 19).
    """
    waiting = _waiting(session, team_id, now)
    found: list[Lacking] = []
    while len(waiting) >= FEWEST_COUNTED and len(found) < SHOWN_MOST:
        crowd = _Crowd(waiting, now)
        best = crowd.best()
        if best is None:
            break
        wanted, ids = best
        found.append(_told(session, wanted, [waiting[one] for one in ids], now))
        waiting = {one: known for one, known in waiting.items() if one not in ids}
    return found


def _waiting(session: Session, team_id: str, now: datetime) -> dict[str, KnownPerson]:
    """The open people of a team to whom nothing is proposed that could be approved, and who hold no invitation."""
    offered = approvable(now).with_only_columns(MatchRow.person_id)
    query = select(PersonRow.id).where(
        PersonRow.team_id == team_id, PersonRow.state == PersonState.open, PersonRow.id.not_in(offered)
    )
    ids = session.scalars(query.order_by(PersonRow.id)).all()
    invited = live_people(session, ids)
    known = known_people(session, [one for one in ids if one not in invited])
    return {one: somebody for one, somebody in known.items() if somebody is not None}


class _Crowd:
    """Those who wait, in memory, to be asked about one posting after the other."""

    def __init__(self, waiting: dict[str, KnownPerson], now: datetime) -> None:
        self._now, self._count = now, len(waiting)
        self._everybody = Everybody()
        self._homes: defaultdict[int, list[GeoPoint]] = defaultdict(list)
        self._needs = tuple(sorted({need for one in waiting.values() for need in one.person.needs}))
        for person_id, known in waiting.items():
            put_person(self._everybody.people, person_id, known, now)
            self._homes[cells.cell_of(known.person.start_point)].append(known.person.start_point)
        self._everybody.people.settle()

    def best(self) -> tuple[Wanted, set[str]] | None:
        """The posting that opens a next step for most, as little gentle as it may be; None where it is fewer than ten."""
        tried = [
            (wanted, self._helped(wanted))
            for point in self._places()
            for wanted in gentlest(point, self._needs)
        ]
        wanted, ids = max(tried, key=lambda one: len(one[1]))
        if len(ids) < FEWEST_COUNTED:
            return None
        enough = max(FEWEST_COUNTED, WORTH_KEEPING * len(ids))
        while larger := next(self._still_for(wanted, enough), None):
            wanted, ids = larger
        return wanted, ids

    def _still_for(self, wanted: Wanted, enough: float) -> Iterator[tuple[Wanted, set[str]]]:
        for other in wanted.less_gentle():
            ids = self._helped(other)
            if len(ids) >= enough:
                yield other, ids

    def _helped(self, wanted: Wanted) -> set[str]:
        """Whom it may be offered to, by the rules that everything is judged by."""
        posting = wanted.posting(self._now, DEFAULT_TIMEZONE)
        self._everybody.listings.put(posting, self._now)
        found = self._everybody.best_people(str(posting.id), self._now, self._count, NOTICE_BEFORE_SESSION)
        return {one.id for one in found}

    def _places(self) -> list[GeoPoint]:
        """Where most of them live, cell by cell."""
        fullest = sorted(self._homes.values(), key=len, reverse=True)
        return [_middle(homes) for homes in fullest[:PLACES_TRIED]]


def _told(session: Session, wanted: Wanted, people: Sequence[KnownPerson], now: datetime) -> Lacking:
    minutes = max(_minutes(wanted.point, one) for one in people)
    given = needs_met(replace(wanted, needs=()).posting(now, DEFAULT_TIMEZONE))
    needs = Counter(need for one in people for need in one.person.needs if need not in given)
    shared = tuple(sorted(need for need, count in needs.items() if count >= FEWEST_COUNTED))
    rounded = MINUTES_ROUNDED * -(-int(minutes + 0.999) // MINUTES_ROUNDED)
    return Lacking(wanted, len(people), rounded, _name_near(session, wanted.point), shared)


def _minutes(point: GeoPoint, known: KnownPerson) -> float:
    start = known.person.start_point
    km = haversine_km(start.latitude, start.longitude, point.latitude, point.longitude)
    return travel_minutes(km, MODE_INDEX[known.person.travel.mode])


def _name_near(session: Session, point: GeoPoint) -> str | None:
    """The nearest place that an organisation has named, or else the nearest station."""
    belt = PlaceRow.latitude.between(point.latitude - NEAR_DEGREES, point.latitude + NEAR_DEGREES)
    named = [
        (haversine_km(point.latitude, point.longitude, one.latitude, one.longitude), one.name)
        for one in session.scalars(select(PlaceRow).where(belt))
    ]
    closest = min(named, default=None)
    if closest is not None and closest[0] <= NEAR_KM:
        return closest[1]
    return station_near(point.latitude, point.longitude, Language.ja)


def _middle(homes: Sequence[GeoPoint]) -> GeoPoint:
    """The middle of some points of one cell, no finer than a walk of ten minutes."""
    return GeoPoint(
        round(sum(one.latitude for one in homes) / len(homes), PLACE_DIGITS),
        round(sum(one.longitude for one in homes) / len(homes), PLACE_DIGITS),
    )
