"""Somebody who may be invited: what they said of themselves, and what they agreed to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from matcher.domain.values import (
    Approval,
    Availability,
    DayWindow,
    GeoPoint,
    HistoryOutcome,
    Kind,
    Purpose,
    Requirement,
    Rungs,
    StayStep,
    TravelMode,
)

ADULT_AGE_YEARS = 18  # CARE 13: adults only


class PersonState(StrEnum):
    """`open` may be matched; `paused` by anybody, `frozen` in a crisis (CARE 12), `closed` for good."""

    open = "open"
    paused = "paused"
    frozen = "frozen"
    closed = "closed"


@dataclass(frozen=True, slots=True)
class Contact:
    """Where somebody is written to; kept encrypted."""

    channel: str
    address: str


@dataclass(frozen=True, slots=True)
class Travel:
    """How far somebody goes: mode, the most minutes one way, and the minutes at which appeal has halved."""

    mode: TravelMode
    max_minutes: float
    half_life_minutes: float


@dataclass(frozen=True, slots=True)
class ContactHours:
    """When somebody may be written to, on their own clock."""

    window: DayWindow
    timezone: str


@dataclass(frozen=True, slots=True)
class Pace:
    """How often somebody wants to be asked."""

    min_days_between: int
    max_per_28_days: int


@dataclass(frozen=True, slots=True)
class Supporter:
    """Family or a friend; gets a copy only by the person's own consent (CARE 10)."""

    relation: str
    contact: Contact
    receives_copy: bool


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody agreed to, in which words, since when and until when (CARE 21)."""

    purpose: Purpose
    text_version: str
    given_at: datetime
    withdrawn_at: datetime | None = None
    given_by: str | None = None
    id: str | None = None

    @property
    def identity(self) -> tuple[Purpose, str, datetime]:
        """What tells one consent of a person from another."""
        return self.purpose, self.text_version, self.given_at

    def in_force(self, at: datetime) -> bool:
        """Given by then and not withdrawn by then."""
        return self.given_at <= at and not self.taken_back(at)

    def taken_back(self, at: datetime) -> bool:
        """Withdrawn by then."""
        return self.withdrawn_at is not None and self.withdrawn_at <= at


@dataclass(frozen=True, slots=True)
class Person:
    """One person as the intake form says it; `start_point` is already snapped to the grid."""

    alias: str
    language: str
    birth_year: int
    contact: Contact | None
    start_point: GeoPoint
    travel: Travel
    max_group_size: int
    comfort: Rungs
    contact_hours: ContactHours
    pace: Pace
    red_lines: frozenset[Requirement] = frozenset()
    needs: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    topics: tuple[str, ...] = ()
    availability: tuple[Availability, ...] = ()
    approval: Approval = Approval.each
    companion: bool = False
    introduced_to: tuple[str, ...] = ()
    share_needs: tuple[str, ...] = ()
    supporters: tuple[Supporter, ...] = ()
    consents: tuple[Consent, ...] = ()
    excluded_organisation_ids: tuple[str, ...] = ()
    state: PersonState = PersonState.open
    notes: str | None = None
    id: str | None = None

    def agreed_to(self, purpose: Purpose, at: datetime) -> bool:
        """Whether a consent for this purpose is in force."""
        return any(consent.purpose == purpose and consent.in_force(at) for consent in self.consents)


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One thing that happened to a person, oldest first in a history; `aspects` as asked when it was offered."""

    at: datetime
    outcome: HistoryOutcome
    aspects: Rungs | None = None
    opportunity_id: str | None = None
    place_id: str | None = None
    organisation_id: str | None = None
    stay_step: StayStep | None = None


@dataclass(frozen=True, slots=True)
class History:
    """Everything learned from so far, oldest first, and whether a live invitation exists now."""

    entries: tuple[HistoryEntry, ...] = field(default=())
    live_invitation: bool = False
