"""Compares what the clients were told with the record and with the mail server's log: nothing lost, double or overbooked."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import selectinload

from matcher.domain.errors import Conflict
from matcher.domain.invitation import InvitationState, check_transition
from matcher.storage.tables import (
    Base,
    EventRow,
    ExclusionRow,
    HistoryRow,
    InvitationRow,
    LetterRow,
    MatchRequestRow,
    Occurrence,
    OpportunityRow,
    OrganisationRow,
    PersonRow,
)
from tests.drills.clients import Asked, History
from tests.drills.deployment import Deployment

JUST_DUE = timedelta(seconds=5)
DRAINS_WITHIN_SECONDS = 120.0
UNDER_WAY_SECONDS = 5.0  # a letter already being handed over when its reader said stop (CARE 2)
TABLES: dict[str, type[Base]] = {
    "organisation": OrganisationRow, "opportunity": OpportunityRow, "person": PersonRow, "approve": InvitationRow,
    "request": MatchRequestRow, "excluded": ExclusionRow,
}  # fmt: skip


@dataclass
class Verdict:
    """What the checker found, in words; empty lists are what a drill is for."""

    lost: list[str] = field(default_factory=list)
    double: list[str] = field(default_factory=list)
    overbooked: list[str] = field(default_factory=list)
    after_stop: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Nothing was found."""
        return not (self.lost or self.double or self.overbooked or self.after_stop)


def waiting(deployment: Deployment, created_before: float | None = None, but: Collection[str] = ()) -> int:
    """Events that are due and not done; only those written before a moment, where one is named, `but` some ids."""
    query = select(func.count()).where(_open(but), EventRow.available_at <= datetime.now(UTC))
    if created_before is not None:
        query = query.where(EventRow.created_at <= datetime.fromtimestamp(created_before, UTC))
    with deployment.database.reading() as session:
        return session.scalar(query) or 0


def seconds_until_done(deployment: Deployment, since: float, but: Collection[str] = ()) -> float:
    """How long after `since` everything written before it had its effect; DRAINS_WITHIN_SECONDS when it never had."""
    while time.time() - since < DRAINS_WITHIN_SECONDS:
        with suppress(SQLAlchemyError):  # the database itself may be what is away
            if waiting(deployment, since, but) + _failing(deployment, since, but) == 0:
                return time.time() - since
        time.sleep(0.1)
    return DRAINS_WITHIN_SECONDS


def _failing(deployment: Deployment, since: float, but: Collection[str] = ()) -> int:
    """Written before, tried, and to be tried again: its effect is still to come."""
    query = select(func.count()).where(
        _open(but), EventRow.error.is_not(None), EventRow.created_at <= datetime.fromtimestamp(since, UTC)
    )
    with deployment.database.reading() as session:
        return session.scalar(query) or 0


def _open(but: Collection[str]) -> ColumnElement[bool]:
    """Neither done nor set aside."""
    return and_(EventRow.done_at.is_(None), EventRow.dead_at.is_(None), EventRow.id.not_in(but))


def drain(deployment: Deployment) -> None:
    """Wait until everything that is due has had its effect, or was never going to."""
    quiet, ends = 0, time.monotonic() + DRAINS_WITHIN_SECONDS
    while quiet < 3 and time.monotonic() < ends:
        quiet = quiet + 1 if waiting(deployment) + _failing(deployment, time.time()) == 0 else 0
        time.sleep(0.1)


def check(deployment: Deployment, history: History, *, dead: frozenset[str] = frozenset()) -> Verdict:
    """Compare everything; `dead` are events that a drill meant to be set aside."""
    deployment.letters.catch_up()
    verdict = Verdict()
    _check_events(deployment, verdict, dead)
    _check_commands(deployment, history, verdict)
    _check_invitations(deployment, history, verdict)
    _check_letters(deployment, verdict)
    _check_seats(deployment, verdict)
    for asked in history.asked:
        _check_silence(deployment, asked, verdict)
    return verdict


def _check_events(deployment: Deployment, verdict: Verdict, dead: frozenset[str]) -> None:
    # What was put off by a quarter of an hour may have come due a moment ago: it has its turn like anything else.
    due = datetime.now(UTC) - JUST_DUE
    with deployment.database.reading() as session:
        for row in session.scalars(select(EventRow).where(EventRow.done_at.is_(None))):
            if row.dead_at is not None and row.id not in dead:
                verdict.lost.append(f"{row.type} {row.id} was set aside: {row.error}")
            elif row.dead_at is None and (row.available_at <= due or row.error):
                verdict.lost.append(f"{row.type} {row.id} still waits ({row.error})")


def _check_commands(deployment: Deployment, history: History, verdict: Verdict) -> None:
    for deed in history.deeds:
        if deed.answered_at is None:
            verdict.lost.append(f"{deed.kind} {deed.path} was never answered")
    with deployment.database.reading() as session:
        for kind, ids in history.made.items():
            if (table := TABLES.get(kind)) is None:
                continue
            there = set(session.scalars(select(table.id)))  # type: ignore[attr-defined]
            verdict.lost += [f"{kind} {one} was acknowledged and is not there" for one in ids - there]
        for table, name in ((OpportunityRow, OpportunityRow.title), (PersonRow, PersonRow.alias)):
            # A command that never got its answer may have had its effect; two effects it may not have.
            for value, times in session.execute(
                select(name, func.count()).group_by(name).having(func.count() > 1)
            ):
                verdict.double.append(f"{table.__tablename__} {value} is there {times} times")
        requests = history.made.get("request", set())
        for row in session.scalars(select(MatchRequestRow).where(MatchRequestRow.state != "ready")):
            if row.id in requests:
                verdict.lost.append(f"match request {row.id} was never answered")


def _check_invitations(deployment: Deployment, history: History, verdict: Verdict) -> None:
    expected = {one.invitation_id: one for one in history.asked if one.invitation_id is not None}
    live: Counter[str] = Counter()
    by_match: Counter[str] = Counter()
    with deployment.database.reading() as session:
        every = select(InvitationRow).options(selectinload(InvitationRow.history))
        for row in session.scalars(every.execution_options(yield_per=500)):
            live[row.person_id] += row.live
            by_match[row.match_id] += 1
            asked = expected.pop(row.id, None)
            if asked is not None and row.state not in asked.ends:
                verdict.lost.append(f"invitation {row.id} is {row.state}, not {'/'.join(sorted(asked.ends))}")
            _check_steps(row, verdict)
        twice = select(HistoryRow.source).group_by(HistoryRow.source).having(func.count() > 1)
        verdict.double += [f"{source} was learned twice" for source in session.scalars(twice)]
    verdict.lost += [f"invitation {one} was acknowledged and is not there" for one in expected]
    verdict.double += [
        f"person {one} has {times} live invitations" for one, times in live.items() if times > 1
    ]
    verdict.double += [
        f"match {one} became {times} invitations" for one, times in by_match.items() if times > 1
    ]


def _check_steps(row: InvitationRow, verdict: Verdict) -> None:
    """Every change of state is in the history, once, and was an allowed one."""
    states = [InvitationState(line.state) for line in row.history]
    if not states or states[0] is not InvitationState.approved or states[-1] != row.state:
        verdict.lost.append(f"the history of invitation {row.id} is {states}, and it is {row.state}")
    for before, after in itertools.pairwise(states):
        try:
            check_transition(before, after)
        except Conflict:
            verdict.double.append(f"invitation {row.id} went from {before} to {after}")


def _check_letters(deployment: Deployment, verdict: Verdict) -> None:
    copies = deployment.letters.copies
    with deployment.database.reading() as session:
        letters = list(session.scalars(select(LetterRow)))
        accepted = session.scalars(select(InvitationRow.id).where(InvitationRow.state == "accepted"))
        announced = set(accepted) - {
            one.invitation_id for one in letters if one.kind == "visitor_announced" and one.state == "sent"
        }
    verdict.lost += [f"the host never heard of invitation {one}" for one in announced]
    for letter in letters:
        if letter.state in ("due", "sending") and letter.kind != "invitation":
            verdict.lost.append(f"letter {letter.kind} {letter.id} is still {letter.state}")
        # An invitation given up after its worker died over it may be there: it counts as sent (CARE 2).
        may_be_there = letter.kind == "invitation" and letter.unsure
        if letter.state == "sent" and copies[letter.id] == 0 and not may_be_there:
            verdict.lost.append(f"letter {letter.kind} {letter.id} is recorded as sent and never came")
        if copies[letter.id] > (2 if letter.unsure else 1):
            verdict.double.append(f"letter {letter.kind} {letter.id} came {copies[letter.id]} times")


def _check_seats(deployment: Deployment, verdict: Verdict) -> None:
    held = select(func.count()).where(InvitationRow.occurrence_id == Occurrence.id, InvitationRow.holds_seat)
    with deployment.database.reading() as session:
        query = select(Occurrence.id, Occurrence.taken, Occurrence.capacity, held.scalar_subquery())
        for occurrence_id, taken, capacity, holding in session.execute(query):
            if taken > capacity or taken != holding:
                verdict.overbooked.append(
                    f"session {occurrence_id}: {taken} of {capacity} taken, {holding} hold one"
                )


def _check_silence(deployment: Deployment, asked: Asked, verdict: Verdict) -> None:
    if asked.stopped_at is None:
        return
    late = [
        at
        for at in deployment.letters.arrivals.get(asked.email, [])
        if at > asked.stopped_at + UNDER_WAY_SECONDS
    ]
    if late:
        verdict.after_stop.append(
            f"{asked.email} was written to {late[0] - asked.stopped_at:.1f} s after saying stop"
        )
