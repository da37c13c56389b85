"""What is on today for a team: each list fits a screen, and each entry says why it is there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from matcher.domain.invitation import InvitationState
from matcher.domain.person import PersonState
from matcher.services.access.keys import Caller
from matcher.services.asking import inviting
from matcher.services.desk.asking_again import to_be_asked
from matcher.services.finding import matching
from matcher.storage.invitations import live_people
from matcher.storage.tables import HistoryRow, InvitationRow, MatchRow, Occurrence, OpportunityRow, PersonRow

FITS_A_SCREEN: Final = 7  # judgement, 2026-11: taken in at a glance
UNDATED_ASK_AFTER: Final = timedelta(
    days=3
)  # judgement, 2026-11: time enough to have gone, not to have forgotten
COMING_WITHIN: Final = timedelta(days=7)  # judgement, 2026-11: a week is planned at once
FROZEN: Final = PersonState.frozen.value

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Few(Generic[T]):
    """As many as fit a screen, or all that were asked for, and how many more there are."""

    items: tuple[T, ...]
    more: int

    @classmethod
    def of(cls, found: Sequence[T], *, whole: bool = False) -> Few[T]:
        """The first of them, or the whole list."""
        shown = tuple(found if whole else found[:FITS_A_SCREEN])
        return cls(shown, len(found) - len(shown))


@dataclass(frozen=True, slots=True)
class Talk:
    """Somebody to turn to. `reason` is a TalkReason or `frozen`; `since` the moment it came up, where it is known."""

    person: PersonRow
    reason: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody with proposals to look at: how many of them stand on the menu, and the best one's title."""

    person: PersonRow
    proposals: int
    title: str


@dataclass(frozen=True, slots=True)
class ToAsk:
    """An accepted visit that should be over. `at` is when it ended or, undated, when they said yes."""

    person: PersonRow
    invitation: InvitationRow
    title: str
    at: datetime
    dated: bool


@dataclass(frozen=True, slots=True)
class Coming:
    """A visit somebody said yes to, within the next days."""

    person: PersonRow
    title: str
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class WithoutStep:
    """Somebody whom nothing is proposed to. `asked_at` is when they were last written to, None for never.

    `ask_again`: it is time to ask them again how much is comfortable.
    """

    person: PersonRow
    asked_at: datetime | None
    ask_again: bool

    @property
    def since(self) -> datetime:
        """Since when they have been without a next step."""
        return self.asked_at or self.person.created_at


@dataclass(frozen=True, slots=True)
class Today:
    """The lists. Nobody stands on more than one of those about what to do next; about what `coming` holds, nothing is to do."""

    talks: Few[Talk]
    waiting: Few[Waiting]
    to_ask: Few[ToAsk]
    coming: Few[Coming]
    without_step: Few[WithoutStep]


def whats_on(session: Session, caller: Caller, now: datetime, whole: str = "") -> Today:
    """What is on for the caller's team, their own people first (CARE 24); the list called `whole` in full. Changes nothing."""
    people = _team(session, caller)
    proposed = _proposed(session, caller, now)
    sent = _sent(session, caller)
    busy = live_people(session, [one.id for one in people])
    free = [one for one in people if _is_free(one, sent[one.id], now) and one.id not in busy]
    waiting = sorted((one for one in free if one.id in proposed), key=lambda one: proposed[one.id])
    bare = [one for one in free if one.id not in proposed]
    again = to_be_asked(session, bare, now)
    without = [WithoutStep(one, max(sent[one.id], default=None), one.id in again) for one in bare]

    def few(name: str, found: Iterable[T], person_of: Callable[[T], PersonRow]) -> Few[T]:
        own_first = sorted(found, key=lambda one: person_of(one).caseworker_id != caller.id)
        return Few.of(own_first, whole=name == whole)

    by_age = sorted(without, key=lambda one: one.since)
    return Today(
        talks=few("talks", _talks(session, people), lambda one: one.person),
        waiting=_look_up(session, few("waiting", waiting, lambda one: one), now),
        to_ask=few("visits", _to_ask(session, caller, now), lambda one: one.person),
        coming=few("coming", _coming(session, caller, now), lambda one: one.person),
        without_step=few("without", by_age, lambda one: one.person),
    )


def _team(session: Session, caller: Caller) -> Sequence[PersonRow]:
    query = select(PersonRow).where(
        PersonRow.team_id == caller.team_id, PersonRow.state != PersonState.closed
    )
    return session.scalars(query.order_by(PersonRow.id)).all()


def _is_free(person: PersonRow, sent: Sequence[datetime], now: datetime) -> bool:
    """Whether something could be sent now: neither a pause, a rest, a talk to be had nor their own pace forbids it."""
    return person.state == PersonState.open and inviting.hindrance_of(person, sent, now) is None


def _talks(session: Session, people: Iterable[PersonRow]) -> list[Talk]:
    """A crisis first, then whoever has waited longest."""
    wanted = [one for one in people if one.talk_reason is not None or one.state == PersonState.frozen]
    query = (
        select(HistoryRow.person_id, func.max(HistoryRow.at))
        .where(HistoryRow.person_id.in_([one.id for one in wanted]))
        .group_by(HistoryRow.person_id)
    )
    since = dict(session.execute(query).tuples().all())
    talks = [
        Talk(one, FROZEN, None)
        if one.state == PersonState.frozen
        else Talk(one, str(one.talk_reason), since.get(one.id))
        for one in wanted
    ]
    return sorted(talks, key=lambda one: (one.reason != FROZEN, one.since or one.person.created_at))


def _proposed(session: Session, caller: Caller, now: datetime) -> dict[str, datetime]:
    """Who of the team has proposals that could be approved, and since when the oldest of them has waited."""
    rows = matching.approvable(now).join(PersonRow, PersonRow.id == MatchRow.person_id)
    query = (
        rows.where(PersonRow.team_id == caller.team_id)
        .with_only_columns(MatchRow.person_id, func.min(MatchRow.created_at))
        .group_by(MatchRow.person_id)
    )
    return dict(session.execute(query).tuples().all())


def _sent(session: Session, caller: Caller) -> defaultdict[str, list[datetime]]:
    """When invitations went out to each of the team."""
    query = (
        select(InvitationRow.person_id, InvitationRow.sent_at)
        .join(PersonRow, PersonRow.id == InvitationRow.person_id)
        .where(PersonRow.team_id == caller.team_id, InvitationRow.sent_at.is_not(None))
    )
    found: defaultdict[str, list[datetime]] = defaultdict(list)
    for person_id, sent_at in session.execute(query):
        found[person_id].append(sent_at)
    return found


def _look_up(session: Session, people: Few[PersonRow], now: datetime) -> Few[Waiting]:
    """The menus of those that are shown, but for those whose last idea went since the list was asked for."""
    shown = []
    for person in people.items:
        menu = matching.current_menu(session, person.id, now)
        if menu:
            shown.append(Waiting(person, len(menu), menu[0].opportunity.title or ""))
    return Few(tuple(shown), people.more)


def _to_ask(session: Session, caller: Caller, now: datetime) -> list[ToAsk]:
    """Accepted visits that are over, or were to be at any time, the longest ago first."""
    over = or_(
        Occurrence.ends_at <= now,
        and_(Occurrence.ends_at.is_(None), InvitationRow.answered_at <= now - UNDATED_ASK_AFTER),
    )
    query = (
        select(InvitationRow, PersonRow, OpportunityRow.title)
        .join(PersonRow, PersonRow.id == InvitationRow.person_id)
        .join(Occurrence, Occurrence.id == InvitationRow.occurrence_id)
        .join(OpportunityRow, OpportunityRow.id == InvitationRow.opportunity_id)
        .where(PersonRow.team_id == caller.team_id, InvitationRow.state == InvitationState.accepted, over)
    )
    found = []
    for row, person, title in session.execute(query):
        ended_at = row.occurrence.ends_at
        at = ended_at or row.answered_at or row.approved_at
        found.append(ToAsk(person, row, title or "", at, ended_at is not None))
    return sorted(found, key=lambda one: one.at)


def _coming(session: Session, caller: Caller, now: datetime) -> list[Coming]:
    """Visits of the next days that somebody said yes to, the next one first."""
    query = (
        select(PersonRow, OpportunityRow.title, Occurrence.starts_at)
        .join(InvitationRow, InvitationRow.person_id == PersonRow.id)
        .join(Occurrence, Occurrence.id == InvitationRow.occurrence_id)
        .join(OpportunityRow, OpportunityRow.id == InvitationRow.opportunity_id)
        .where(
            PersonRow.team_id == caller.team_id,
            InvitationRow.state == InvitationState.accepted,
            Occurrence.starts_at.between(now, now + COMING_WITHIN),
        )
        .order_by(Occurrence.starts_at, InvitationRow.id)
    )
    return [Coming(person, title or "", at) for person, title, at in session.execute(query) if at is not None]
