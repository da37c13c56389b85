"""Opportunities between the record and the domain."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.domain.opportunity import (
    AgeRange,
    GroupSize,
    Host,
    OpportunityState,
    OrganisationState,
    Place,
)
from matcher.domain.opportunity import Opportunity as Posting
from matcher.domain.opportunity import Session as SessionTime
from matcher.domain.values import Interaction, Kind, Requirement, StayStep, Stimulation
from matcher.storage.tables import Occurrence, OpportunityRow, OrganisationRow, PlaceRow

_PLAIN = (
    "summary", "duration_minutes", "open_when", "interaction", "stimulation", "staffed", "leave_any_time",
    "regular_attendance", "watch_first", "companion_welcome", "requires", "provides", "languages", "topics",
    "not_expected", "if_you_do_not_come", "stay_step", "free_exit", "how_to_join",
)  # fmt: skip


def fill_opportunity(row: OpportunityRow, posting: Posting) -> None:
    """Write a posting's own facts into a row; sessions and the place row are the service's."""
    row.title, row.capacity, row.online = posting.title, posting.capacity, posting.online
    row.kind = posting.kind
    row.state = posting.state
    facts: dict[str, Any] = {name: _plain(getattr(posting, name)) for name in _PLAIN}
    facts["group_size"] = [posting.group_size.typical, posting.group_size.max]
    facts["host"] = [posting.host.name, posting.host.role, posting.host.greets_at_door]
    facts["age"] = None if posting.age is None else [posting.age.min, posting.age.max]
    facts["place"] = None if posting.place is None else _place_form(posting.place)
    row.facts = facts


def opportunity_of(row: OpportunityRow, *, at: datetime | None = None) -> Posting:
    """The posting as scoring sees it; with `at`, the vetting is checked for having run out by then."""
    facts = row.facts
    return Posting(
        id=row.id,
        organisation_id=row.organisation_id,
        organisation_vetted=is_vetted(row.organisation, at),
        state=OpportunityState(row.state),
        title=row.title,
        kind=None if row.kind is None else Kind(row.kind),
        summary=facts["summary"],
        online=row.online,
        place=_place_of(row),
        sessions=tuple(
            SessionTime(one.starts_at, one.ends_at, one.id, one.capacity - one.taken)
            for one in row.occurrences
            if one.starts_at is not None and one.removed_at is None
        ),
        open_session=_open_session_of(row),
        duration_minutes=facts["duration_minutes"],
        open_when=facts["open_when"],
        capacity=row.capacity,
        group_size=GroupSize(*facts["group_size"]),
        interaction=_as(Interaction, facts["interaction"]),
        stimulation=_as(Stimulation, facts["stimulation"]),
        host=Host(*facts["host"]),
        staffed=facts["staffed"],
        leave_any_time=facts["leave_any_time"],
        regular_attendance=facts["regular_attendance"],
        watch_first=facts["watch_first"],
        companion_welcome=facts["companion_welcome"],
        requires=None if facts["requires"] is None else tuple(Requirement(one) for one in facts["requires"]),
        provides=_tuple(facts["provides"]),
        languages=_tuple(facts["languages"]),
        topics=_tuple(facts["topics"]),
        age=None if facts["age"] is None else AgeRange(*facts["age"]),
        not_expected=_tuple(facts["not_expected"]),
        if_you_do_not_come=facts["if_you_do_not_come"],
        stay_step=_as(StayStep, facts["stay_step"]),
        free_exit=facts["free_exit"],
        how_to_join=facts["how_to_join"],
    )


def is_vetted(organisation: OrganisationRow, at: datetime | None) -> bool:
    """Vetted, and the twelve months have not run out (CARE 15)."""
    if organisation.state != OrganisationState.vetted:
        return False
    return at is None or (organisation.vetted_until is not None and at < organisation.vetted_until)


def place_of(row: PlaceRow) -> Place:
    """A place as the domain sees it."""
    return Place(row.name, row.address, row.latitude, row.longitude, row.entry, row.timezone, row.id)


def published_ids(session: Session, organisation_id: str) -> list[str]:
    """Ids of an organisation's published opportunities, oldest first."""
    query = select(OpportunityRow.id).where(
        OpportunityRow.organisation_id == organisation_id, OpportunityRow.state == OpportunityState.published
    )
    return list(session.scalars(query.order_by(OpportunityRow.id)))


def open_occurrence(row: OpportunityRow) -> Occurrence | None:
    """The one open session of an undated opportunity."""
    return next((one for one in row.occurrences if one.starts_at is None and one.removed_at is None), None)


def _open_session_of(row: OpportunityRow) -> SessionTime | None:
    one = open_occurrence(row)
    return None if one is None else SessionTime(None, None, one.id, one.capacity - one.taken)


def _place_of(row: OpportunityRow) -> Place | None:
    """As this posting words it; where it is, and that it is the same as another one's, stands in the place's own row."""
    words = row.facts.get("place")
    stated = None if words is None else Place(**words)
    if row.place is None:
        return stated
    known = place_of(row.place)
    return known if stated is None else replace(
        known, name=stated.name, address=stated.address, entry=stated.entry,
        timezone=stated.timezone or known.timezone,
    )  # fmt: skip


def _place_form(place: Place) -> dict[str, Any]:
    return {
        "name": place.name, "address": place.address, "latitude": place.latitude, "longitude": place.longitude,
        "entry": place.entry, "timezone": place.timezone,
    }  # fmt: skip


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _tuple(value: Any) -> Any:
    return None if value is None else tuple(value)


def _as(kind: Any, value: Any) -> Any:
    return None if value is None else kind(value)
