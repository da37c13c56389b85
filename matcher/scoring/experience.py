"""What a history says: where somebody has been and how it was, in the few facts that the rules read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matcher.domain.opportunity import Opportunity
from matcher.domain.person import HistoryEntry
from matcher.domain.values import HistoryOutcome, StayStep
from matcher.scoring.kernel.step import NEVER

TOOK_PLACE = frozenset({HistoryOutcome.ok, HistoryOutcome.left_early, HistoryOutcome.too_much})


@dataclass(frozen=True, slots=True)
class Footing:
    """How somebody stands after everything so far, whatever the opportunity.

    `highest_ok` holds the six highest rungs of `ok` visits, NEVER where there was none.
    """

    last_two_ok: bool
    talk_due: bool
    recovering: bool
    highest_ok: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """How well somebody knows one opportunity: numbers of `ok` visits here, and whether any with the organisation."""

    ok_here: int
    ok_trial_nights_here: int
    ok_with_organisation: bool


def footing(entries: Sequence[HistoryEntry]) -> Footing:
    """Read the whole history, oldest first.

    A talk is due after a visit that was too much until one is recorded, even if a later visit was `ok`; only the
    `ok` visit ends the recovering (SCORING §5).
    """
    outcomes = [entry.outcome for entry in entries]
    visits = [outcome for outcome in outcomes if outcome in TOOK_PLACE]
    overwhelmed = _last(outcomes, HistoryOutcome.too_much)
    asked = [
        entry.aspects.as_tuple()
        for entry in entries
        if entry.outcome is HistoryOutcome.ok and entry.aspects is not None
    ]
    return Footing(
        last_two_ok=visits[-2:] == [HistoryOutcome.ok, HistoryOutcome.ok],
        talk_due=overwhelmed > _last(outcomes, HistoryOutcome.talked),
        recovering=overwhelmed > _last(outcomes, HistoryOutcome.ok),
        highest_ok=tuple(max((rungs[aspect] for rungs in asked), default=NEVER) for aspect in range(6)),
    )


def acquaintance(entries: Sequence[HistoryEntry], opportunity: Opportunity) -> Acquaintance:
    """Count the `ok` visits here (the place, or the opportunity when online) and with the organisation.

    Ids that are not stated never match: nobody knows a place by accident.
    """
    ok = [entry for entry in entries if entry.outcome is HistoryOutcome.ok]
    here = [entry for entry in ok if _is_here(entry, opportunity)]
    return Acquaintance(
        ok_here=len(here),
        ok_trial_nights_here=sum(entry.stay_step is StayStep.trial_night for entry in here),
        ok_with_organisation=any(_same(entry.organisation_id, opportunity.organisation_id) for entry in ok),
    )


def _is_here(entry: HistoryEntry, opportunity: Opportunity) -> bool:
    if opportunity.online:
        return _same(entry.opportunity_id, opportunity.id)
    return opportunity.place is not None and _same(entry.place_id, opportunity.place.id)


def _same(one: str | None, other: str | None) -> bool:
    return one is not None and one == other


def _last(outcomes: Sequence[HistoryOutcome], wanted: HistoryOutcome) -> int:
    """Position of the last one of a kind, -1 where there is none."""
    return max((place for place, outcome in enumerate(outcomes) if outcome is wanted), default=-1)
