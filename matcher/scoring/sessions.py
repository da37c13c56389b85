"""Which session of an opportunity is looked at: the earliest one in a time the person has free."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from matcher.domain.opportunity import Opportunity, Session
from matcher.domain.person import Person
from matcher.domain.values import MINUTES_PER_DAY, Availability, minute_of_day
from matcher.scoring import kernel

FAR_FUTURE = datetime.max.replace(tzinfo=UTC)  # an open session comes after every dated one


@dataclass(frozen=True, slots=True)
class Chosen:
    """The session that is scored, and what stands against it."""

    session: Session
    shared: bool
    upcoming: int
    has_seat: bool


def choose(person: Person, opportunity: Opportunity, at: datetime) -> Chosen:
    """The earliest future session in a shared time, else the earliest future one, else the last (SCORING §6).

    Among sessions of the same standing one with a seat comes before a full one, so that a full Tuesday never hides
    a free Thursday; `has_seat` is False only when all of that standing are full. An open session fits any time.
    """
    dated = sorted(
        (session for session in opportunity.sessions if session.starts_at is not None), key=start_of
    )
    if not dated:
        session = opportunity.all_sessions()[0]
        return Chosen(session, shared=True, upcoming=1, has_seat=_has_seat(session))
    future = [session for session in dated if start_of(session) > at]
    shared = [session for session in future if in_shared_time(person, session)]
    pool: Sequence[Session] = shared or future or dated[-1:]
    session = next(filter(_has_seat, pool), pool[0])
    return Chosen(session, shared=bool(shared), upcoming=len(future), has_seat=_has_seat(session))


def start_of(session: Session) -> datetime:
    """When it starts; an open session sorts after every dated one."""
    return session.starts_at or FAR_FUTURE


def in_shared_time(person: Person, session: Session) -> bool:
    """Whether a dated session lies wholly inside one window of free time, on one local day of the person's zone.

    No windows mean any time. An end may equal the window's end; midnight counts as the end of the day before.
    """
    if not person.availability:
        return True
    if session.starts_at is None or session.ends_at is None:
        return False
    zone = ZoneInfo(person.contact_hours.timezone)
    start, end = session.starts_at.astimezone(zone), session.ends_at.astimezone(zone)
    start_minute = minute_of_day(start)
    end_minute = minute_of_day(end) + MINUTES_PER_DAY * (end.date() - start.date()).days
    return any(
        kernel.inside_free_time(start.weekday(), start_minute, end_minute, *span)
        for span in free_spans(person.availability)
    )


def free_spans(windows: Sequence[Availability]) -> Iterator[tuple[int, int, int]]:
    """Weekday, first and last minute; a window past midnight is free on both days, each for itself."""
    for free in windows:
        start, end = free.window.start, free.window.end
        if start < end:
            yield free.weekday, start, end
        else:
            yield free.weekday, start, MINUTES_PER_DAY
            yield (free.weekday + 1) % 7, 0, end


def _has_seat(session: Session) -> bool:
    return session.seats_left is None or session.seats_left > 0
