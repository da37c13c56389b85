"""When a person may be written to: hours, pace and rests are hard limits (SCORING §8, CARE 2)."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from matcher.domain.person import ContactHours, Pace
from matcher.domain.values import Outcome, minute_of_day

# All days and hours below: SCORING §8.
PACE_WINDOW: Final = timedelta(days=28)
NOTICE_BEFORE_SESSION: Final = timedelta(hours=24)
ANSWER_WITHIN: Final = timedelta(days=7)
ANSWER_BEFORE_SESSION: Final = timedelta(hours=2)
REMINDED_BEFORE: Final = timedelta(hours=24)  # judgement, 2026-11: time to get ready, not time to worry
REST_AFTER_NOT_NOW_DAYS: Final = 14
REST_AFTER_TOO_MUCH_DAYS: Final = 28
REST_AFTER_SILENCE_DAYS: Final = (14, 28)
REST_SPREAD: Final = (0.7, 1.3)
# How long somebody who is open to it may be without anything that suits before they are asked again how much is
# comfortable. Judgement, 2026-11, tried in the simulation (docs/scoring.md).
ASK_AGAIN_AFTER: Final = timedelta(weeks=8)
DAYS_SEARCHED: Final = 9  # a week and both its ends: a daily window opens within it, whatever the clocks do


class TalkReason(StrEnum):
    """Why the caseworker is asked to talk with somebody before anything else is sent."""

    too_much_visit = "too_much_visit"
    too_much_answer = "too_much_answer"
    silence = "silence"


@dataclass(frozen=True, slots=True)
class Rest:
    """Until when nothing is sent, and whether a talk has to come first. `until` None: no date, only the talk."""

    until: datetime | None = None
    talk: TalkReason | None = None

    def extended(self, found: Rest) -> Rest:
        """This rest and another: the longer one holds, and a talk that is asked for stays asked for."""
        until = max((one for one in (self.until, found.until) if one is not None), default=None)
        return Rest(until, found.talk or self.talk)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing may be sent now: `resting` or `pace`, and from when it may, where a date is known."""

    code: str
    from_at: datetime | None


def refusal(rest: Rest, pace: Pace, sent: Sequence[datetime], now: datetime) -> Refusal | None:
    """Why a person may not be offered anything at `now`, or None. `sent`: when invitations went out, any order."""
    if rest.until is not None and now < rest.until:
        return Refusal("resting", rest.until)
    if rest.talk is not None:
        return Refusal("resting", None)
    if pace.max_per_28_days == 0:
        return Refusal("pace", None)
    possible = earliest_by_pace(pace, sent)
    if possible is not None and now < possible:
        return Refusal("pace", possible)
    return None


def earliest_by_pace(pace: Pace, sent: Sequence[datetime]) -> datetime | None:
    """The first moment at which one more invitation keeps both limits of the pace, or None if none was ever sent."""
    if not sent:
        return None
    newest_first = sorted(sent, reverse=True)
    possible = newest_first[0] + timedelta(days=pace.min_days_between)
    if len(newest_first) >= pace.max_per_28_days:
        possible = max(possible, newest_first[pace.max_per_28_days - 1] + PACE_WINDOW)
    return possible


def is_time_to_ask_again(since: datetime, now: datetime) -> bool:
    """Whether somebody to whom nothing can be offered should be asked again how much is comfortable.

    `since`: the last of when they came, were written to, were talked with, or their comfortable rungs moved.
    """
    return now - since >= ASK_AGAIN_AFTER


def next_contact_moment(hours: ContactHours, after: datetime) -> datetime:
    """The first moment at or after `after` (aware) inside the hours on the person's own clock, in UTC.

    >>> from matcher.domain.values import DayWindow
    >>> next_contact_moment(ContactHours(DayWindow(780, 1200), "Asia/Tokyo"), datetime(2026, 11, 1, 12, tzinfo=UTC))
    datetime.datetime(2026, 11, 2, 4, 0, tzinfo=datetime.timezone.utc)
    """
    zone = ZoneInfo(hours.timezone)
    local = after.astimezone(zone)
    if hours.window.holds(minute_of_day(local)):
        return after.astimezone(UTC)
    for days in range(DAYS_SEARCHED):
        opening = _opening(local.date() + timedelta(days=days), hours, zone)
        if opening is not None and opening >= after:
            return opening
    raise ValueError(f"No contact hour within {DAYS_SEARCHED} days of {after.isoformat()}.")


def _opening(day: date, hours: ContactHours, zone: ZoneInfo) -> datetime | None:
    start = time(hours.window.start // 60 % 24, hours.window.start % 60)
    opening = datetime.combine(day, start, zone).astimezone(UTC)
    # Where the clocks skip the start, the moment after the gap may lie outside the window: then not that day.
    return opening if hours.window.holds(minute_of_day(opening.astimezone(zone))) else None


def latest_sending(starts_at: datetime | None) -> datetime | None:
    """After this moment an invitation to a session is no longer sent; None for an undated one."""
    return None if starts_at is None else starts_at - NOTICE_BEFORE_SESSION


def reminder_moment(hours: ContactHours, starts_at: datetime) -> datetime:
    """When the one reminder that somebody asked for goes out: about a day before, inside their hours, in UTC.

    The first moment of their hours in the day before it begins; where that would be too close to it, a day earlier.

    >>> from matcher.domain.values import DayWindow
    >>> afternoon = ContactHours(DayWindow(780, 1200), "Asia/Tokyo")
    >>> reminder_moment(afternoon, datetime(2026, 11, 5, 1, tzinfo=UTC))
    datetime.datetime(2026, 11, 4, 4, 0, tzinfo=datetime.timezone.utc)
    """
    moment = next_contact_moment(hours, starts_at - REMINDED_BEFORE)
    if moment > starts_at - ANSWER_BEFORE_SESSION:
        moment = next_contact_moment(hours, starts_at - 2 * REMINDED_BEFORE)
    return moment


def expiry(sent_at: datetime, starts_at: datetime | None) -> datetime:
    """When an unanswered invitation ends silently."""
    by_time = sent_at + ANSWER_WITHIN
    return by_time if starts_at is None else min(by_time, starts_at - ANSWER_BEFORE_SESSION)


def rest_length(days: float, invitation_id: str) -> timedelta:
    """A rest × uniform(0.7, 1.3), seeded by the invitation, so that people do not all wake on one day."""
    seed = int.from_bytes(hashlib.sha256(invitation_id.encode()).digest()[:8], "big")
    return timedelta(days=days * random.Random(seed).uniform(*REST_SPREAD))  # noqa: S311 - spreading, not secrecy


def rest_after_answer(answer: str, answered_at: datetime, invitation_id: str) -> Rest:
    """The rest that an answer brings: `not_now` and `too_much` rest, everything else does not."""
    if answer == "not_now":
        return Rest(answered_at + rest_length(REST_AFTER_NOT_NOW_DAYS, invitation_id))
    if answer == "too_much":
        return Rest(
            answered_at + rest_length(REST_AFTER_TOO_MUCH_DAYS, invitation_id),
            talk=TalkReason.too_much_answer,
        )
    return Rest()


def rest_after_silence(unanswered: int, expired_at: datetime, invitation_id: str) -> Rest:
    """The rest after the `unanswered`-th silence in a row (1-based): 14 days, 28 days, then only after a talk."""
    if unanswered <= len(REST_AFTER_SILENCE_DAYS):
        days = REST_AFTER_SILENCE_DAYS[unanswered - 1]
        return Rest(expired_at + rest_length(days, invitation_id))
    return Rest(talk=TalkReason.silence)


def rest_after_visit(outcome: Outcome, recorded_at: datetime, invitation_id: str) -> Rest:
    """A visit that was too much brings a rest and a talk; no other outcome brings either (CARE 3)."""
    if outcome is not Outcome.too_much:
        return Rest()
    return Rest(
        recorded_at + rest_length(REST_AFTER_TOO_MUCH_DAYS, invitation_id), talk=TalkReason.too_much_visit
    )
