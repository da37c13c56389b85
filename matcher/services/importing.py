"""Listings from files of others become drafts; what they do not say stays open for the organisation to complete."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.domain.errors import GeocoderUnavailable
from matcher.domain.imports import DraftRow, ImportReading, ImportReport
from matcher.domain.opportunity import OpportunityState
from matcher.domain.ports import Geocoder
from matcher.services import posting
from matcher.services.vetting import get_organisation
from matcher.storage.tables import OpportunityRow


def located(geocoder: Geocoder, reading: ImportReading) -> ImportReading:
    """Find coordinates for addresses that came without; call it before any transaction is open.

    An address known only to its town stays without: a town's centre is a guessed fact. So does every address once the
    geocoding service is out of reach.
    """
    rows = list(reading.rows)
    for index, row in enumerate(rows):
        if not isinstance(row, DraftRow):
            continue
        try:
            rows[index] = replace(row, opportunity=posting.locate(geocoder, row.opportunity))
        except GeocoderUnavailable:
            break
    return ImportReading(tuple(rows))


def import_listings(
    session: Session, organisation_id: str, reading: ImportReading, now: datetime
) -> ImportReport:
    """Save every new row as a draft of this organisation, in one transaction; emits nothing.

    A row seen in an earlier import is left as it is, whatever the organisation has made of it since. Raises NotFound.
    """
    get_organisation(session, organisation_id)
    keys = select(OpportunityRow.import_key).where(OpportunityRow.organisation_id == organisation_id)
    known = {key for key in session.scalars(keys) if key is not None}
    for row in reading.drafts:
        if row.key not in known:
            draft = replace(row.opportunity, state=OpportunityState.draft)
            posting.create(session, organisation_id, draft, now, import_key=row.key)
    return ImportReport.of(reading, known_keys=known)
