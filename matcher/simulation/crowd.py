"""What Matcher knows of everybody in a world, as arrays, moved by the production rules alone."""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.domain.contact_policy import Rest
from matcher.domain.person import HistoryEntry
from matcher.domain.values import HistoryOutcome, Rungs
from matcher.scoring import comfort, kernel
from matcher.scoring.comfort import LESSONS
from matcher.scoring.compiled import compiled
from matcher.scoring.experience import TOOK_PLACE
from matcher.scoring.kernel.comfort import likely, moments
from matcher.scoring.kernel.limits import declined_lately
from matcher.scoring.kernel.rungs import UNFAMILIARITY_START, group_size_part, unfamiliarity_rung
from matcher.scoring.kernel.step import NO_STEP, familiarity_part, next_step, score
from matcher.simulation.world import UNFAMILIARITY, Bools, Floats, Ints, World

LONG_AGO: Final = -1e9
IN_PERSON: Final = False
CONVERSATION: Final = 3


class Beliefs(NamedTuple):
    """One row a person: six rungs and what is kept towards raising them, 13 means and variances, how they stand."""

    rungs: Floats
    kept: Floats
    mu: Floats
    variance: Floats
    highest_ok: Floats
    last_two_ok: Bools
    recovering: Bools
    ok_here: Ints
    ok_with: Bools
    declined_day: Floats


class Offers(NamedTuple):
    """What the rules read of opportunities; `interest` is (people, opportunities)."""

    asks: Floats
    interest: Floats
    distance: Floats
    typical: Ints
    organisation: Ints


class Judged(NamedTuple):
    """What the rules say of each pair, (people, opportunities); a step of NO_STEP also where it was declined lately."""

    step: NDArray[np.int8]
    likely: Floats
    doubt: Floats
    score: Floats


@dataclass(slots=True)
class Person:
    """What is kept of one person besides numbers: their history, what they said when asked again, and what the contact
    rules read.
    """

    history: list[HistoryEntry] = field(default_factory=list)
    sent: list[datetime] = field(default_factory=list)
    said: list[tuple[datetime, Rungs]] = field(default_factory=list)
    rest: Rest = field(default_factory=Rest)
    unanswered: int = 0
    is_open: bool = True


class Crowd:
    """Everybody as Matcher knows them."""

    def __init__(self, world: World) -> None:
        people, opportunities = world.size.people, world.size.opportunities
        prior = comfort.initial(Rungs(*world.intake[0]))
        organisations = int(world.organisation.max()) + 1
        self.beliefs = Beliefs(
            rungs=world.intake.copy(),
            kept=np.zeros_like(world.intake),
            mu=np.tile(prior.mu, (people, 1)),
            variance=np.tile(prior.variance, (people, 1)),
            highest_ok=np.full_like(world.intake, kernel.NEVER),
            last_two_ok=np.zeros(people, np.bool_),
            recovering=np.zeros(people, np.bool_),
            ok_here=np.zeros((people, opportunities), np.int64),
            ok_with=np.zeros((people, organisations), np.bool_),
            declined_day=np.full((people, opportunities), LONG_AGO),
        )
        self.offers = Offers(world.asks, world.interest, world.distance, world.typical, world.organisation)
        self.people = [Person() for _ in range(people)]

    def judged(self, who: Ints, is_open: Bools, day: float) -> Judged:
        """What the production rules say of these people and what is open to each of them, (len(who), opportunities)."""
        shape = len(who), len(self.offers.asks)
        found = Judged(
            np.full(shape, NO_STEP, np.int8), np.zeros(shape), np.zeros(shape), np.full(shape, -1.0)
        )
        compiled(judge_all)(self.beliefs, self.offers, who, is_open, day, found)
        return found

    def asked(self, i: int, j: int) -> tuple[float, ...]:
        """The six rungs that opportunity j asks of person i now."""
        rungs, beliefs = self.offers.asks[j].tolist(), self.beliefs
        known = bool(beliefs.ok_with[i, self.offers.organisation[j]])
        rungs[UNFAMILIARITY] = unfamiliar(rungs[UNFAMILIARITY], int(beliefs.ok_here[i, j]), known)
        return tuple(rungs)

    def unfamiliar(self, who: Ints) -> Floats:
        """The rung of unfamiliarity that everything asks of these people now, (len(who), opportunities)."""
        found = np.zeros((len(who), len(self.offers.asks)))
        compiled(unfamiliar_all)(self.beliefs, self.offers, who, found)
        return found

    def remember(self, i: int, entry: HistoryEntry, j: int | None, day: float) -> None:
        """Add one thing that happened and learn from it what the rules say is learned."""
        person, beliefs = self.people[i], self.beliefs
        person.history.append(entry)
        lesson = LESSONS.get(entry.outcome)
        if lesson is not None and entry.aspects is not None:
            asked = entry.aspects.as_tuple()
            compiled(kernel.learn_parameters)(
                asked, beliefs.rungs[i], beliefs.mu[i], beliefs.variance[i], *lesson
            )
            self._move_rungs(i, entry.outcome, asked)
        if j is None:
            return
        if entry.outcome is HistoryOutcome.ok:
            beliefs.ok_here[i, j] += 1
            beliefs.ok_with[i, self.offers.organisation[j]] = True
        elif entry.outcome in (HistoryOutcome.answered_too_much, HistoryOutcome.answered_not_for_me):
            beliefs.declined_day[i, j] = day
        if entry.outcome in TOOK_PLACE:
            before = [one.outcome for one in person.history if one.outcome in TOOK_PLACE]
            beliefs.last_two_ok[i] = before[-2:] == [HistoryOutcome.ok] * 2

    def set_rungs(self, i: int, rungs: Rungs, at: datetime) -> None:
        """What somebody says themselves takes the place of what was believed."""
        self.people[i].said.append((at, rungs))
        mine, kept = self.beliefs.rungs[i], self.beliefs.kept[i]
        for aspect, rung in enumerate(rungs.as_tuple()):
            mine[aspect], kept[aspect] = kernel.set_rung(float(kept[aspect]), rung)

    def talk(self, i: int, said: Floats, at: datetime) -> None:
        """After something was too much somebody says how much is comfortable; that counts half, by the production rule."""
        stands = self.beliefs.rungs[i].tolist()
        half_way = [kernel.half_way_rung(*both) for both in zip(stands, said.tolist(), strict=True)]
        self.set_rungs(i, Rungs(*half_way), at)

    def _move_rungs(self, i: int, outcome: HistoryOutcome, asked: Sequence[float]) -> None:
        beliefs = self.beliefs
        if outcome is HistoryOutcome.ok:
            _moved(kernel.raised_rung, beliefs.rungs[i], beliefs.kept[i], asked)
            beliefs.highest_ok[i] = np.maximum(beliefs.highest_ok[i], asked)
            beliefs.recovering[i] = False
        elif outcome is HistoryOutcome.too_much:
            _moved(kernel.lowered_rung, beliefs.rungs[i], beliefs.kept[i], asked)
            beliefs.recovering[i] = True


def unfamiliar(stated: float, ok_here: int, ok_with: bool) -> float:
    """The production rung, with as much help on arrival as makes what is stated; never above that.

    >>> unfamiliar(2.5, 0, False), unfamiliar(2.5, 0, True), unfamiliar(2.5, 1, True), unfamiliar(0.5, 0, True)
    (2.5, 2.0, 1.0, 0.5)
    """
    welcomes = int(UNFAMILIARITY_START - stated) + (1 if ok_with else 0)
    return min(stated, unfamiliarity_rung(welcomes, ok_here, IN_PERSON, CONVERSATION))


def unfamiliar_all(beliefs: Beliefs, offers: Offers, who: Ints, found: Floats) -> None:
    """Fill `found` with the rung of unfamiliarity of each of `who` and each opportunity."""
    for line in range(len(who)):
        i = who[line]
        for j in range(len(offers.asks)):
            ok_with = beliefs.ok_with[i, offers.organisation[j]]
            found[line, j] = unfamiliar(offers.asks[j, UNFAMILIARITY], beliefs.ok_here[i, j], ok_with)


def judge_all(beliefs: Beliefs, offers: Offers, who: Ints, is_open: Bools, day: float, found: Judged) -> None:
    """Fill `found` for each of `who` and what is open to them: the kernel's rules, pair by pair."""
    for line in range(len(who)):
        i = who[line]
        rungs, mu, variance = beliefs.rungs[i], beliefs.mu[i], beliefs.variance[i]
        for j in range(len(offers.asks)):
            if not is_open[line, j] or declined_lately(day - beliefs.declined_day[i, j]):
                continue
            asks, here = offers.asks[j], beliefs.ok_here[i, j]
            unknown = unfamiliar(asks[2], here, beliefs.ok_with[i, offers.organisation[j]])
            asked = (asks[0], asks[1], unknown, asks[3], asks[4], asks[5])
            m, v = moments(asked, rungs, mu, variance)
            found.step[line, j] = next_step(
                asked, rungs, beliefs.highest_ok[i], m, v, beliefs.last_two_ok[i], beliefs.recovering[i]
            )
            found.likely[line, j] = likely(m, v)
            found.doubt[line, j] = v**0.5
            found.score[line, j] = score(
                found.likely[line, j],
                offers.interest[i, j],
                offers.distance[j],
                group_size_part(offers.typical[j], rungs[0], IN_PERSON, CONVERSATION),
                familiarity_part(here, beliefs.ok_with[i, offers.organisation[j]]),
            )


def _moved(
    rule: object, rungs: MutableSequence[float], kept: MutableSequence[float], asked: Sequence[float]
) -> None:
    assert callable(rule)
    for aspect, asks in enumerate(asked):
        rungs[aspect], kept[aspect] = rule(float(rungs[aspect]), float(kept[aspect]), asks)
