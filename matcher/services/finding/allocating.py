"""The night's allocation: where a session had more candidates than seats, who of those who agreed in advance is asked."""

from __future__ import annotations

import calendar
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from matcher.domain.errors import NotYet
from matcher.domain.events import Event
from matcher.domain.values import Outcome
from matcher.scoring.allocation import Ints, Night, Pairs, people_wanted
from matcher.scoring.allocation import allocate as share_out
from matcher.scoring.weights import WEIGHTS
from matcher.services.asking import standing
from matcher.services.finding import pricing
from matcher.services.outside import DEFAULT_TIMEZONE, ONE_TURN, Outside
from matcher.storage.sent import among
from matcher.storage.tables import InvitationRow, MatchRow, Occurrence, PersonRow, SweepRow, VisitRow

CAME: Final = (Outcome.ok, Outcome.left_early, Outcome.too_much)
WEEK: Final = timedelta(weeks=1)


def allocate(outside: Outside, event: Event) -> None:
    """Share out the seats among standing approvals, one transaction an invitation. Emits `invitation.approved`.

    Everything is judged again as each is approved. Safe to repeat and to interrupt: who was invited is asked no more.
    Raises NotYet, to go on at once with a new plan, where there is more than fits into one turn.
    """
    due_on = date.fromisoformat(event.subject("due_on"))
    with outside.database.reading() as session:
        chosen = plan(session, outside.clock())
    begun, invited = outside.clock(), 0
    for match_id in chosen:
        # Not before somebody was invited: who is refused is planned again, and each turn has to come further.
        if invited and outside.clock() - begun > ONE_TURN:
            raise NotYet(outside.clock(), "There are more to invite.")
        with outside.database.writing() as session:
            match = session.get(MatchRow, match_id)
            if match is not None and standing.approve_if_possible(session, match, outside.clock()):
                session.execute(
                    update(SweepRow)
                    .where(SweepRow.due_on == due_on)
                    .values(invited=SweepRow.invited + 1)
                    .execution_options(synchronize_session=False)
                )
                invited += 1


def plan(session: Session, now: datetime) -> list[str]:
    """Ids of the proposals to approve: one a person at most, no seat twice, the greatest worth in all (SCORING §7)."""
    candidates = standing.candidates(session, now)
    if not candidates:
        return []
    sessions = _sessions(session, candidates)
    night = _night(session, candidates, sessions, now)
    chosen = share_out(night, pricing.prices(session, night, sessions, now))
    return [candidates[pair].id for pair in chosen if pair >= 0]


def _sessions(session: Session, candidates: Sequence[MatchRow]) -> Sequence[Occurrence]:
    wanted = list({match.occurrence_id for match in candidates})
    return session.scalars(
        select(Occurrence).where(among(session, Occurrence.id, wanted)).order_by(Occurrence.id)
    ).all()


def _night(
    session: Session, candidates: Sequence[MatchRow], seats: Sequence[Occurrence], now: datetime
) -> Night:
    """Tonight's proposals as columns. All of them may be asked: nothing stands against a standing candidate."""
    people = {one: number for number, one in enumerate(sorted({match.person_id for match in candidates}))}
    sessions = {one.id: number for number, one in enumerate(seats)}
    organisations = sorted({match.organisation_id for match in candidates})
    number = {one: position for position, one in enumerate(organisations)}
    begins, gone = _this_month(now)
    visits = _counted(_visits_since(session, begins), organisations)
    on_their_way = _counted(_on_their_way(session), organisations)
    waited = _weeks_waiting(session, list(people), now)
    return Night(
        pairs=Pairs.of(
            [people[match.person_id] for match in candidates],
            [sessions[match.occurrence_id] for match in candidates],
            [match.score for match in candidates],
        ),
        chance=np.array([match.explanation["chance"]["likely"] for match in candidates]),
        doubt=np.array([doubt_of(match.explanation["chance"]) for match in candidates]),
        interest=np.array([match.explanation["parts"]["interest"] for match in candidates]),
        organisation=np.array([number[match.organisation_id] for match in candidates]),
        visits=visits,
        wanted=people_wanted(visits, on_their_way, gone),
        may_ask=np.ones(len(people), np.bool_),
        weeks_waiting=np.array([waited[one] for one in people]),
        capacity=np.array([one.capacity for one in seats]),
        held=np.array([one.taken for one in seats]),
    )


def doubt_of(chance: Mapping[str, float]) -> float:
    """√v of the log-odds, from the interval that is shown: σ(m ± z √v).

    >>> round(doubt_of({"low": 1 / (1 + math.exp(-1.36)), "high": 1 / (1 + math.exp(-3.92))}), 9)
    1.0
    """
    if chance["low"] <= 0 or chance["high"] >= 1:
        return math.inf
    return (_log_odds(chance["high"]) - _log_odds(chance["low"])) / (2 * WEIGHTS.shown_z)


def _log_odds(chance: float) -> float:
    return math.log(chance / (1 - chance))


def _weeks_waiting(session: Session, person_ids: Sequence[str], now: datetime) -> dict[str, float]:
    """Weeks since each was last written to, or since they came."""
    sent = select(InvitationRow.person_id, func.max(InvitationRow.sent_at)).group_by(InvitationRow.person_id)
    last = {
        one: at
        for one, at in session.execute(sent.where(among(session, InvitationRow.person_id, person_ids)))
        if at
    }
    came = session.execute(
        select(PersonRow.id, PersonRow.created_at).where(among(session, PersonRow.id, person_ids))
    )
    return {one: (now - last.get(one, created_at)) / WEEK for one, created_at in came}


def _this_month(now: datetime) -> tuple[datetime, float]:
    """When the month began here, and which share of it is over."""
    local = now.astimezone(ZoneInfo(DEFAULT_TIMEZONE))
    begins = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    days = calendar.monthrange(local.year, local.month)[1]
    return begins, (local.day - 1) / days


def _visits_since(session: Session, begins: datetime) -> Counter[str]:
    """By organisation, the visits that took place since then."""
    query = (
        select(InvitationRow.organisation_id, func.count())
        .join(VisitRow, VisitRow.invitation_id == InvitationRow.id)
        .where(VisitRow.recorded_at >= begins, VisitRow.outcome.in_(CAME))
        .group_by(InvitationRow.organisation_id)
    )
    return Counter({row[0]: row[1] for row in session.execute(query)})


def _on_their_way(session: Session) -> Counter[str]:
    """By organisation, those who are invited and may still come."""
    query = select(InvitationRow.organisation_id, func.count()).where(InvitationRow.live)
    return Counter({row[0]: row[1] for row in session.execute(query.group_by(InvitationRow.organisation_id))})


def _counted(counts: Counter[str], organisations: Sequence[str]) -> Ints:
    return np.array([counts[one] for one in organisations], np.int64)
