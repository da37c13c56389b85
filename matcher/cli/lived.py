"""The past of some invented people before the first start: each step through the services, on the day it was taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from matcher.domain.errors import Conflict
from matcher.domain.events import EventType
from matcher.domain.invitation import InvitationState
from matcher.domain.letter import LetterState
from matcher.domain.values import Outcome
from matcher.services.access.keys import Caller, Role
from matcher.services.answers import answering, visiting
from matcher.services.answers.answering import Deed
from matcher.services.asking import host_words, inviting, letters
from matcher.services.audit import auditing
from matcher.services.audit.auditing import Somebody
from matcher.services.finding import matching
from matcher.services.outside import DEFAULT_TIMEZONE, Outside
from matcher.services.people import talks
from matcher.services.upkeep.sweeping import finish_past
from matcher.storage import outbox
from matcher.storage.tables import EventRow, InvitationRow, LetterRow, PersonRow
from matcher.workers.subscriptions import SUBSCRIPTIONS

WEEK: Final = timedelta(days=7)
ROUNDS: Final = 100  # far more than one afternoon has
AFTERNOON: Final = 14  # within the hours of all of them
ANSWERED_AFTER: Final = timedelta(hours=1)
A_YES: Final = "yes"


@dataclass
class Life:
    """What somebody will say, one idea after the other, every so many weeks from `week` before the first start on."""

    person_id: str
    caller: Caller
    said: list[str]
    week: int
    every: int
    invitation_id: str = ""
    visit: Outcome | None = None


class Past:
    """Winds a clock on, week by week, up to now, in one transaction. Letters of that time are not written."""

    def __init__(self, session: Session, outside: Outside, weeks: int, now: datetime) -> None:
        self._session, self._outside, self._weeks = session, outside, weeks
        self._now = self._clock = now

    def live(self, lives: list[Life]) -> None:
        """All of it; what was posted and who was registered by then is there already."""
        for week in range(self._weeks - 1, 0, -1):
            day = (self._now - week * WEEK).astimezone(ZoneInfo(DEFAULT_TIMEZONE))
            self._clock = day.replace(hour=AFTERNOON, minute=0, second=0, microsecond=0)
            self._work()
            for life in lives:
                self._look_back(life)
            self._work()
            asked = [one for one in lives if one.said and one.week >= week and self._approve(one, week)]
            self._work()
            self._clock += ANSWERED_AFTER
            for life in asked:
                self._answer(life)
            self._work()
        finish_past(self._session, self._now)

    def _work(self) -> None:
        """What workers would have done on that day."""
        for _ in range(ROUNDS):
            due = outbox.due(self._session, self._clock, ROUNDS)
            if not due:
                return
            for event_id in due:
                self._react(self._session.get_one(EventRow, event_id))

    def _react(self, row: EventRow) -> None:
        event = outbox.event_of(row)
        if row.type == EventType.invitation_approved:
            invitation = self._session.get_one(InvitationRow, event.subject("invitation_id"))
            inviting.mark_sent(self._session, invitation, self._clock)
        elif row.type == EventType.letter_due:
            self._session.get_one(LetterRow, event.subject("letter_id")).state = LetterState.dropped
        elif (inside := SUBSCRIPTIONS[event.type].inside) is not None:
            inside(self._session, event, self._clock)
        outbox.finish(self._session, row.id, self._clock)

    def _look_back(self, life: Life) -> None:
        """A visit that is over is told of; somebody for whom it was too much is talked with, unless that was the last."""
        row = self._session.get_one(PersonRow, life.person_id)
        with auditing.acting(life.caller):
            if row.talk_reason is not None and life.said:
                talks.note(self._session, row, life.caller, None, self._clock)
            if life.visit is None:
                return
            invitation = self._session.get_one(InvitationRow, life.invitation_id)
            if (invitation.occurrence.ends_at or self._clock) < self._clock:
                visiting.record_visit(self._session, invitation, life.visit, self._clock)
                life.visit = None

    def _approve(self, life: Life, week: int) -> bool:
        """The best idea on their menu; without one, or at rest, they are thought of again a week later."""
        menu = matching.current_menu(self._session, life.person_id, self._clock)
        if not menu:  # as the sweep of that night would
            matching.match_person(self._session, life.person_id, self._clock)
            menu = matching.current_menu(self._session, life.person_id, self._clock)
        if not menu:
            return False
        try:
            with auditing.acting(life.caller):
                row = inviting.approve(self._session, menu[0], life.caller.id, self._clock)
        except Conflict:
            return False
        life.invitation_id, life.week = row.id, week - life.every
        return True

    def _answer(self, life: Life) -> None:
        invitation = self._session.get_one(InvitationRow, life.invitation_id)
        if invitation.state != InvitationState.sent:
            return
        said = life.said.pop(0)
        life.visit = Outcome(said) if said in set(Outcome) else None
        deed = Deed.accept if life.visit or said == A_YES else Deed(said.removeprefix("answered_"))
        token = letters.answer_url(self._session, self._outside, invitation).rpartition("/")[2]
        with auditing.acting(Somebody("person", life.person_id)):
            answering.answer(self._session, token, deed, self._clock)


def begin(said: dict[str, list[str]], known: dict[str, tuple[str, Caller]], weeks: int) -> Iterator[Life]:
    """Everybody's steps spread over these weeks: not all begin in the first, and only a yes is as new as two weeks."""
    for place, (alias, words) in enumerate(said.items()):
        last = 2 if words[-1] == A_YES else 5
        every = (weeks - 1 - last) // max(1, len(words) - 1)
        yield Life(*known[alias], list(words), weeks - 1 - place % 2, every)


def write_of_visits(
    session: Session, wrote: list[dict[str, Any]], organisations: dict[str, str], now: datetime
) -> None:
    """What organisations wrote of the newest visit."""
    for words in wrote:
        organisation_id = organisations[words["organisation"]]
        with auditing.acting(Caller(Role.organisation, organisation_id, "")):
            for visit in host_words.past_visits(session, organisation_id, now)[:1]:
                host_words.write(session, organisation_id, visit.handle, words["words"], words["note"], now)
