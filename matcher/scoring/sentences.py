"""Why something fits, or why not, in sentences one would say aloud; read by whoever accompanies the person, never by the person."""

from __future__ import annotations

import math
from collections.abc import Iterator

from matcher.domain.values import Language
from matcher.scoring.asks import is_introduced
from matcher.scoring.distance import on_foot
from matcher.scoring.eligibility import Reason, ReasonCode
from matcher.scoring.evaluation import Evaluation, shared_topics
from matcher.scoring.kernel import exceeds
from matcher.scoring.ranking import Gap
from matcher.scoring.wording import WORDING, Phrases

# About the person and not about any one opportunity: said without naming one.
ABOUT_THE_PERSON = frozenset(
    {
        ReasonCode.consent_missing,
        ReasonCode.person_not_open,
        ReasonCode.live_invitation,
        ReasonCode.talk_first,
    }
)
FAR_AWAY_MINUTES = 180  # judgement, 2026-11: beyond it nobody is helped by how many minutes it is
COUNTED = {
    "travel_minutes": "minute",
    "max_minutes": "minute",
    "excess": "minute",
    "group_max": "person",
    "most": "person",
    "typical": "person",
}


def why(evaluation: Evaluation, language: Language | str) -> list[str]:
    """What speaks for it and what it is like: only what is stated, a sentence each."""
    phrases = _phrases(language)
    fields = _fields(evaluation, phrases)
    return [phrases.why[key].format_map(fields) for key in _points(evaluation)]


def reason_detail(evaluation: Evaluation, reason: Reason, language: Language | str) -> str:
    """One failing rule as a sentence."""
    phrases = _phrases(language)
    key = ".".join([reason.code.value, str(reason.facts.get("variant", ""))]).rstrip(".")
    if reason.facts.get("aspects") == () and f"{key}.anywhere" in phrases.reasons:
        key = f"{key}.anywhere"
    if reason.code is ReasonCode.too_far and (evaluation.travel_minutes or 0) > FAR_AWAY_MINUTES:
        key = "too_far.far_away"
    return phrases.reasons[key].format_map(_fields(evaluation, phrases) | _fact_fields(reason, phrases))


def gap_sentence(gap: Gap, language: Language | str) -> str:
    """How many opportunities one reason keeps away, and how near the nearest of them is."""
    phrases = _phrases(language)
    said = "person" if gap.reason in ABOUT_THE_PERSON else "alone" if gap.alone else "among_others"
    return phrases.gaps[said].format(
        count=phrases.counted("opportunity", gap.opportunities),
        title=phrases.title.format(title=gap.example.opportunity.title or "…"),
        detail=reason_detail(gap.example, gap.fact, language),
    )


def _phrases(language: Language | str) -> Phrases:
    """English for a language that Matcher does not write in yet."""
    return WORDING.get(language, WORDING[Language.en])


def _points(evaluation: Evaluation) -> Iterator[str]:
    """Which sentences hold, in the order in which one would say them."""
    person, opportunity, known = evaluation.person, evaluation.opportunity, evaluation.known
    if evaluation.step is not None:
        yield evaluation.step.value
    if known.ok_here:
        yield "known_here"
    elif known.ok_with_organisation:
        yield "known_organisation"
    elif is_introduced(person, opportunity):
        yield "introduced"
    if opportunity.online:
        yield "online"
    elif evaluation.travel_minutes is not None and not exceeds(
        evaluation.travel_minutes, person.travel.max_minutes
    ):
        yield "travel"
    yield from _what_it_is_like(evaluation)
    if shared_topics(person, opportunity):
        yield "topics"
    if evaluation.chance is not None:
        yield "chance"


def _what_it_is_like(evaluation: Evaluation) -> Iterator[str]:
    opportunity = evaluation.opportunity
    if opportunity.group_size.typical is not None and opportunity.group_size.max is not None:
        yield "group" if opportunity.group_size.typical < opportunity.group_size.max else "group_same"
    if opportunity.interaction is not None:
        yield opportunity.interaction.value
    if opportunity.stimulation is not None:
        yield opportunity.stimulation.value
    if opportunity.host.greets_at_door and opportunity.host.name and not opportunity.online:
        yield "greeted"
    if opportunity.watch_first:
        yield "watch_first"
    if opportunity.leave_any_time:
        yield "leave_any_time"
    if evaluation.person.companion and opportunity.companion_welcome:
        yield "companion"


def _fields(evaluation: Evaluation, phrases: Phrases) -> dict[str, str]:
    person, opportunity, chance = evaluation.person, evaluation.opportunity, evaluation.chance
    distance = evaluation.distance_km
    walks = distance is not None and on_foot(person, distance)
    stretched = [
        each.aspect.value
        for each in evaluation.aspects
        if each.stretch is not None and exceeds(each.stretch, 0)
    ]
    numbers = {
        "travel_minutes": evaluation.travel_minutes,
        "max_minutes": person.travel.max_minutes,
        "typical": opportunity.group_size.typical,
        "group_max": opportunity.group_size.max,
    }
    return {
        name: phrases.counted(COUNTED[name], _whole(number))
        for name, number in numbers.items()
        if number is not None
    } | {
        "name": phrases.name(person.alias),
        "host": phrases.name(opportunity.host.name or ""),
        "mode": phrases.listed(["walk" if walks else person.travel.mode.value]),
        "language": phrases.listed([person.language]),
        "topics": phrases.joined(list(shared_topics(person, opportunity))),
        "aspects": phrases.listed(stretched),
        "likely": "" if chance is None else str(in_hundred(chance.likely)),
        "low": "" if chance is None else str(in_hundred(chance.low)),
    }


def _fact_fields(reason: Reason, phrases: Phrases) -> dict[str, str]:
    """Each fact in words: numbers with what they count, values of a list by their names."""
    said: dict[str, str] = {}
    for name, fact in reason.facts.items():
        if isinstance(fact, tuple):
            said[name] = phrases.listed(fact)
        elif isinstance(fact, str):
            said[name] = phrases.listed([fact])
        else:
            said[name] = (
                phrases.counted(COUNTED[name], _whole(fact)) if name in COUNTED else str(_whole(fact))
            )
    return said


def in_hundred(chance: float) -> int:
    """How many times in 100, rounded down: no chance is said to be better than it is.

    >>> in_hundred(0.889)
    88
    """
    return math.floor(100 * chance)


def _whole(number: float) -> int:
    """Rounded up, so that no way is said to be shorter than it is."""
    return math.ceil(number - 1e-9)
