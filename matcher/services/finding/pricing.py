"""What a seat is worth to those still to come (SCORING §7): a price a session, from whoever came in the last 26 weeks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matcher.domain.contact_policy import NOTICE_BEFORE_SESSION
from matcher.domain.invitation import OPEN_SEAT_HELD
from matcher.scoring.allocation import Cases, Night, Pairs, descended, first_prices, shadow_prices
from matcher.scoring.weights import WEIGHTS
from matcher.storage.sent import among
from matcher.storage.tables import InvitationRow, MatchRow, Occurrence

Floats = NDArray[np.float64]
WEEK: Final = timedelta(weeks=1)
NIGHT: Final = timedelta(days=1)
LOOKS_BACK: Final = WEIGHTS.past_weeks * WEEK


def prices(session: Session, night: Night, sessions: Sequence[Occurrence], now: datetime) -> Floats:
    """The price of a seat in each of tonight's sessions, in units of the score; the same whenever it is asked that night.

    With 200 past cases or more the dual prices over sampled futures, else mirror descent on what each night used.
    """
    cases = past_cases(session, sessions, now)
    if not cases.enough:
        return _descent(session, sessions, now)
    tonight = Pairs(night.pairs.person, night.pairs.session, night.order_worth())
    chance = np.random.default_rng(now.toordinal())
    return shadow_prices(
        tonight,
        night.people,
        night.free,
        cases,
        len(cases) / WEIGHTS.past_weeks,
        _weeks_left(sessions, now),
        chance,
    )


def past_cases(session: Session, sessions: Sequence[Occurrence], now: datetime) -> Cases:
    """Whoever was invited in the last 26 weeks and would have wanted one of tonight's sessions, once an invitation.

    They would have wanted those of a posting that was proposed to them then, with the score it had.
    """
    of_posting: dict[str, list[int]] = {}
    for number, one in enumerate(sessions):
        of_posting.setdefault(one.opportunity_id, []).append(number)
    suited = _suited(session, list(of_posting), now)
    came = session.scalars(
        select(InvitationRow.person_id)
        .where(
            InvitationRow.approved_at >= now - LOOKS_BACK,
            among(session, InvitationRow.person_id, list(suited)),
        )
        .order_by(InvitationRow.id)
    ).all()
    options = [
        (case, number, worth)
        for case, person_id in enumerate(came)
        for opportunity_id, worth in suited[person_id].items()
        for number in of_posting[opportunity_id]
    ]
    person, place, worth = zip(*options, strict=True) if options else ((), (), ())
    return Cases.of(Pairs.of(person, place, worth), len(came))


def _suited(
    session: Session, opportunity_ids: Sequence[str], now: datetime
) -> Mapping[str, dict[str, float]]:
    """By person, the postings that were proposed to them in the last 26 weeks, with the best score each had."""
    found: dict[str, dict[str, float]] = {}
    for person_id, opportunity_id, score in session.execute(
        select(MatchRow.person_id, MatchRow.opportunity_id, func.max(MatchRow.score))
        .where(
            among(session, MatchRow.opportunity_id, opportunity_ids), MatchRow.created_at >= now - LOOKS_BACK
        )
        .group_by(MatchRow.person_id, MatchRow.opportunity_id)
    ):
        found.setdefault(person_id, {})[opportunity_id] = score
    return found


def _weeks_left(sessions: Sequence[Occurrence], now: datetime) -> Floats:
    """Of each session how long a seat can still be offered."""
    ends = (
        now + OPEN_SEAT_HELD if one.starts_at is None else one.starts_at - NOTICE_BEFORE_SESSION
        for one in sessions
    )
    return np.array([max(0.0, (end - now) / WEEK) for end in ends])


def _descent(session: Session, sessions: Sequence[Occurrence], now: datetime) -> Floats:
    """Night by night from the first price, by the invitations that each night brought since a session was first proposed.

    Nothing is kept: the invitations say it all, and a repeat comes to the same.
    """
    ids = [one.id for one in sessions]
    first = dict(
        session.execute(
            select(MatchRow.occurrence_id, func.min(MatchRow.created_at))
            .where(among(session, MatchRow.occurrence_id, ids))
            .group_by(MatchRow.occurrence_id)
        )
        .tuples()
        .all()
    )
    since = np.array([(now - first.get(one, now)) // NIGHT for one in ids])
    left = np.array([one.capacity for one in sessions])
    used = _used(session, ids, now, int(since.max(initial=0)))
    nights_left = _weeks_left(sessions, now) * (WEEK / NIGHT)
    price = first_prices(left)
    for back in range(int(since.max(initial=0)), 0, -1):
        begun = since >= back
        price = np.where(begun, descended(price, used[back], left, nights_left + back), price)
        left = np.maximum(0, left - used[back])
    return price


def _used(session: Session, ids: Sequence[str], now: datetime, nights: int) -> NDArray[np.int64]:
    """How many seats were given so many nights ago (rows, the last one 1), by session."""
    used = np.zeros((nights + 2, len(ids)), np.int64)
    number = {one: place for place, one in enumerate(ids)}
    given = select(InvitationRow.occurrence_id, InvitationRow.approved_at).where(
        among(session, InvitationRow.occurrence_id, ids)
    )
    for occurrence_id, at in session.execute(given):
        nights_ago = max(1, -((at - now) // NIGHT))  # rounded up
        used[min(nights + 1, nights_ago), number[occurrence_id]] += 1
    return used
