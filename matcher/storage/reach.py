"""Who can reach a listing: one range of the index `(cell, reach_km)` for each cell near enough, cheap gates in the same SQL.

The radius belongs to each person, so an index of what is near the listing would search far too wide.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Float, Integer, and_, column, func, or_, select, values
from sqlalchemy.orm import Session

from matcher.domain.opportunity import Opportunity
from matcher.domain.values import GeoPoint, Interaction, Kind
from matcher.scoring.cells import cells_within
from matcher.storage.people import KIND_BIT, REQUIREMENT_BIT, mask
from matcher.storage.tables import PersonRow

MARGIN_KM = 1e-6  # in the person's favour, wider than any rounding


def candidate_ids(session: Session, opportunity: Opportunity) -> Sequence[str]:
    """Ids of open people whom distance and the cheap gates leave; the rules of scoring judge each of them.

    A superset of the eligible: a gate stands here only where it can be said in one comparison.
    """
    if opportunity.online:
        return session.scalars(select(PersonRow.id).where(*_gates(opportunity))).all()
    point = opportunity.place.point if opportunity.place else None
    if point is None:
        return []
    return session.scalars(near(session, point).where(*_gates(opportunity))).all()


def near(session: Session, point: GeoPoint):  # type: ignore[no-untyped-def]
    """SELECT of the ids of everybody whose reach may touch `point`."""
    furthest = session.scalar(select(func.max(PersonRow.reach_km)).where(PersonRow.state == "open")) or 0.0
    cells = values(
        column("cell", Integer), column("at_least_km", Float), name="cells", literal_binds=True
    ).data([(cell, max(0.0, at_least_km - MARGIN_KM)) for cell, at_least_km in cells_within(point, furthest)])
    return select(PersonRow.id).join(
        cells, and_(PersonRow.cell == cells.c.cell, PersonRow.reach_km >= cells.c.at_least_km)
    )


def _gates(opportunity: Opportunity) -> list[ColumnElement[bool]]:
    gates: list[ColumnElement[bool]] = [PersonRow.state == "open"]
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
