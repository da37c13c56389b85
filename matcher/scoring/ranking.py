"""The menu of at most three, and, where there is less, what stands in the way of more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from matcher.scoring.eligibility import Reason, ReasonCode
from matcher.scoring.evaluation import Evaluation
from matcher.scoring.sessions import start_of
from matcher.scoring.weights import WEIGHTS

T = TypeVar("T")

_CODE_ORDER = {code: place for place, code in enumerate(ReasonCode)}


@dataclass(frozen=True, slots=True)
class Gap:
    """One reason that keeps opportunities away from a person.

    `opportunities` counts those where it is all that stands in the way (`alone`), or, where there are none such, those
    where it is one thing among others. `example` is the one nearest to fitting, `fact` its reason.
    """

    reason: ReasonCode
    opportunities: int
    alone: bool
    example: Evaluation
    fact: Reason


def rank_key(evaluation: Evaluation) -> tuple[float, datetime, str]:
    """Sorts the best first: score, then the earlier session (an open one last), then the smaller opportunity id."""
    score = -1.0 if evaluation.score is None else evaluation.score
    return -score, start_of(evaluation.session), evaluation.opportunity.id or ""


def ranked(evaluations: Iterable[Evaluation]) -> list[Evaluation]:
    """Those that may be offered, the best first, each opportunity once."""
    best: dict[str, Evaluation] = {}
    for place, evaluation in enumerate(sorted(filter(lambda each: each.eligible, evaluations), key=rank_key)):
        best.setdefault(evaluation.opportunity.id or f"unnamed {place}", evaluation)
    return list(best.values())


def menu(evaluations: Iterable[Evaluation]) -> list[Evaluation]:
    """The three best, of at least two organisations where possible (SCORING §7)."""
    return pick(ranked(evaluations), lambda each: each.opportunity.organisation_id)


def pick(
    best_first: Sequence[T], organisation_of: Callable[[T], str | None], size: int = WEIGHTS.menu_size
) -> list[T]:
    """The rule of the menu for anything sorted: where one organisation holds all places, the last goes to the best of
    another.
    """
    chosen = list(best_first[:size])
    organisations = {organisation_of(each) for each in chosen}
    mixed = min(size, WEIGHTS.menu_organisations)
    if len(chosen) < size or len(organisations) >= mixed:
        return chosen
    other = next((each for each in best_first if organisation_of(each) not in organisations), chosen[-1])
    return [*chosen[:-1], other]


def gaps(evaluations: Iterable[Evaluation]) -> list[Gap]:
    """What stands in the way, one gap a reason: first those that stand alone, then by how many, then in table order."""
    held_back = [each for each in evaluations if not each.eligible]
    alone = [each for each in held_back if len(each.reasons) == 1]
    found = {gap.reason: gap for gap in _by_reason(held_back, alone=False)}
    found |= {gap.reason: gap for gap in _by_reason(alone, alone=True)}
    return sorted(
        found.values(), key=lambda gap: (not gap.alone, -gap.opportunities, _CODE_ORDER[gap.reason])
    )


def _by_reason(evaluations: Sequence[Evaluation], *, alone: bool) -> Iterable[Gap]:
    failing: dict[ReasonCode, list[tuple[Reason, Evaluation]]] = {}
    for evaluation in evaluations:
        for reason in evaluation.reasons:
            failing.setdefault(reason.code, []).append((reason, evaluation))
    for code, found in failing.items():
        fact, example = min(found, key=_nearness)
        yield Gap(code, len(found), alone, example, fact)


def _nearness(found: tuple[Reason, Evaluation]) -> tuple[int, float, tuple[float, datetime, str]]:
    """The fewest other reasons first, then the least beyond the limit, then the best."""
    reason, evaluation = found
    return len(evaluation.reasons), reason.excess, rank_key(evaluation)
