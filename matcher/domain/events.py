"""The facts that can happen, named in the past tense; who reacts to them stands in `workers/subscriptions.py`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EventType(StrEnum):
    """Every event of Matcher (ARCHITECTURE §3)."""

    opportunity_published = "opportunity.published"
    opportunity_changed = "opportunity.changed"
    opportunity_withdrawn = "opportunity.withdrawn"
    organisation_vetted = "organisation.vetted"
    organisation_suspended = "organisation.suspended"
    person_registered = "person.registered"
    person_changed = "person.changed"
    person_resumed = "person.resumed"
    person_paused = "person.paused"
    person_frozen = "person.frozen"
    person_erased = "person.erased"
    consent_withdrawn = "consent.withdrawn"
    exclusion_added = "exclusion.added"
    talk_recorded = "talk.recorded"
    import_received = "import.received"
    match_requested = "match.requested"
    matches_proposed = "matches.proposed"
    invitation_approved = "invitation.approved"
    invitation_sent = "invitation.sent"
    invitation_accepted = "invitation.accepted"
    invitation_declined = "invitation.declined"
    invitation_reopened = "invitation.reopened"
    invitation_expiring = "invitation.expiring"
    invitation_expired = "invitation.expired"
    invitation_withdrawn = "invitation.withdrawn"
    invitation_cancelled = "invitation.cancelled"
    invitation_undeliverable = "invitation.undeliverable"
    invitation_lapsing = "invitation.lapsing"
    seat_held_long = "seat.held_long"
    session_full = "session.full"
    visit_recorded = "visit.recorded"
    visit_corrected = "visit.corrected"
    letter_due = "letter.due"
    sweep_due = "sweep.due"
    sweep_region_due = "sweep.region_due"
    sweep_allocation_due = "sweep.allocation_due"


@dataclass(frozen=True, slots=True)
class Event:
    """One event as a reaction sees it. `payload` holds ids and flags only (CARE 22)."""

    id: str
    type: EventType
    aggregate: str
    aggregate_version: int
    payload: dict[str, str | int | bool | None]
    available_at: datetime

    def subject(self, name: str) -> str:
        """The id under `name` in the payload."""
        return str(self.payload[name])
