"""Postings that nobody has made yet: the gentlest of each kind and time, and how much less gentle it may be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from matcher.domain.opportunity import (
    AgeRange,
    GroupSize,
    Host,
    Opportunity,
    OpportunityState,
    Place,
    Session,
)
from matcher.domain.values import GeoPoint, Interaction, Kind, Stimulation


class When(StrEnum):
    """The times that are tried, on every day of their kind."""

    weekday_morning = "weekday_morning"
    weekday_afternoon = "weekday_afternoon"
    weekday_evening = "weekday_evening"
    weekend_afternoon = "weekend_afternoon"


# Judgement, 2026-11: an hour that most people with time in that part of the day have in common.
STARTS_AT: Final = {
    When.weekday_morning: 10, When.weekday_afternoon: 14, When.weekday_evening: 18, When.weekend_afternoon: 14,
}  # fmt: skip
KINDS: Final = (Kind.volunteering, Kind.communal_space, Kind.physical_activity, Kind.hobby, Kind.study)
FEWEST: Final = 2  # a guest and a host
SHORT_MINUTES: Final = 30


@dataclass(frozen=True, slots=True)
class Wanted:
    """One posting that could be made: where and when, of which kind, for how many, how long, and what one does there.

    `needs` are what it provides beyond people who are there and greet.
    """

    point: GeoPoint
    kind: Kind
    when: When
    people_at_most: int = FEWEST
    minutes: int = SHORT_MINUTES
    interaction: Interaction = Interaction.side_by_side
    needs: tuple[str, ...] = ()

    def less_gentle(self) -> Iterator[Wanted]:
        """The same with one thing asked more of, the next step of each."""
        if self.people_at_most < 6:
            yield replace(self, people_at_most=self.people_at_most + 1)
        if self.minutes < 60:
            yield replace(self, minutes=60)
        if self.interaction is Interaction.side_by_side:
            yield replace(self, interaction=Interaction.conversation)

    def posting(self, at: datetime, timezone: str) -> Opportunity:
        """It as a published posting in the second week from `at`, far enough ahead to ask gently."""
        size = self.people_at_most
        return Opportunity(
            id="wanted", organisation_id="wanted", organisation_vetted=True, state=OpportunityState.published,
            title="", kind=self.kind, online=False, capacity=size, group_size=GroupSize(size, size),
            place=Place("", None, self.point.latitude, self.point.longitude, None, timezone, "wanted"),
            sessions=tuple(self._sessions(at.astimezone(ZoneInfo(timezone)))),
            interaction=self.interaction, stimulation=Stimulation.quiet, host=Host("", "", greets_at_door=True),
            staffed=True, leave_any_time=True, regular_attendance=False, watch_first=True, companion_welcome=True,
            requires=(), provides=self.needs, languages=(), topics=(), age=AgeRange(18, None),
        )  # fmt: skip

    def _sessions(self, local: datetime) -> Iterator[Session]:
        monday = local.replace(minute=0, second=0, microsecond=0) + timedelta(days=14 - local.weekday())
        weekend = self.when is When.weekend_afternoon
        for day in range(7):
            if (day >= 5) == weekend:
                starts_at = (monday + timedelta(days=day)).replace(hour=STARTS_AT[self.when])
                yield Session(
                    starts_at, starts_at + timedelta(minutes=self.minutes), None, self.people_at_most
                )


def gentlest(point: GeoPoint, needs: tuple[str, ...]) -> Iterator[Wanted]:
    """One of each kind and time at a place."""
    for kind in KINDS:
        for when in When:
            yield Wanted(point, kind, when, needs=needs)
