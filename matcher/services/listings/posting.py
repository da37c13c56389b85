"""Organisations state what they offer: drafts, publishing, changes and withdrawal."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.domain.audit import Act
from matcher.domain.errors import AddressNotFound, Conflict, FieldProblem, InvalidInput, NotFound
from matcher.domain.events import EventType
from matcher.domain.opportunity import MATERIAL_FACTS, Opportunity, OpportunityState, Place, told_anew
from matcher.domain.opportunity import Session as SessionTime
from matcher.domain.opportunity_rules import problems
from matcher.domain.ports import Geocoder, Precision
from matcher.domain.values import GeoPoint
from matcher.services.audit.auditing import record
from matcher.services.listings.sessions import check_ids, moved_sessions, set_sessions
from matcher.services.zones import zone_at
from matcher.storage.locking import was_added
from matcher.storage.opportunities import fill_opportunity, opportunity_of
from matcher.storage.outbox import emit
from matcher.storage.tables import OpportunityRow, PlaceRow, new_id

NAME_KEY_MAX = 400  # characters, as the column holds
PLACE_GRID_PER_DEGREE = 1000  # ARCHITECTURE §1: equal to 0.001° is one place
GOOD_ENOUGH = (Precision.address, Precision.neighbourhood)  # a town's centre is a guessed fact


def locate(geocoder: Geocoder, posting: Opportunity) -> Opportunity:
    """Find the coordinates of an address that came without; call it before any transaction is open.

    A draft whose address is not found keeps it and stays without coordinates. Raises InvalidInput when the posting is to
    be published, GeocoderUnavailable when the service is out of reach and the posting is to be published.
    """
    place = posting.place
    if place is None or place.point is not None or place.id is not None or not place.address:
        return posting
    try:
        found = geocoder.locate(place.address)
        if found.precision in GOOD_ENOUGH:
            return replace(posting, place=replace(place, latitude=found.latitude, longitude=found.longitude))
        detail = "This address is only known to its town; give latitude and longitude of the place itself."
    except AddressNotFound as error:
        detail = str(error)
    if posting.state is OpportunityState.draft:
        return posting
    raise InvalidInput([FieldProblem("/place/address", detail)])


def create(
    session: Session,
    organisation_id: str,
    posting: Opportunity,
    now: datetime,
    *,
    import_key: str | None = None,
    opportunity_id: str | None = None,
) -> OpportunityRow:
    """Save a posting as a draft, or publish it at once.

    Emits `opportunity.published` when published. Raises InvalidInput. Each call makes another posting, but one with an
    `opportunity_id` that this organisation has a posting of already gives that one, as it is.
    """
    known = None if opportunity_id is None else session.get(OpportunityRow, opportunity_id)
    if known is not None:
        return get(session, organisation_id, known.id)
    posting = _with_known_place(session, organisation_id, posting)
    _check(posting, now)
    row = OpportunityRow(
        id=opportunity_id or new_id(),
        organisation_id=organisation_id,
        created_at=now,
        import_key=import_key,
        facts={},
    )
    row.place_id = _place_id(session, row, posting)
    fill_opportunity(row, posting)
    if not was_added(session, row):  # the same form, sent a moment ago
        return get(session, organisation_id, row.id)
    set_sessions(session, row, posting, now, was_draft=True)
    record(session, Act.opportunity_posted, now, about=f"opportunity:{row.id}")
    if posting.state is OpportunityState.published:
        _tell(session, EventType.opportunity_published, row, now)
    return _fresh(session, row)


def get(session: Session, organisation_id: str, opportunity_id: str) -> OpportunityRow:
    """One posting of this organisation. Raises NotFound, whoever else's it may be."""
    row = session.get(OpportunityRow, opportunity_id)
    if row is None or row.organisation_id != organisation_id:
        raise NotFound("There is no such opportunity.")
    return row


def page(session: Session, organisation_id: str, after: str | None, limit: int) -> Sequence[OpportunityRow]:
    """Postings of this organisation, oldest first, those after the id `after`."""
    query = select(OpportunityRow).where(OpportunityRow.organisation_id == organisation_id)
    if after is not None:
        query = query.where(OpportunityRow.id > after)
    return session.scalars(query.order_by(OpportunityRow.id).limit(limit)).all()


def locked(session: Session, organisation_id: str, opportunity_id: str) -> OpportunityRow:
    """The same, locked, so that a check of its version and the change are one."""
    # By its id alone, then read: what is joined to a row that was waited for is from before the wait.
    held = select(OpportunityRow.id).where(OpportunityRow.id == opportunity_id)
    session.execute(held.with_for_update(key_share=True))
    row = session.get(OpportunityRow, opportunity_id, populate_existing=True)
    if row is None or row.organisation_id != organisation_id:
        raise NotFound("There is no such opportunity.")
    return row


def change(session: Session, row: OpportunityRow, posting: Opportunity, now: datetime) -> OpportunityRow:
    """Save a changed posting. `row` comes from `locked` of the same transaction.

    Emits `opportunity.published` when it becomes published, `opportunity.changed` when a published one changes.
    Raises InvalidInput, and Conflict for a posting that is withdrawn or finished. A repeat changes nothing.
    """
    before = opportunity_of(row)
    if before.state in (OpportunityState.withdrawn, OpportunityState.finished):
        raise Conflict(f"This posting is {before.state}; post a new one instead.")
    if posting.state not in (before.state, OpportunityState.published):
        raise InvalidInput.at("/state", 'Publish with "published"; to end it, use withdraw.')
    posting = _with_known_place(session, row.organisation_id, posting)
    _check(posting, now, before)
    check_ids(row, posting)
    row.place_id = _place_id(session, row, posting)
    fill_opportunity(row, posting)
    session.flush()
    set_sessions(session, row, posting, now, was_draft=before.state is OpportunityState.draft)
    row = _fresh(session, row)
    after = opportunity_of(row)
    if _bare(after) == _bare(before):
        return row
    row.version += 1
    record(session, Act.opportunity_changed, now, about=f"opportunity:{row.id}")
    if before.state is OpportunityState.draft and after.state is OpportunityState.published:
        _tell(session, EventType.opportunity_published, row, now)
    elif after.state is OpportunityState.published:
        sessions = " ".join(moved_sessions(before, after))
        _tell(session, EventType.opportunity_changed, row, now, sessions=sessions, **_untold(before, after))
    session.flush()
    return row


def withdraw(session: Session, row: OpportunityRow, now: datetime) -> OpportunityRow:
    """Take a posting back for good. Emits `opportunity.withdrawn` when it had been published. A repeat changes nothing."""
    if row.state in (OpportunityState.withdrawn, OpportunityState.finished):
        return row
    was_published = row.state == OpportunityState.published
    row.state = OpportunityState.withdrawn
    row.version += 1
    session.flush()
    record(session, Act.opportunity_withdrawn, now, about=f"opportunity:{row.id}")
    if was_published:
        _tell(session, EventType.opportunity_withdrawn, row, now)
    return row


def _untold(before: Opportunity, after: Opportunity) -> dict[str, str | bool]:
    """What the guests were told otherwise, by the facts' names, and whether that makes an open invitation untrue."""
    facts = told_anew(before, after)
    return {"facts": " ".join(facts), "material": any(fact in MATERIAL_FACTS for fact in facts)}


def _bare(posting: Opportunity) -> Opportunity:
    """A posting without what moves by itself: seats."""
    return replace(
        posting,
        open_session=None,
        sessions=tuple(SessionTime(one.starts_at, one.ends_at, one.id) for one in posting.sessions),
    )


def _check(posting: Opportunity, now: datetime, before: Opportunity | None = None) -> None:
    if found := problems(posting, now, before=before):
        raise InvalidInput(found)


def _with_known_place(session: Session, organisation_id: str, posting: Opportunity) -> Opportunity:
    """Fill in a place that is named by its id alone."""
    place = posting.place
    if place is None or place.id is None:
        return posting
    row = session.get(PlaceRow, place.id)
    if row is None or row.organisation_id != organisation_id:
        raise InvalidInput.at(
            "/place/id", "There is no such place; give its name, coordinates and entry instead."
        )
    known = Place(
        place.name or row.name, place.address or row.address,
        row.latitude if place.latitude is None else place.latitude,
        row.longitude if place.longitude is None else place.longitude,
        place.entry or row.entry, place.timezone or row.timezone,
    )  # fmt: skip
    return replace(posting, place=known)


def _place_id(session: Session, of: OpportunityRow, posting: Opportunity) -> str | None:
    """The row of a place that is known well enough, made or brought up to date; None while it is not."""
    place = posting.place
    if place is None or place.name is None or place.latitude is None or place.longitude is None:
        return None
    key = {
        "organisation_id": of.organisation_id,
        # NFKC can make a name many times longer than it was written; its beginning tells places apart well enough.
        "normalised_name": " ".join(unicodedata.normalize("NFKC", place.name).casefold().split())[
            :NAME_KEY_MAX
        ],
        "latitude_milli": round(place.latitude * PLACE_GRID_PER_DEGREE),
        "longitude_milli": round(place.longitude * PLACE_GRID_PER_DEGREE),
    }
    known = select(PlaceRow).filter_by(**key)
    row = session.scalars(known).first()
    if row is None:
        made = PlaceRow(id=new_id(), **key, latitude=place.latitude, longitude=place.longitude)
        _describe(made, place)
        if was_added(session, made):
            return made.id
        row = session.scalars(known).one()  # another posting of theirs was faster
    if posting.state is OpportunityState.published:
        _describe(row, place)
        session.flush()
    return row.id


def _describe(row: PlaceRow, place: Place) -> None:
    """For who names it by its id next time. Each posting keeps its own words: nobody is told anew by another one's."""
    row.name, row.address, row.entry = str(place.name), place.address, place.entry
    row.timezone = place.timezone or zone_at(GeoPoint(row.latitude, row.longitude))


def _fresh(session: Session, row: OpportunityRow) -> OpportunityRow:
    session.flush()
    session.refresh(row)
    session.refresh(row, ["occurrences", "place", "organisation"])
    return row


def _tell(
    session: Session, event_type: EventType, row: OpportunityRow, now: datetime, **told: str | bool
) -> None:
    payload: dict[str, str | int | bool | None] = {"opportunity_id": row.id, **told}
    emit(session, event_type, f"opportunity:{row.id}", payload, now=now, version=row.version)
