"""Who can reach a listing: one range of the index `(cell, reach_km)` for each cell near enough, cheap gates in the same SQL.

The radius belongs to each person, so an index of what is near the listing would search far too wide.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from matcher.domain.opportunity import Opportunity, OpportunityState, OrganisationState
from matcher.domain.values import GeoPoint, Interaction, Kind
from matcher.scoring.bits import KIND_BIT, REQUIREMENT_BIT, mask
from matcher.scoring.cells import EARTH_RADIUS_KM, cells_within
from matcher.storage import sent
from matcher.storage.tables import OpportunityRow, OrganisationRow, PersonRow, PlaceRow
from matcher.storage.tables.people import IS_OPEN

MARGIN_KM = 1e-6  # in the person's favour, wider than any rounding
MARGIN_DEGREES = 1e-6  # about 0.1 m, the same
POLAR_DEGREES = 89.0  # beyond it a box of longitudes says nothing


def candidate_ids(session: Session, opportunity: Opportunity, most: int | None = None) -> Sequence[str]:
    """Ids of open people whom distance and the cheap gates leave, any `most` of them; the rules of scoring judge each.

    A superset of the eligible: a gate stands here only where it can be said in one comparison.
    """
    point = opportunity.place.point if opportunity.place else None
    if opportunity.online:
        query = select(PersonRow.id).where(IS_OPEN)
    elif point is None:
        return []
    else:
        query = near(session, point)
    # By the bare connection: a thousand ids take half as long as through what makes objects.
    return session.connection().execute(query.where(*_gates(opportunity)).limit(most)).scalars().all()


def near(session: Session, point: GeoPoint) -> Select[tuple[str]]:
    """SELECT of the ids of everybody open whose reach may touch `point`."""
    furthest = session.scalar(select(func.max(PersonRow.reach_km)).where(IS_OPEN)) or 0.0
    ranges = [
        (cell, max(0.0, at_least_km - MARGIN_KM)) for cell, at_least_km in cells_within(point, furthest)
    ]
    cell, at_least_km = sent.ranges(session, ranges)
    return select(PersonRow.id).where(IS_OPEN, PersonRow.cell == cell, PersonRow.reach_km >= at_least_km)


def _gates(opportunity: Opportunity) -> list[ColumnElement[bool]]:
    gates: list[ColumnElement[bool]] = []
    if opportunity.requires:
        gates.append(PersonRow.red_line_mask.op("&")(mask(REQUIREMENT_BIT, opportunity.requires)) == 0)
    if opportunity.languages:
        gates.append(PersonRow.language.in_(opportunity.languages))
    if opportunity.kind is not None:
        wanted = PersonRow.kind_mask.op("&")(KIND_BIT[opportunity.kind]) != 0
        anything = opportunity.kind is not Kind.communal_living
        gates.append(or_(wanted, PersonRow.kind_mask == 0) if anything else wanted)
    text_only_online = opportunity.online and opportunity.interaction is Interaction.text_only
    if opportunity.group_size.max is not None and not text_only_online:
        gates.append(PersonRow.max_group_size >= opportunity.group_size.max)
    return gates


def reachable_opportunities(
    session: Session, person: PersonRow, *, also: Collection[str], everywhere: bool = False
) -> Sequence[OpportunityRow]:
    """Published postings of vetted organisations that one person may reach, oldest first, and those named by `also`.

    `everywhere` leaves the distance out, for a caseworker who asks why there is so little.
    """
    query = _offered()
    if not everywhere:
        wanted = or_(
            OpportunityRow.online.is_(True),
            _in_box(GeoPoint(person.latitude, person.longitude), person.reach_km),
            OpportunityRow.id.in_(also),
        )
        query = query.where(wanted)
    return session.scalars(query.order_by(OpportunityRow.id)).unique().all()


def offered(session: Session, ids: Collection[str]) -> Sequence[OpportunityRow]:
    """Those of these postings that are published, of vetted organisations, oldest first."""
    query = _offered().where(sent.among(session, OpportunityRow.id, list(ids)))
    return session.scalars(query.order_by(OpportunityRow.id)).unique().all()


def _offered() -> Select[tuple[OpportunityRow]]:
    return (
        select(OpportunityRow)
        .join(OrganisationRow, OrganisationRow.id == OpportunityRow.organisation_id)
        .outerjoin(PlaceRow, PlaceRow.id == OpportunityRow.place_id)
        .where(
            OpportunityRow.state == OpportunityState.published,
            OrganisationRow.state == OrganisationState.vetted,
        )
    )


def _in_box(point: GeoPoint, radius_km: float) -> ColumnElement[bool]:
    """Latitude and longitude limits that hold every place within the radius; near a pole any longitude."""
    angle = math.degrees(radius_km / EARTH_RADIUS_KM) + MARGIN_DEGREES
    north, south = point.latitude + angle, point.latitude - angle
    within = PlaceRow.latitude.between(south, north)
    steepest = max(abs(north), abs(south))
    if steepest >= POLAR_DEGREES:
        return within
    width = angle / math.cos(math.radians(steepest))
    west, east = point.longitude - width, point.longitude + width
    # A box across the 180th meridian is two boxes.
    sides: list[ColumnElement[bool]] = [PlaceRow.longitude.between(west, east)]
    sides += [PlaceRow.longitude >= west + 360] if west < -180 else []
    sides += [PlaceRow.longitude <= east - 360] if east > 180 else []
    return and_(within, or_(*sides))
