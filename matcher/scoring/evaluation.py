"""One person and one opportunity, everything about it: eligible or why not, the step, the score and its parts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from matcher.domain.opportunity import Opportunity, Session
from matcher.domain.person import History, Person
from matcher.domain.values import Aspect
from matcher.scoring import kernel
from matcher.scoring.asks import MaybeRungs, asked_rungs
from matcher.scoring.comfort import Chance, ComfortState
from matcher.scoring.distance import distance_km, travel_minutes
from matcher.scoring.eligibility import Pair, Reason, failing_reasons
from matcher.scoring.experience import Acquaintance, acquaintance, footing
from matcher.scoring.group_size import group_size_part
from matcher.scoring.next_step import Step, hindrance, next_step
from matcher.scoring.sessions import choose
from matcher.scoring.topics import distinct, folded


@dataclass(frozen=True, slots=True)
class Parts:
    """What the score is made of besides the chance, each in [0, 1]."""

    interest: float
    distance: float
    group_size: float
    familiarity: float


@dataclass(frozen=True, slots=True)
class AskedAspect:
    """One aspect: rungs asked, comfortable and beyond; None where a fact it rests on is not stated."""

    aspect: Aspect
    asks: float | None
    comfortable_with: float
    stretch: float | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything the rules say about one pair; floats are unrounded.

    `eligible` exactly when there are no reasons. `step` is what it would be by itself, None when it is not offered.
    `score`, `parts` and `chance` are None only while facts are not stated (a draft). `distance_km` is None online.
    """

    person: Person
    opportunity: Opportunity
    session: Session
    reasons: tuple[Reason, ...]
    step: Step | None
    score: float | None
    parts: Parts | None
    chance: Chance | None
    distance_km: float | None
    travel_minutes: float | None
    aspects: tuple[AskedAspect, ...]
    known: Acquaintance

    @property
    def eligible(self) -> bool:
        """Whether it may be offered."""
        return not self.reasons


def evaluate(
    person: Person,
    opportunity: Opportunity,
    history: History,
    at: datetime,
    *,
    comfort: ComfortState,
    requested: bool = False,
) -> Evaluation:
    """Judge one pair at one moment (SCORING §1 to §7).

    Parameters
    ----------
    history : everything that happened so far, oldest first.
    at : aware; the age is counted in the calendar year it names.
    comfort : what is believed now; its rungs count, not those of `person.comfort`.
    requested : a caseworker asks for this person themselves (the only way to communal living, CARE 11).
    """
    known, stands = acquaintance(history.entries, opportunity), footing(history.entries)
    chosen = choose(person, opportunity, at)
    minutes = travel_minutes(person, opportunity)
    maybe_asked = asked_rungs(person, opportunity, chosen.session, known, minutes)
    asked = tuple(rung for rung in maybe_asked if rung is not None)
    all_stated = len(asked) == kernel.ASPECTS
    step = next_step(asked, comfort, stands) if all_stated else None
    chance = comfort.chance(asked) if all_stated else None
    parts = _parts(person, opportunity, comfort, known, minutes)
    reasons = failing_reasons(
        Pair(
            person=person,
            opportunity=opportunity,
            history=history,
            at=at,
            requested=requested,
            footing=stands,
            known=known,
            chosen=chosen,
            travel_minutes=minutes,
            facts_complete=all_stated and parts is not None and _gates_can_judge(opportunity),
            hindrance=hindrance(asked, comfort, stands) if all_stated and step is None else None,
        )
    )
    return Evaluation(
        person=person,
        opportunity=opportunity,
        session=chosen.session,
        reasons=reasons,
        step=step,
        score=_score(chance, parts),
        parts=parts,
        chance=chance,
        distance_km=distance_km(person, opportunity),
        travel_minutes=minutes,
        aspects=_aspects(maybe_asked, comfort),
        known=known,
    )


def shared_topics(person: Person, opportunity: Opportunity) -> tuple[str, ...]:
    """Topics of the opportunity that the person named too, compared NFKC and case-folded, as the opportunity spells them.

    Each appears once.
    """
    liked = distinct(person.topics)
    spelled = {folded(topic): topic for topic in reversed(opportunity.topics or ())}
    return tuple(spelled[topic] for topic in distinct(opportunity.topics or ()) if topic in liked)


def _gates_can_judge(opportunity: Opportunity) -> bool:
    return opportunity.kind is not None and opportunity.group_size.max is not None


def _parts(
    person: Person,
    opportunity: Opportunity,
    comfort: ComfortState,
    known: Acquaintance,
    minutes: float | None,
) -> Parts | None:
    group_size = group_size_part(opportunity, comfort.rungs.group)
    if minutes is None or group_size is None:
        return None
    smaller = min(len(distinct(person.topics)), len(distinct(opportunity.topics or ())))
    return Parts(
        interest=kernel.interest_part(len(shared_topics(person, opportunity)), smaller),
        distance=kernel.distance_part(minutes, person.travel.half_life_minutes),
        group_size=group_size,
        familiarity=kernel.familiarity_part(known.ok_here, known.ok_with_organisation),
    )


def _score(chance: Chance | None, parts: Parts | None) -> float | None:
    if chance is None or parts is None:
        return None
    return kernel.score(chance.likely, parts.interest, parts.distance, parts.group_size, parts.familiarity)


def _aspects(asked: MaybeRungs, comfort: ComfortState) -> tuple[AskedAspect, ...]:
    return tuple(
        AskedAspect(
            aspect, asks, float(comfortable), None if asks is None else kernel.stretch(asks, comfortable)
        )
        for aspect, asks, comfortable in zip(Aspect, asked, comfort.rungs.as_tuple(), strict=True)
    )
