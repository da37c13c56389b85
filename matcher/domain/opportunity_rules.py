"""What a posting may say, one rule in one place, so that the API, the pages and imported files refuse alike."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from matcher.domain.coordinates import coordinate_problems
from matcher.domain.errors import FieldProblem
from matcher.domain.opportunity import GroupSize, Opportunity, OpportunityState, Session, missing_facts
from matcher.domain.person import ADULT_AGE_YEARS
from matcher.domain.values import Interaction, Kind

# Every limit below is judgement, 2026-11: far above anything small and quiet, low enough to catch a slip.
CAPACITY_MAX: Final = 1000
GROUP_SIZE_MAX: Final = 10_000
SMALLEST_GROUP_MAX: Final = 2  # sizes count everyone: one guest and whoever is there to greet them
SESSIONS_MAX: Final = 500
SESSION_LENGTH_MAX: Final = timedelta(days=14)
SESSION_AHEAD_MAX: Final = timedelta(days=5 * 366)
AGE_MAX_YEARS: Final = 120

ONLINE_INTERACTIONS: Final = frozenset(Interaction) - {Interaction.side_by_side}
IN_PERSON_INTERACTIONS: Final = frozenset(Interaction) - {Interaction.listening_online}

FACT_MEANINGS: Final = {
    "title": "what it is called",
    "kind": "what kind of thing it is",
    "summary": "what happens there, in a sentence or two",
    "capacity": "how many guests can be invited",
    "interaction": "how much one has to do with others",
    "stimulation": "how much there is to hear and see",
    "staffed": "whether somebody is there whose task it is to look after guests",
    "leave_any_time": "whether one may leave at any time",
    "regular_attendance": "whether one is expected to come regularly",
    "watch_first": "whether one may just watch at first",
    "companion_welcome": "whether somebody may come along",
    "requires": "what a newcomer has to do or show; an empty list when nothing",
    "provides": "what is provided; an empty list when nothing",
    "languages": "which languages are spoken; an empty list when none is needed",
    "topics": "what it is about; an empty list when nothing in particular",
    "age": "for which ages it is; null at either end when open",
    "not_expected": "what is not expected of a newcomer; an empty list when there is nothing to say",
    "if_you_do_not_come": "what happens when somebody does not come",
    "group_size.typical": "how many people are usually there, host and guest included",
    "group_size.max": "how many people are there at most, host and guest included",
    "host.name": "who waits there",
    "host.role": "what the one who waits there does",
    "host.greets_at_door": "whether the host greets newcomers at the door",
    "place": "where it is, or null when it is online",
    "place.name": "what the place is called",
    "place.latitude": "where the place is, in degrees",
    "place.longitude": "where the place is, in degrees",
    "place.entry": "how one gets in and who waits there",
    "sessions": "when it happens; or, without dates, how long it lasts and when it is open",
    "duration_minutes": "how long a visit lasts, in minutes",
    "open_when": "when it is open",
    "stay_step": "whether this is a visit, a trial night or a stay",
    "free_exit": "how one can leave freely at any time",
}


def problems(
    opportunity: Opportunity, now: datetime, *, before: Opportunity | None = None
) -> list[FieldProblem]:
    """Everything that is wrong with a posting as it would be saved at `now` (aware).

    `before` is the posting it changes: a session that already stood there may meanwhile lie in the past.
    A published posting must state every fact of `missing_facts`; a draft may lack some.
    """
    return [
        *_group_problems(opportunity),
        *_where_problems(opportunity),
        *_when_problems(opportunity, now, before),
        *_age_problems(opportunity),
        *_living_problems(opportunity),
        *_publishing_problems(opportunity, now, before),
        *_turning_problems(opportunity, before),
    ]


def _turning_problems(opportunity: Opportunity, before: Opportunity | None) -> Iterator[FieldProblem]:
    """Whoever said yes to a garden did not say it to living there: that takes its own consent, step by step (CARE 11)."""
    if before is None or before.state is not OpportunityState.published:
        return
    if (opportunity.kind is Kind.communal_living) != (before.kind is Kind.communal_living):
        yield FieldProblem(
            "/kind", "What is published does not turn into living together, or from it; post a new one."
        )
    elif opportunity.stay_step != before.stay_step:
        yield FieldProblem(
            "/stay_step", "What is published stays the step it is; post the other step as a new one."
        )


def missing_problems(opportunity: Opportunity) -> list[FieldProblem]:
    """Each fact that has to be stated before publishing, at its place."""
    return [
        FieldProblem("/" + fact.replace(".", "/"), f"State it before publishing: {FACT_MEANINGS[fact]}.")
        for fact in missing_facts(opportunity)
    ]


def _group_problems(opportunity: Opportunity) -> Iterator[FieldProblem]:
    size, capacity = opportunity.group_size, opportunity.capacity
    if capacity is not None and not 1 <= capacity <= CAPACITY_MAX:
        yield FieldProblem(
            "/capacity", f"Capacity counts invited guests and lies between 1 and {CAPACITY_MAX}."
        )
    elif capacity is not None and size.max is not None and capacity > size.max:
        yield FieldProblem(
            "/capacity", f"Capacity counts invited guests: at most group_size.max, {size.max}."
        )
    yield from _size_problems(size)


def _size_problems(size: GroupSize) -> Iterator[FieldProblem]:
    if size.typical is not None and not 1 <= size.typical <= GROUP_SIZE_MAX:
        yield FieldProblem(
            "/group_size/typical", f"Sizes count everyone, host and guest included: 1 to {GROUP_SIZE_MAX}."
        )
    if size.max is not None and not SMALLEST_GROUP_MAX <= size.max <= GROUP_SIZE_MAX:
        yield FieldProblem(
            "/group_size/max",
            f"Sizes count everyone, host and guest included: {SMALLEST_GROUP_MAX} to {GROUP_SIZE_MAX}.",
        )
    if size.typical is not None and size.max is not None and size.typical > size.max:
        yield FieldProblem("/group_size/typical", f"The usual size is at most group_size.max, {size.max}.")


def _where_problems(opportunity: Opportunity) -> Iterator[FieldProblem]:
    place, interaction = opportunity.place, opportunity.interaction
    if place is not None:
        yield from coordinate_problems(place.latitude, place.longitude, "/place")
    if interaction is not None and opportunity.online is not None:
        allowed = ONLINE_INTERACTIONS if opportunity.online else IN_PERSON_INTERACTIONS
        if interaction not in allowed:
            where = "Online" if opportunity.online else "In person"
            words = ", ".join(word for word in Interaction if word in allowed)
            yield FieldProblem("/interaction", f"{where} it is one of: {words}.")
    if opportunity.online and opportunity.open_when is not None:
        yield FieldProblem(
            "/open_when", "This belongs to something in person; leave it out when it is online."
        )


def _when_problems(
    opportunity: Opportunity, now: datetime, before: Opportunity | None
) -> Iterator[FieldProblem]:
    duration = opportunity.duration_minutes
    longest = SESSION_LENGTH_MAX / timedelta(minutes=1)
    if duration is not None and not (math.isfinite(duration) and 0 < duration <= longest):
        yield FieldProblem("/duration_minutes", f"A length in minutes, above 0 and at most {longest:.0f}.")
    if len(opportunity.sessions) > SESSIONS_MAX:
        yield FieldProblem("/sessions", f"At most {SESSIONS_MAX} sessions fit in one posting.")
        return
    stood = {_times(session) for session in before.sessions} if before else set()
    seen: set[tuple[datetime | None, datetime | None]] = set()
    for index, session in enumerate(opportunity.sessions):
        at = f"/sessions/{index}"
        if _times(session) in seen:
            yield FieldProblem(at, "This session is listed twice; list each one once.")
        seen.add(_times(session))
        yield from order_problems(session, at)
        if session.starts_at is not None:
            may_be_past = _times(session) in stood
            yield from _moment_problems(session.starts_at, at, now, may_be_past=may_be_past)


def order_problems(session: Session, at: str) -> list[FieldProblem]:
    """What is wrong with the two ends of one session, whenever it is."""
    starts_at, ends_at = session.starts_at, session.ends_at
    if starts_at is None or ends_at is None:
        side = "starts_at" if starts_at is None else "ends_at"
        return [FieldProblem(f"{at}/{side}", "A session states both when it starts and when it ends.")]
    if ends_at <= starts_at:
        return [FieldProblem(f"{at}/ends_at", "A session ends after it starts.")]
    if ends_at - starts_at > SESSION_LENGTH_MAX:
        return [FieldProblem(f"{at}/ends_at", f"A session lasts at most {SESSION_LENGTH_MAX.days} days.")]
    return []


def _moment_problems(
    starts_at: datetime, at: str, now: datetime, *, may_be_past: bool
) -> Iterator[FieldProblem]:
    if starts_at <= now and not may_be_past:
        yield FieldProblem(f"{at}/starts_at", "This lies in the past; state a session that is still to come.")
    if starts_at - now > SESSION_AHEAD_MAX:
        yield FieldProblem(f"{at}/starts_at", "This lies more than five years ahead; check the year.")


def _age_problems(opportunity: Opportunity) -> Iterator[FieldProblem]:
    if opportunity.age is None:
        return
    least, most = opportunity.age.min, opportunity.age.max
    for side, value in (("min", least), ("max", most)):
        if value is not None and not 0 <= value <= AGE_MAX_YEARS:
            yield FieldProblem(f"/age/{side}", f"An age in years, 0 to {AGE_MAX_YEARS}, or null when open.")
    if least is not None and most is not None and least > most:
        yield FieldProblem("/age/min", f"The lowest age is at most age.max, {most}.")
    if most is not None and most < ADULT_AGE_YEARS:
        yield FieldProblem(
            "/age/max", f"Only adults are invited; {ADULT_AGE_YEARS} at least, or null when open."
        )


def _living_problems(opportunity: Opportunity) -> Iterator[FieldProblem]:
    if opportunity.kind in (None, Kind.communal_living):
        return
    for name in ("stay_step", "free_exit"):
        if getattr(opportunity, name) is not None:
            yield FieldProblem(f"/{name}", "This belongs to communal living only; leave it out here.")


def _publishing_problems(
    opportunity: Opportunity, now: datetime, before: Opportunity | None
) -> Iterator[FieldProblem]:
    if opportunity.state is not OpportunityState.published:
        return
    yield from missing_problems(opportunity)
    publishing_now = before is None or before.state is not OpportunityState.published
    over = [session.starts_at is not None and session.starts_at <= now for session in opportunity.sessions]
    # Without `before`, each past session is already named on its own.
    if before is not None and publishing_now and over and all(over):
        yield FieldProblem("/sessions", "Every session is over; state one that is still to come.")


def _times(session: Session) -> tuple[datetime | None, datetime | None]:
    return session.starts_at, session.ends_at
