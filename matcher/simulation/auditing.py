"""Every rule of care checked again on what happened, from the log alone and by the path that explains one pair."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Final
from zoneinfo import ZoneInfo

from matcher.domain.person import HistoryEntry
from matcher.domain.values import HistoryOutcome, Rungs
from matcher.scoring.comfort import ComfortState, initial, learn, with_rungs
from matcher.scoring.experience import footing
from matcher.scoring.next_step import next_step
from matcher.simulation.crowd import Person
from matcher.simulation.year import Offer, Year

# Written down again from SCORING §5, §6 and §8, so that a mistake in a rule is not its own judge.
DAYS_BETWEEN: Final = timedelta(days=7)
IN_28_DAYS: Final = 3
NOTICE: Final = timedelta(hours=24)
FIRST_HOUR, LAST_HOUR = 13, 20
SHORTEST_REST: Final = 0.7
REST_DAYS: Final = {
    HistoryOutcome.answered_not_now: 14,
    HistoryOutcome.answered_too_much: 28,
    HistoryOutcome.no_answer: 14,
    HistoryOutcome.too_much: 28,
}
NEEDS_TALK: Final = frozenset({HistoryOutcome.answered_too_much, HistoryOutcome.too_much})
SILENCES_BEFORE_TALK: Final = 3
DECLINED: Final = frozenset({HistoryOutcome.answered_too_much, HistoryOutcome.answered_not_for_me})
DECLINED_DAYS: Final = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Audit:
    """How many events were looked at, and each rule that was broken with how often."""

    events: int
    broken: Counter[str]


def audit(year: Year, *, steps: bool = True) -> Audit:
    """Look at everything that happened in a year that has been run; `steps`: the policy promised to keep the steps."""
    broken: Counter[str] = Counter()
    of_person: dict[int, list[Offer]] = defaultdict(list)
    for one in year.offers:
        of_person[one.person].append(one)
    for i, offers in of_person.items():
        broken.update(_contact(offers, year.crowd.people[i].history))
        if steps:
            broken.update(_steps(Rungs(*year.world.intake[i].tolist()), offers, year.crowd.people[i]))
    seats = Counter((one.week, one.opportunity) for one in year.offers)
    broken["seat sold twice"] += sum(count > year.world.size.seats for count in seats.values())
    events = 2 * len(year.offers) + sum(one.outcome is not None for one in year.offers) + year.talks
    return Audit(events, +broken)


def _contact(offers: list[Offer], history: list[HistoryEntry]) -> Iterator[str]:
    """Pace, hours, notice, rests, talks, answers that still count, one at a time, nothing after somebody left."""
    for place, offer in enumerate(offers):
        before = offers[:place]
        past = [entry for entry in history if entry.at <= offer.sent_at]
        hour = offer.sent_at.astimezone(ZoneInfo("Asia/Tokyo")).hour
        if not FIRST_HOUR <= hour < LAST_HOUR:
            yield "outside contact hours"
        if offer.starts_at - offer.sent_at < NOTICE:
            yield "too late to ask gently"
        if offer.ended_at > offer.expires_at:
            yield "answered after it ended"
        if before and offer.sent_at - before[-1].sent_at < DAYS_BETWEEN:
            yield "too soon after the last"
        if sum(offer.sent_at - one.sent_at < timedelta(days=28) for one in before) >= IN_28_DAYS:
            yield "too many in 28 days"
        if any(_ends(one) > offer.sent_at for one in before):
            yield "two live invitations"
        if any(one.left for one in before):
            yield "asked after leaving"
        yield from _rests(offer, past)


def _ends(offer: Offer) -> datetime:
    return offer.ended_at if offer.outcome is None else offer.starts_at


def _rests(offer: Offer, past: list[HistoryEntry]) -> Iterator[str]:
    silences, talk_due = 0, False
    for entry in past:
        if entry.outcome is HistoryOutcome.talked:
            silences, talk_due = 0, False
        elif entry.outcome is HistoryOutcome.no_answer:
            silences += 1
            talk_due = talk_due or silences >= SILENCES_BEFORE_TALK
        else:
            silences = 0
            talk_due = talk_due or entry.outcome in NEEDS_TALK
        days = SHORTEST_REST * REST_DAYS.get(entry.outcome, 0)
        if entry.outcome is HistoryOutcome.no_answer and silences >= SILENCES_BEFORE_TALK:
            days = 0  # then a talk decides, not a date
        if offer.sent_at - entry.at < timedelta(days=days):
            yield "asked while resting"
        declined = entry.outcome in DECLINED and entry.opportunity_id == str(offer.opportunity)
        if declined and offer.sent_at - entry.at < DECLINED_DAYS:
            yield "asked again for what was declined"
    if talk_due:
        yield "asked before a talk"


def _steps(rungs: Rungs, offers: list[Offer], person: Person) -> Iterator[str]:
    """Each offer judged anew by the path that explains one pair, from what happened and what was said alone."""
    state: ComfortState = initial(rungs)
    lessons: deque[tuple[datetime, HistoryEntry | Rungs]] = deque(
        sorted([*((one.at, one) for one in person.history), *person.said], key=itemgetter(0))
    )
    for offer in offers:
        while lessons and lessons[0][0] <= offer.sent_at:
            _, lesson = lessons.popleft()
            state = with_rungs(state, lesson) if isinstance(lesson, Rungs) else learn(state, lesson)
        stands = footing([entry for entry in person.history if entry.at <= offer.sent_at])
        if stands.talk_due:
            yield "proposed before a talk"
        if next_step(offer.asked, state, stands) is None:
            yield "step too big"
        if abs(state.chance(offer.asked).likely - offer.likely) > 1e-9:
            yield "the many were told another chance than the one"
