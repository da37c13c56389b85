"""A year of one world under one policy: week by week somebody is asked, answers, goes, and is learned from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from matcher.domain.contact_policy import (
    Rest,
    TalkReason,
    expiry,
    is_time_to_ask_again,
    latest_sending,
    next_contact_moment,
    refusal,
    rest_after_answer,
    rest_after_silence,
    rest_after_visit,
)
from matcher.domain.person import ContactHours, HistoryEntry, Pace
from matcher.domain.values import DayWindow, HistoryOutcome, Outcome, Rungs
from matcher.scoring.kernel.step import NO_STEP
from matcher.simulation.crowd import Crowd
from matcher.simulation.policies import NOTHING, POLICIES, Week, asks_again
from matcher.simulation.world import (
    ACCEPTS,
    ANSWERS,
    COMES,
    DELAY,
    GOES_WELL,
    LEAVES,
    SETBACK,
    SETBACK_A_WEEK,
    SETBACK_RUNGS,
    SETBACK_WEEKS,
    TALKS,
    Floats,
    Ints,
    World,
)

BEGIN: Final = datetime(2026, 1, 5, tzinfo=UTC)
HOURS: Final = ContactHours(DayWindow(13 * 60, 20 * 60), "Asia/Tokyo")
PACE: Final = Pace(min_days_between=7, max_per_28_days=3)
MONTH_WEEKS: Final = 4
# The world's behaviour: SCORING §10, else judgement, 2026-11.
RAISED: Final = 0.3
LOWERED: Final = 0.35
LEAVE_AFTER_OVERLOAD: Final = 0.15
STAYS_AWAY: Final = 0.05
TALK_A_WEEK: Final = 0.5
TOO_MUCH_SHARE: Final = 0.5  # of those who say no, times the chance that it would have been too much
SILENT_SHARE: Final = 0.3
NOT_FOR_ME_SHARE: Final = 0.2  # times the lack of interest
ANSWER_DAYS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Offer:
    """One invitation with everything that became of it; `ended_at` is the answer or the silent end."""

    week: int
    person: int
    opportunity: int
    asked: tuple[float, ...]
    step: int
    likely: float
    true_chance: float
    share_of_best: float
    sent_at: datetime
    starts_at: datetime
    expires_at: datetime
    ended_at: datetime
    answer: HistoryOutcome | None
    outcome: Outcome | None
    left: bool = False


class Year:
    """One world under one policy, week by week."""

    def __init__(self, world: World, policy: str) -> None:
        self.world, self.policy = world, policy
        self.crowd = Crowd(world)
        self.thresholds = world.thresholds.copy()
        self.setback_until = np.zeros(world.size.people, np.int64)
        self.last_asked = np.zeros(world.size.people)
        self.looked_at = [BEGIN] * world.size.people
        self.visits = np.zeros((world.size.weeks, int(world.organisation.max()) + 1), np.int64)
        self.offers: list[Offer] = []
        self.talks = 0

    def run(self) -> list[Offer]:
        """The whole year."""
        for week in range(self.world.size.weeks):
            self._live(week)
        return self.offers

    def _live(self, week: int) -> None:
        now = BEGIN + timedelta(weeks=week)
        self._set_back(week)
        self._talk(week, now)
        who = np.array(list(self._may_be_asked(now)), np.int64)
        if not len(who):
            return
        open_now = self.world.is_open[week, who]
        judged = self.crowd.judged(who, open_now, 7.0 * week)
        facing = Week(
            world=self.world,
            number=week,
            who=who,
            available=open_now & (judged.score >= 0),
            judged=judged,
            true_chance=self._true_chances(who, week),
            visits=self.visits[week - week % MONTH_WEEKS : week].sum(axis=0),
            month_gone=week % MONTH_WEEKS / MONTH_WEEKS,
            weeks_waiting=week - self.last_asked[who],
            seats=np.full(self.world.size.opportunities, self.world.size.seats),
        )
        chosen = POLICIES[self.policy](facing)
        sent_at = next_contact_moment(HOURS, now)
        for line in np.flatnonzero(chosen != NOTHING):
            self._ask(facing, int(line), int(chosen[line]), sent_at)
        if asks_again(self.policy):
            self._ask_again(who[chosen == NOTHING], week, now)

    def _set_back(self, week: int) -> None:
        """A bad month makes everything harder for a while; nobody has to say so."""
        hit = self.world.draws[week, :, SETBACK] < SETBACK_A_WEEK
        self.setback_until[hit] = week + SETBACK_WEEKS

    def _talk(self, week: int, now: datetime) -> None:
        """Caseworkers talk with whom they should."""
        for i, person in enumerate(self.crowd.people):
            if person.rest.talk is not None and self.world.draws[week, i, TALKS] < TALK_A_WEEK:
                was_too_much = person.rest.talk is not TalkReason.silence
                person.rest, person.unanswered = Rest(person.rest.until), 0
                self.crowd.remember(i, HistoryEntry(now, HistoryOutcome.talked), None, 7.0 * week)
                if was_too_much:
                    self.crowd.talk(i, self._said(i, week), now)
                self.looked_at[i] = now
                self.talks += 1

    def _may_be_asked(self, now: datetime) -> Iterator[int]:
        for i, person in enumerate(self.crowd.people):
            if person.is_open and refusal(person.rest, PACE, person.sent, now) is None:
                yield i

    def _ask_again(self, without: Ints, week: int, now: datetime) -> None:
        """Caseworkers ask those again for whom nothing has come up for long, as their day's page suggests."""
        for i in map(int, without):
            if is_time_to_ask_again(self.looked_at[i], now):
                said = self._said(i, week)
                self.crowd.set_rungs(i, Rungs(*said.tolist()), now)
                self.looked_at[i] = now

    def _said(self, i: int, week: int) -> Floats:
        return self.world.said(i, self._thresholds_now(week)[i], self.world.slips[week, i])

    def _true_chances(self, who: Ints, week: int) -> Floats:
        asked = self.world.asked_truly(self.crowd.unfamiliar(who))
        opportunities = np.arange(self.world.size.opportunities)[None]
        found: Floats = self.world.true_chance(
            who[:, None], opportunities, self._thresholds_now(week)[who][:, None], asked
        )
        return found

    def _thresholds_now(self, week: int) -> Floats:
        return self.thresholds - SETBACK_RUNGS * (self.setback_until > week)[:, None]

    def _ask(self, facing: Week, line: int, j: int, sent_at: datetime) -> None:
        i, week = int(facing.who[line]), facing.number
        starts_at = BEGIN + timedelta(weeks=week, days=3 + j % 4, hours=4 + j % 5)
        latest = latest_sending(starts_at)
        if latest is None or sent_at > latest:
            return
        asked = self.crowd.asked(i, j)
        true_chance = float(facing.true_chance[line, j])
        self.crowd.people[i].sent.append(sent_at)
        self.last_asked[i] = week
        self.looked_at[i] = sent_at
        expires_at = expiry(sent_at, starts_at)
        answer, outcome = self._reaction(week, i, true_chance, float(self.world.interest[i, j]))
        answered_at = sent_at + timedelta(days=ANSWER_DAYS * float(self.world.draws[week, i, DELAY]))
        ended_at = expires_at if answer is HistoryOutcome.no_answer else min(answered_at, expires_at)
        possible = facing.available[line] & (facing.judged.step[line] != NO_STEP)
        best = float(facing.judged.score[line][possible].max(initial=0.0))
        offer = Offer(
            week, i, j, asked, int(facing.judged.step[line, j]), float(facing.judged.likely[line, j]), true_chance,
            float(facing.judged.score[line, j]) / best if best else 1.0,
            sent_at, starts_at, expires_at, ended_at, answer, outcome,
            left=outcome is Outcome.too_much and bool(self.world.draws[week, i, LEAVES] < LEAVE_AFTER_OVERLOAD),
        )  # fmt: skip
        self.offers.append(offer)
        self._learn(offer)

    def _reaction(
        self, week: int, i: int, true_chance: float, interest: float
    ) -> tuple[HistoryOutcome | None, Outcome | None]:
        """The answer (None is a yes), and after a yes how the visit went."""
        draws = self.world.draws[week, i]
        if draws[ACCEPTS] < 0.15 + 0.5 * true_chance * (0.5 + 0.5 * interest):
            if draws[COMES] < STAYS_AWAY:
                return None, Outcome.did_not_come
            return None, Outcome.ok if draws[GOES_WELL] < true_chance else Outcome.too_much
        too_much = TOO_MUCH_SHARE * (1 - true_chance)
        not_for_me = too_much + NOT_FOR_ME_SHARE * (1 - interest)
        if draws[ANSWERS] < too_much:
            return HistoryOutcome.answered_too_much, None
        if draws[ANSWERS] < not_for_me:
            return HistoryOutcome.answered_not_for_me, None
        silent = draws[ANSWERS] < not_for_me + SILENT_SHARE
        return (HistoryOutcome.no_answer if silent else HistoryOutcome.answered_not_now), None

    def _learn(self, offer: Offer) -> None:
        person = self.crowd.people[offer.person]
        invitation_id = f"{self.world.seed}-{self.world.sensitivity_level}-{offer.week}-{offer.person}"
        if offer.answer is HistoryOutcome.no_answer:
            person.unanswered += 1
            self._remember(offer, HistoryOutcome.no_answer, offer.ended_at)
            self._rest(offer, rest_after_silence(person.unanswered, offer.ended_at, invitation_id))
            return
        person.unanswered = 0
        if offer.answer is not None:
            self._remember(offer, offer.answer, offer.ended_at)
            said = offer.answer.removeprefix("answered_")
            self._rest(offer, rest_after_answer(said, offer.ended_at, invitation_id))
        if offer.outcome is not None:
            self._remember(offer, HistoryOutcome(offer.outcome), offer.starts_at)
            self._rest(offer, rest_after_visit(offer.outcome, offer.starts_at, invitation_id))
            self._be_changed(offer)

    def _remember(self, offer: Offer, outcome: HistoryOutcome, at: datetime) -> None:
        entry = HistoryEntry(at, outcome, Rungs(*offer.asked), opportunity_id=str(offer.opportunity))
        self.crowd.remember(offer.person, entry, offer.opportunity, (at - BEGIN) / timedelta(days=1))

    def _rest(self, offer: Offer, found: Rest) -> None:
        person = self.crowd.people[offer.person]
        person.rest = person.rest.extended(found)

    def _be_changed(self, offer: Offer) -> None:
        """What truly changes in somebody through a visit."""
        if offer.outcome is Outcome.did_not_come:
            return
        self.visits[offer.week, self.world.organisation[offer.opportunity]] += 1
        felt = self.world.truly[offer.opportunity].copy()
        felt[2] = min(felt[2], offer.asked[2])
        mine = self.thresholds[offer.person]
        if offer.outcome is Outcome.ok:
            mine += np.clip(felt - mine, 0, RAISED)
        else:
            mine -= LOWERED * (felt > mine)
        self.crowd.people[offer.person].is_open = not offer.left
