"""What is believed about one person's comfort, how it is learned, and the chance that something will be all right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypedDict

from matcher.domain.errors import InvalidInput
from matcher.domain.person import HistoryEntry
from matcher.domain.values import Aspect, HistoryOutcome, Rungs
from matcher.scoring import kernel
from matcher.scoring.weights import WEIGHTS

# y and weight by outcome; whatever is not here teaches nothing (SCORING §4, CARE 3).
LESSONS = {
    HistoryOutcome.ok: (WEIGHTS.ok_y, WEIGHTS.ok_weight),
    HistoryOutcome.left_early: (WEIGHTS.left_early_y, WEIGHTS.left_early_weight),
    HistoryOutcome.too_much: (WEIGHTS.too_much_y, WEIGHTS.too_much_weight),
    HistoryOutcome.answered_too_much: (WEIGHTS.answered_too_much_y, WEIGHTS.answered_too_much_weight),
}


class StoredComfort(TypedDict):
    """A `ComfortState` as plain lists of numbers, ready for JSON: rungs and kept 6, mu and variance 13."""

    rungs: list[float]
    mu: list[float]
    variance: list[float]
    kept: list[float]


@dataclass(frozen=True, slots=True)
class Chance:
    """The chance that it will be all right: likely, and the 80 % interval around it; all in [0, 1]."""

    likely: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ComfortState:
    """Comfortable rungs, 13 parameters (base, six stretches, six edges) and the rungs kept towards raising.

    `kept` holds per aspect the one `ok` visit above the rung that a second one would raise it to; 0 is none.
    """

    rungs: Rungs
    mu: tuple[float, ...]
    variance: tuple[float, ...]
    kept: tuple[float, ...] = (0.0,) * kernel.ASPECTS

    def moments(self, asked: Sequence[float]) -> tuple[float, float]:
        """Mean and variance of the log-odds for six asked rungs."""
        return kernel.moments(asked, self.rungs.as_tuple(), self.mu, self.variance)

    def chance(self, asked: Sequence[float]) -> Chance:
        """The chance that six asked rungs will be all right."""
        m, v = self.moments(asked)
        return Chance(
            likely=kernel.likely(m, v),
            low=kernel.cautious(m, v, WEIGHTS.shown_z),
            high=kernel.cautious(m, v, -WEIGHTS.shown_z),
        )

    def to_stored(self) -> StoredComfort:
        """Plain lists for storing; nothing is rounded."""
        return {
            "rungs": list(self.rungs.as_tuple()),
            "mu": list(self.mu),
            "variance": list(self.variance),
            "kept": list(self.kept),
        }

    @classmethod
    def from_stored(cls, stored: StoredComfort) -> ComfortState:
        """What `to_stored` gave."""
        return cls(
            rungs=Rungs(*stored["rungs"]),
            mu=tuple(stored["mu"]),
            variance=tuple(stored["variance"]),
            kept=tuple(stored["kept"]),
        )


def initial(rungs: Rungs) -> ComfortState:
    """The prior around the rungs of the intake."""
    means = (
        WEIGHTS.prior_base,
        *[WEIGHTS.prior_stretch] * kernel.ASPECTS,
        *[WEIGHTS.prior_edge] * kernel.ASPECTS,
    )
    deviations = (
        WEIGHTS.prior_base_sd,
        *[WEIGHTS.prior_stretch_sd] * kernel.ASPECTS,
        *[WEIGHTS.prior_edge_sd] * kernel.ASPECTS,
    )
    return ComfortState(rungs=rungs, mu=means, variance=tuple(deviation**2 for deviation in deviations))


def learn(state: ComfortState, entry: HistoryEntry) -> ComfortState:
    """The state after one thing that happened; the same state where nothing is learned from it.

    Parameters learn with the rungs as they stood before; then only a visit moves rungs: `ok` upwards, `too_much`
    downwards. Raises InvalidInput where there is something to learn but the asked rungs are not stated.
    """
    lesson = LESSONS.get(entry.outcome)
    if lesson is None:
        return state
    if entry.aspects is None:
        raise InvalidInput.at(
            "/aspects", f"State the six asked rungs: something is learned from `{entry.outcome}`."
        )
    asked, rungs = entry.aspects.as_tuple(), state.rungs.as_tuple()
    mu, variance = list(state.mu), list(state.variance)
    kernel.learn_parameters(asked, rungs, mu, variance, *lesson)
    learned = replace(state, mu=tuple(mu), variance=tuple(variance))
    if entry.outcome is HistoryOutcome.ok:
        return _moved(
            learned, [kernel.raised_rung(*each) for each in zip(rungs, state.kept, asked, strict=True)]
        )
    if entry.outcome is HistoryOutcome.too_much:
        return _moved(
            learned, [kernel.lowered_rung(*each) for each in zip(rungs, state.kept, asked, strict=True)]
        )
    return learned


def replay(rungs: Rungs, entries: Iterable[HistoryEntry]) -> ComfortState:
    """The prior around `rungs`, then everything learned in order, oldest first."""
    state = initial(rungs)
    for entry in entries:
        state = learn(state, entry)
    return state


class Lesson(NamedTuple):
    """One thing that happened, and what was believed before it."""

    before: ComfortState
    entry: HistoryEntry


def learned_anew(lessons: Sequence[Lesson], corrected: HistoryEntry, now: ComfortState) -> list[ComfortState]:
    """What would have been believed before each later lesson, and last of all `now`, had the first of `lessons` been
    `corrected` from the beginning.

    What came since is learned again in order, and rungs that were set by hand in between, or up to `now`, stay as set.
    """
    state, was, found = learn(lessons[0].before, corrected), learn(*lessons[0]), []
    for lesson in lessons[1:]:
        found.append(_set_since(state, was, lesson.before))
        state, was = learn(found[-1], lesson.entry), learn(*lesson)
    return [*found, _set_since(state, was, now)]


def _set_since(state: ComfortState, was: ComfortState, then: ComfortState) -> ComfortState:
    """`state` with those rungs that were set by hand when `was` became `then`."""
    three = zip(state.rungs.as_tuple(), was.rungs.as_tuple(), then.rungs.as_tuple(), strict=True)
    return with_rungs(state, Rungs(*[mine if before == after else after for mine, before, after in three]))


def with_rungs(state: ComfortState, rungs: Rungs) -> ComfortState:
    """The same beliefs with rungs set by hand; what was kept and is no longer above its rung is dropped."""
    return _moved(state, [kernel.set_rung(*each) for each in zip(state.kept, rungs.as_tuple(), strict=True)])


def talked_over(state: ComfortState, said: Mapping[Aspect, float]) -> ComfortState:
    """The same beliefs after a talk: each aspect that was spoken of goes half the way to what was said."""
    stands = state.rungs.as_tuple()
    spoken = [
        kernel.half_way_rung(rung, said[aspect]) if aspect in said else rung
        for aspect, rung in zip(Aspect, stands, strict=True)
    ]
    return with_rungs(state, Rungs(*spoken))


def _moved(state: ComfortState, moves: Sequence[tuple[float, float]]) -> ComfortState:
    return replace(state, rungs=Rungs(*[rung for rung, _ in moves]), kept=tuple(kept for _, kept in moves))
