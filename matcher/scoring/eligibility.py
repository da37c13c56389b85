"""Yes or no, with every reason: the hard rules in the order of the table, which no score overrides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from matcher.domain.opportunity import AgeRange, Opportunity, OpportunityState
from matcher.domain.person import History, HistoryEntry, Person, PersonState
from matcher.domain.values import HistoryOutcome, Kind, Purpose
from matcher.scoring import kernel
from matcher.scoring.asks import INTERACTION_INDEX, stay_index
from matcher.scoring.experience import Acquaintance, Footing
from matcher.scoring.next_step import Hindrance
from matcher.scoring.sessions import Chosen


class ReasonCode(StrEnum):
    """Why something is not offered (SCORING §6), in the order in which it is said."""

    consent_missing = "consent_missing"
    person_not_open = "person_not_open"
    organisation_not_vetted = "organisation_not_vetted"
    not_published = "not_published"
    kind_not_wanted = "kind_not_wanted"
    age_outside = "age_outside"
    no_shared_language = "no_shared_language"
    excluded = "excluded"
    too_far = "too_far"
    group_too_large = "group_too_large"
    red_line = "red_line"
    need_unmet = "need_unmet"
    unstaffed = "unstaffed"
    no_shared_time = "no_shared_time"
    full = "full"
    recently_declined = "recently_declined"
    live_invitation = "live_invitation"
    talk_first = "talk_first"
    visit_first = "visit_first"
    step_too_big = "step_too_big"


FactValue = str | int | float | tuple[str, ...]
Facts = Mapping[str, FactValue]


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that fails, with the few numbers and words a sentence about it needs; `variant` names the sentence."""

    code: ReasonCode
    facts: Facts = field(default_factory=dict)

    @property
    def excess(self) -> float:
        """How far beyond the limit, in the limit's unit; 0 where the rule has no limit."""
        beyond = self.facts.get("excess", 0.0)
        return float(beyond) if isinstance(beyond, int | float) else 0.0


@dataclass(frozen=True, slots=True)
class Pair:
    """One person and one opportunity with everything the rules look at; None where a fact is not stated."""

    person: Person
    opportunity: Opportunity
    history: History
    at: datetime
    requested: bool
    footing: Footing
    known: Acquaintance
    chosen: Chosen
    travel_minutes: float | None
    facts_complete: bool
    hindrance: Hindrance | None


def failing_reasons(pair: Pair) -> tuple[Reason, ...]:
    """Every rule that fails, in the order of the table; none means that it may be offered."""
    found = ((code, gate(pair)) for code, gate in GATES.items())
    return tuple(Reason(code, facts) for code, facts in found if facts is not None)


# Each gate gives None when it is passed, else the facts of its failing.


def _consent_missing(pair: Pair) -> Facts | None:
    purposes = [Purpose.matching]
    if pair.opportunity.kind is Kind.communal_living:
        purposes.append(Purpose.communal_living)
    missing = [purpose for purpose in purposes if not pair.person.agreed_to(purpose, pair.at)]
    return {"variant": missing[0].value} if missing else None


def _person_not_open(pair: Pair) -> Facts | None:
    state = pair.person.state
    return None if state is PersonState.open else {"variant": state.value}


def _organisation_not_vetted(pair: Pair) -> Facts | None:
    return None if pair.opportunity.organisation_vetted else {}


def _not_published(pair: Pair) -> Facts | None:
    """Also fails where a fact that scoring reads is missing: what is not stated is never guessed."""
    published = pair.opportunity.state is OpportunityState.published
    return None if published and pair.facts_complete else {}


def _kind_not_wanted(pair: Pair) -> Facts | None:
    kind, wanted = pair.opportunity.kind, pair.person.kinds
    if kind is None or kind in wanted or (not wanted and kind is not Kind.communal_living):
        return None
    return {"kind": kind.value}


def _age_outside(pair: Pair) -> Facts | None:
    age = pair.at.year - pair.person.birth_year
    limits = pair.opportunity.age or AgeRange()
    minimum = age if limits.min is None else limits.min
    maximum = age if limits.max is None else limits.max
    if not kernel.age_outside(age, minimum, maximum):
        return None
    return {"age": age, "variant": "minor" if kernel.age_outside(age, age, age) else "limits"}


def _no_shared_language(pair: Pair) -> Facts | None:
    spoken = pair.opportunity.languages or ()
    return None if not spoken or pair.person.language in spoken else {"languages": spoken}


def _excluded(pair: Pair) -> Facts | None:
    organisation = pair.opportunity.organisation_id
    return {} if organisation is not None and organisation in pair.person.excluded_organisation_ids else None


def _too_far(pair: Pair) -> Facts | None:
    minutes, most = pair.travel_minutes, pair.person.travel.max_minutes
    if minutes is None or not kernel.exceeds(minutes, most):
        return None
    return {"travel_minutes": minutes, "max_minutes": most, "excess": minutes - most}


def _group_too_large(pair: Pair) -> Facts | None:
    group_max, interaction = pair.opportunity.group_size.max, pair.opportunity.interaction
    if group_max is None or interaction is None:
        return None
    most, online = pair.person.max_group_size, bool(pair.opportunity.online)
    if not kernel.group_too_large(group_max, most, online, INTERACTION_INDEX[interaction]):
        return None
    return {"group_max": group_max, "most": most, "excess": group_max - most}


def _red_line(pair: Pair) -> Facts | None:
    crossed = [need for need in pair.opportunity.requires or () if need in pair.person.red_lines]
    return {"requires": tuple(need.value for need in crossed)} if crossed else None


def _need_unmet(pair: Pair) -> Facts | None:
    met = needs_met(pair.opportunity)
    unmet = tuple(need for need in pair.person.needs if need not in met)
    return {"needs": unmet} if unmet else None


def needs_met(opportunity: Opportunity) -> set[str]:
    """Every need that an opportunity meets: what it provides, and the facts that are themselves needs."""
    stated = {
        "staffed": opportunity.staffed,
        "leave_any_time": opportunity.leave_any_time,
        "watch_first": opportunity.watch_first,
        "companion_welcome": opportunity.companion_welcome,
        "host_greets": opportunity.host.greets_at_door,
    }
    return {*(opportunity.provides or ()), *(name for name, holds in stated.items() if holds)}


def _unstaffed(pair: Pair) -> Facts | None:
    return {} if pair.opportunity.online is False and not pair.opportunity.staffed else None


def _no_shared_time(pair: Pair) -> Facts | None:
    if pair.chosen.shared:
        return None
    return {"variant": "other_times" if pair.chosen.upcoming else "over"}


def _full(pair: Pair) -> Facts | None:
    return None if pair.chosen.has_seat else {}


def _recently_declined(pair: Pair) -> Facts | None:
    opportunity_id = pair.opportunity.id
    if opportunity_id is None:
        return None
    declined = [
        entry.outcome
        for entry in pair.history.entries
        if entry.opportunity_id == opportunity_id and entry.outcome in DECLINED and _is_recent(entry, pair.at)
    ]
    return {"variant": declined[-1].value} if declined else None


def _is_recent(entry: HistoryEntry, at: datetime) -> bool:
    return kernel.declined_lately((at - entry.at) / timedelta(days=1))


def _live_invitation(pair: Pair) -> Facts | None:
    return {} if pair.history.live_invitation else None


def _talk_first(pair: Pair) -> Facts | None:
    return {} if pair.footing.talk_due else None


def _visit_first(pair: Pair) -> Facts | None:
    """CARE 11: communal living only on a caseworker's own request, one step after the other."""
    if pair.opportunity.kind is not Kind.communal_living:
        return None
    if not pair.requested:
        return {"variant": "request"}
    step = stay_index(pair.opportunity)
    if not kernel.stay_too_soon(step, pair.known.ok_here, pair.known.ok_trial_nights_here):
        return None
    return {"variant": "visit" if pair.known.ok_here == 0 else "trial_night"}


def _step_too_big(pair: Pair) -> Facts | None:
    if pair.hindrance is None:
        return None
    return {
        "variant": pair.hindrance.why.value,
        "aspects": tuple(aspect.value for aspect in pair.hindrance.aspects),
    }


DECLINED = frozenset({HistoryOutcome.answered_too_much, HistoryOutcome.answered_not_for_me})

GATES: Mapping[ReasonCode, Callable[[Pair], Facts | None]] = {
    ReasonCode.consent_missing: _consent_missing,
    ReasonCode.person_not_open: _person_not_open,
    ReasonCode.organisation_not_vetted: _organisation_not_vetted,
    ReasonCode.not_published: _not_published,
    ReasonCode.kind_not_wanted: _kind_not_wanted,
    ReasonCode.age_outside: _age_outside,
    ReasonCode.no_shared_language: _no_shared_language,
    ReasonCode.excluded: _excluded,
    ReasonCode.too_far: _too_far,
    ReasonCode.group_too_large: _group_too_large,
    ReasonCode.red_line: _red_line,
    ReasonCode.need_unmet: _need_unmet,
    ReasonCode.unstaffed: _unstaffed,
    ReasonCode.no_shared_time: _no_shared_time,
    ReasonCode.full: _full,
    ReasonCode.recently_declined: _recently_declined,
    ReasonCode.live_invitation: _live_invitation,
    ReasonCode.talk_first: _talk_first,
    ReasonCode.visit_first: _visit_first,
    ReasonCode.step_too_big: _step_too_big,
}
