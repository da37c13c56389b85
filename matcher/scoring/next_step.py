"""Which step an opportunity would be for a person now, and what makes it too big when it is none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from matcher.domain.person import HistoryEntry
from matcher.domain.values import Aspect, HistoryOutcome, StayStep
from matcher.scoring import kernel
from matcher.scoring.asks import STAY_INDEX
from matcher.scoring.comfort import ComfortState
from matcher.scoring.experience import Footing
from matcher.scoring.weights import WEIGHTS


class Step(StrEnum):
    """What may be offered (SCORING §5)."""

    within_comfort = "within_comfort"
    one_small_stretch = "one_small_stretch"


class TooBig(StrEnum):
    """Why a step is too big: which sentence says it."""

    beyond_lived = "beyond_lived"  # after a visit that was too much: not known to be all right
    several = "several"  # more than one stretch at once
    far = "far"  # one stretch, but a large one
    early = "early"  # a small stretch, before two visits in a row were all right
    unsure = "unsure"  # it might be too much


@dataclass(frozen=True, slots=True)
class Hindrance:
    """What makes a step too big: why, and the aspects it lies in (none when it lies in no single one)."""

    why: TooBig
    aspects: tuple[Aspect, ...]


_STEPS = {kernel.WITHIN_COMFORT: Step.within_comfort, kernel.ONE_SMALL_STRETCH: Step.one_small_stretch}


def next_step(asked: Sequence[float], comfort: ComfortState, footing: Footing) -> Step | None:
    """The step that six asked rungs are, or None when they are not offered."""
    m, v = comfort.moments(asked)
    found = kernel.next_step(
        asked, comfort.rungs.as_tuple(), footing.highest_ok, m, v, footing.last_two_ok, footing.recovering
    )
    return _STEPS.get(found)


def hindrance(asked: Sequence[float], comfort: ComfortState, footing: Footing) -> Hindrance:
    """Why six asked rungs are not offered; meant for those of which `next_step` is None."""
    rungs = comfort.rungs.as_tuple()
    triples = list(zip(asked, rungs, footing.highest_ok, strict=True))
    excess = [kernel.stretch(asks, rung) for asks, rung in zip(asked, rungs, strict=True)]
    stretched = _where(kernel.exceeds(beyond, 0.0) for beyond in excess)
    beyond_lived = _where(footing.recovering and kernel.beyond_lived(*each) for each in triples)
    if beyond_lived:
        return Hindrance(TooBig.beyond_lived, beyond_lived)
    if len(stretched) > 1:
        return Hindrance(TooBig.several, stretched)
    if any(kernel.exceeds(beyond, most) for beyond, most in zip(excess, WEIGHTS.small_stretch, strict=True)):
        return Hindrance(TooBig.far, stretched)
    if stretched and not footing.last_two_ok:
        return Hindrance(TooBig.early, stretched)
    at_edge = _where(
        kernel.exceeds(kernel.edge(asks, rung), 0.0) for asks, rung in zip(asked, rungs, strict=True)
    )
    return Hindrance(TooBig.unsure, at_edge)


def _where(flags: Iterable[bool]) -> tuple[Aspect, ...]:
    return tuple(aspect for aspect, flag in zip(Aspect, flags, strict=True) if flag)


def next_stay_step(entries: Sequence[HistoryEntry], place_id: str) -> StayStep:
    """The furthest step of communal living that is open to somebody at a place, by their history (CARE 11)."""
    here = [one for one in entries if one.outcome is HistoryOutcome.ok and one.place_id == place_id]
    nights = sum(one.stay_step is StayStep.trial_night for one in here)
    return [step for step in StayStep if not kernel.stay_too_soon(STAY_INDEX[step], len(here), nights)][-1]
