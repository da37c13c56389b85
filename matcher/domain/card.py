"""What an invitation tells the person, and what an organisation may know of a guest: nothing else can reach a letter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from matcher.domain.errors import InvalidInput
from matcher.domain.opportunity import Opportunity, Place, Session
from matcher.domain.opportunity_rules import missing_problems
from matcher.domain.person import Person
from matcher.domain.values import Interaction, Kind, Requirement, StayStep, Stimulation, TravelMode

_AS_STATED: Final = (
    "title", "summary", "kind", "open_when", "online", "interaction", "stimulation", "staffed", "leave_any_time",
    "regular_attendance", "watch_first", "companion_welcome", "not_expected", "if_you_do_not_come", "requires",
    "provides", "stay_step", "free_exit",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What, when and where. Times are aware and already in `timezone`; both None means any time, see `open_when`.

    `duration_minutes` is None where no length is true, as of a stay.
    `says_timezone`: the reader's own clock shows another time, so the zone has to be named.
    """

    language: str
    title: str
    starts_at: datetime | None
    ends_at: datetime | None
    open_when: str | None
    duration_minutes: float | None
    timezone: str
    says_timezone: bool
    online: bool
    place_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card(Plan):
    """Everything an invitation says (CARE 6); it holds no score, rung, chance or rank that could be shown (CARE 5)."""

    kind: Kind
    summary: str
    how_to_join: str | None
    place_address: str | None
    place_entry: str | None
    latitude: float | None
    longitude: float | None
    group_typical: int
    group_max: int
    interaction: Interaction
    stimulation: Stimulation
    host_name: str
    host_role: str
    greets_at_door: bool
    staffed: bool
    leave_any_time: bool
    regular_attendance: bool
    watch_first: bool
    companion_welcome: bool
    not_expected: tuple[str, ...]
    if_you_do_not_come: str
    requires: tuple[Requirement, ...]
    provides: tuple[str, ...]
    travel_minutes: float | None
    mode: TravelMode | None
    stay_step: StayStep | None
    free_exit: str | None
    asked_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor(Plan):
    """All that an organisation learns of an accepted guest: alias, session and the needs they agreed to share (CARE 17).

    `asks_how_to_join`: the posting does not say yet how one joins online.
    """

    alias: str
    needs: tuple[str, ...]
    opportunity_id: str | None
    asks_how_to_join: bool


def make_card(
    opportunity: Opportunity,
    session: Session,
    person: Person,
    *,
    asked_by: str,
    travel_minutes: float | None,
    timezone: str | None = None,
    mode: TravelMode | None = None,
) -> Card:
    """What an invitation to this session tells this person.

    `asked_by` is the caseworker's name; `travel_minutes` one way by `mode`, by default the person's own. `timezone` is
    the place's, where the posting does not say; else, and always online, times are on the person's clock.

    Raises InvalidInput when a fact is missing that the invitation would have to say.
    """
    theirs = person.contact_hours.timezone
    online = bool(opportunity.online)
    place = (None if online else opportunity.place) or Place()
    zone = theirs if online else place.timezone or timezone or theirs
    return _card(
        opportunity,
        session,
        language=person.language,
        timezone=zone,
        says_timezone=_differs(_local(session.starts_at, zone), theirs),
        travel_minutes=None if online else travel_minutes,
        mode=None if online else mode or person.travel.mode,
        asked_by=asked_by,
    )


def sample_card(
    opportunity: Opportunity, session: Session, *, language: str, timezone: str, asked_by: str
) -> Card:
    """What an invitation would tell somebody who has no name yet: the same facts, without the way there.

    Raises InvalidInput when a fact is missing that the invitation would have to say.
    """
    return _card(
        opportunity, session, language=language, timezone=timezone, says_timezone=bool(opportunity.online),
        travel_minutes=None, mode=None, asked_by=asked_by,
    )  # fmt: skip


def _card(opportunity: Opportunity, session: Session, *, timezone: str, **known: Any) -> Card:
    if problems := missing_problems(opportunity):
        raise InvalidInput(problems, "This posting lacks facts that an invitation has to say.")
    online = bool(opportunity.online)
    return Card(
        starts_at=_local(session.starts_at, timezone),
        ends_at=_local(session.ends_at, timezone),
        duration_minutes=_length(opportunity, session),
        timezone=timezone,
        how_to_join=opportunity.how_to_join if online else None,
        **known,
        **_stated(opportunity, (None if online else opportunity.place) or Place()),
    )


def make_visitor(
    opportunity: Opportunity, session: Session, person: Person, *, language: str, timezone: str
) -> Visitor:
    """What the organisation may know of this guest, in its own language.

    `timezone` is the organisation's, used where no place says another: never the guest's, which would tell of them.
    """
    place = opportunity.place or Place()
    zone = place.timezone or timezone
    return Visitor(
        language=language,
        title=opportunity.title or "",
        starts_at=_local(session.starts_at, zone),
        ends_at=_local(session.ends_at, zone),
        open_when=opportunity.open_when,
        duration_minutes=_length(opportunity, session),
        timezone=zone,
        says_timezone=bool(opportunity.online),
        online=bool(opportunity.online),
        place_name=place.name,
        alias=person.alias,
        needs=person.share_needs,
        opportunity_id=opportunity.id,
        asks_how_to_join=bool(opportunity.online) and not opportunity.how_to_join,
    )


def _stated(opportunity: Opportunity, place: Place) -> dict[str, Any]:
    """The facts a card takes over as the posting states them."""
    size, host = opportunity.group_size, opportunity.host
    return {name: getattr(opportunity, name) for name in _AS_STATED} | {
        "place_name": place.name,
        "place_address": place.address,
        "place_entry": place.entry,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "group_typical": size.typical,
        "group_max": size.max,
        "host_name": host.name,
        "host_role": host.role,
        "greets_at_door": host.greets_at_door,
    }


def _length(opportunity: Opportunity, session: Session) -> float | None:
    """How long it takes; living somewhere for a time is said in words, for no number of minutes would be true of it."""
    if opportunity.stay_step is StayStep.stay:
        return None
    return session.duration_minutes or opportunity.duration_minutes


def _local(moment: datetime | None, timezone: str) -> datetime | None:
    return None if moment is None else moment.astimezone(ZoneInfo(timezone))


def _differs(moment: datetime | None, timezone: str) -> bool:
    return moment is not None and moment.utcoffset() != moment.astimezone(ZoneInfo(timezone)).utcoffset()
