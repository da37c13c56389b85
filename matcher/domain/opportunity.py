"""One thing to take part in, the facts a posting must state, and which of them are still missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from matcher.domain.values import GeoPoint, Interaction, Kind, Requirement, StayStep, Stimulation


class OpportunityState(StrEnum):
    """`draft → published → withdrawn / finished`."""

    draft = "draft"
    published = "published"
    withdrawn = "withdrawn"
    finished = "finished"


class OrganisationState(StrEnum):
    """`applied → vetted ⇄ suspended`."""

    applied = "applied"
    vetted = "vetted"
    suspended = "suspended"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something happens and how one gets in."""

    name: str | None = None
    address: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    entry: str | None = None
    timezone: str | None = None
    id: str | None = None

    @property
    def point(self) -> GeoPoint | None:
        """The coordinates, when both are known."""
        if self.latitude is None or self.longitude is None:
            return None
        return GeoPoint(self.latitude, self.longitude)


@dataclass(frozen=True, slots=True)
class Session:
    """One dated occurrence (aware, UTC), or the one open session of an undated opportunity (both times None)."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    id: str | None = None
    seats_left: int | None = None

    @property
    def duration_minutes(self) -> float | None:
        """Length in minutes, when dated."""
        if self.starts_at is None or self.ends_at is None:
            return None
        return (self.ends_at - self.starts_at).total_seconds() / 60


@dataclass(frozen=True, slots=True)
class GroupSize:
    """How many people, host and guest included."""

    typical: int | None = None
    max: int | None = None


@dataclass(frozen=True, slots=True)
class Host:
    """Who waits there."""

    name: str | None = None
    role: str | None = None
    greets_at_door: bool | None = None


@dataclass(frozen=True, slots=True)
class AgeRange:
    """Ages in years, both ends included; None is open."""

    min: int | None = None
    max: int | None = None


@dataclass(frozen=True, slots=True)
class Opportunity:
    """One posting. None means *not stated*: a safety fact is never guessed.

    `online` is None while nobody has said where it is, True online, False in person (then `place` says where).
    """

    title: str | None = None
    kind: Kind | None = None
    summary: str | None = None
    online: bool | None = None
    place: Place | None = None
    sessions: tuple[Session, ...] = ()
    open_session: Session | None = None
    duration_minutes: float | None = None
    open_when: str | None = None
    capacity: int | None = None
    group_size: GroupSize = GroupSize()
    interaction: Interaction | None = None
    stimulation: Stimulation | None = None
    host: Host = Host()
    staffed: bool | None = None
    leave_any_time: bool | None = None
    regular_attendance: bool | None = None
    watch_first: bool | None = None
    companion_welcome: bool | None = None
    requires: tuple[Requirement, ...] | None = None
    provides: tuple[str, ...] | None = None
    languages: tuple[str, ...] | None = None
    topics: tuple[str, ...] | None = None
    age: AgeRange | None = None
    not_expected: tuple[str, ...] | None = None
    if_you_do_not_come: str | None = None
    stay_step: StayStep | None = None
    free_exit: str | None = None
    how_to_join: str | None = None
    state: OpportunityState = OpportunityState.draft
    organisation_id: str | None = None
    organisation_vetted: bool = True
    id: str | None = None

    def all_sessions(self) -> tuple[Session, ...]:
        """The dated sessions, or the one open session."""
        return self.sessions or (self.open_session or Session(),)


_PROMISES = ("staffed", "leave_any_time", "watch_first", "companion_welcome")
_LISTED_PROMISES = ("provides", "not_expected", "languages")
# A change of one of these, or of a session's times, makes what somebody was told untrue (ARCHITECTURE §3): a promise only
# when it is taken back, what is asked only when there is more of it.
MATERIAL_FACTS = (
    "sessions", "online", "place", "host", "group_size", "interaction", "stimulation", "open_when",
    "requires", "regular_attendance", *_PROMISES,
)  # fmt: skip
# Of these, too, whoever said yes has to hear; who has not answered reads them on the page as they are.
TOLD_FACTS = (*MATERIAL_FACTS, "how_to_join", *_LISTED_PROMISES, "kind", "if_you_do_not_come", "free_exit")

_PLAIN_FACTS = (
    "title", "kind", "summary", "capacity", "interaction", "stimulation", "staffed", "leave_any_time",
    "regular_attendance", "watch_first", "companion_welcome", "requires", "provides", "languages", "topics", "age",
    "not_expected", "if_you_do_not_come",
)  # fmt: skip


def told_anew(before: Opportunity, after: Opportunity) -> tuple[str, ...]:
    """Names of `TOLD_FACTS` that are no longer as guests were told; sessions are looked at one by one, not here."""
    return tuple(
        fact
        for fact in TOLD_FACTS
        if fact != "sessions" and _is_untrue(fact, getattr(before, fact), getattr(after, fact))
    )


def _is_untrue(fact: str, was: Any, now: Any) -> bool:
    if fact in _PROMISES:
        return bool(was) and not now
    if fact == "regular_attendance":
        return bool(now) and not was
    if fact == "requires":
        return not set(now or ()) <= set(was or ())
    if fact in _LISTED_PROMISES:
        return not set(was or ()) <= set(now or ())
    return bool(was != now)


def missing_facts(opportunity: Opportunity) -> tuple[str, ...]:
    """Names of the facts that scoring reads or an invitation must say (CARE 6) and that are not stated.

    Dotted where inside an object (`group_size.max`); in the order an organisation is asked for them.
    """
    found = [name for name in _PLAIN_FACTS if getattr(opportunity, name) is None]
    found += [
        f"group_size.{name}" for name in ("typical", "max") if getattr(opportunity.group_size, name) is None
    ]
    found += [
        f"host.{name}"
        for name in ("name", "role", "greets_at_door")
        if getattr(opportunity.host, name) is None
    ]
    found += _missing_about_where(opportunity)
    found += _missing_about_when(opportunity)
    if opportunity.kind is Kind.communal_living:
        found += [name for name in ("stay_step", "free_exit") if getattr(opportunity, name) is None]
    return tuple(found)


def _missing_about_where(opportunity: Opportunity) -> list[str]:
    if opportunity.online:
        return []
    place = opportunity.place
    if opportunity.online is None or place is None:
        return ["place"]
    return [
        f"place.{name}" for name in ("name", "latitude", "longitude", "entry") if getattr(place, name) is None
    ]


def _missing_about_when(opportunity: Opportunity) -> list[str]:
    if opportunity.sessions:
        return []
    if opportunity.online and opportunity.interaction is Interaction.text_only:
        return []  # a board one may write on at any time asks for no length
    # Undated is a choice somebody has to make: it says how long, and in person when it is open.
    if opportunity.duration_minutes is None and opportunity.open_when is None:
        return ["sessions"]
    found = [] if opportunity.duration_minutes is not None else ["duration_minutes"]
    if opportunity.online is False and opportunity.open_when is None:
        found.append("open_when")
    return found
