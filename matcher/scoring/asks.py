"""What an opportunity asks of this person: its facts read as six rungs, None where a fact is not stated."""

from __future__ import annotations

from matcher.domain.opportunity import Opportunity, Session
from matcher.domain.person import Person
from matcher.domain.values import Interaction, Kind, StayStep, Stimulation
from matcher.scoring import kernel
from matcher.scoring.experience import Acquaintance

INTERACTION_INDEX = {interaction: index for index, interaction in enumerate(Interaction)}
STIMULATION_INDEX = {stimulation: index for index, stimulation in enumerate(Stimulation)}
STAY_INDEX = {step: index for index, step in enumerate(StayStep)}

MaybeRungs = tuple[float | None, float | None, float | None, float | None, float | None, float | None]


def asked_rungs(
    person: Person, opportunity: Opportunity, session: Session, known: Acquaintance, minutes: float | None
) -> MaybeRungs:
    """Six rungs in the order of `Aspect`; None where a fact they rest on is not stated, which is never guessed."""
    interaction, stimulation = opportunity.interaction, opportunity.stimulation
    return (
        group_asked(opportunity),
        None if interaction is None else float(INTERACTION_INDEX[interaction]),
        _unfamiliarity(person, opportunity, known),
        None if minutes is None else kernel.travel_rung(minutes),
        commitment_asked(opportunity, session),
        None if stimulation is None else float(STIMULATION_INDEX[stimulation]),
    )


def is_introduced(person: Person, opportunity: Opportunity) -> bool:
    """Whether the person was introduced to the organisation."""
    return opportunity.organisation_id is not None and opportunity.organisation_id in person.introduced_to


def stay_index(opportunity: Opportunity) -> int:
    """The step of communal living as the kernel counts it; NO_STAY for everything else or while it is not stated."""
    if opportunity.kind is not Kind.communal_living or opportunity.stay_step is None:
        return kernel.NO_STAY
    return STAY_INDEX[opportunity.stay_step]


def group_asked(opportunity: Opportunity) -> float | None:
    """Rung of `group`, which is the same for everybody."""
    typical, interaction, online = opportunity.group_size.typical, opportunity.interaction, opportunity.online
    if typical is None or interaction is None or online is None:
        return None
    return kernel.group_rung(typical, INTERACTION_INDEX[interaction], online)


def _unfamiliarity(person: Person, opportunity: Opportunity, known: Acquaintance) -> float | None:
    interaction, online = opportunity.interaction, opportunity.online
    greeted, may_watch = opportunity.host.greets_at_door, opportunity.watch_first
    accompanied = opportunity.companion_welcome if person.companion else False
    if interaction is None or online is None or greeted is None or may_watch is None or accompanied is None:
        return None
    welcomes = (
        greeted + may_watch + accompanied + is_introduced(person, opportunity) + known.ok_with_organisation
    )
    return kernel.unfamiliarity_rung(welcomes, known.ok_here, online, INTERACTION_INDEX[interaction])


def commitment_asked(opportunity: Opportunity, session: Session) -> float | None:
    """Rung of `commitment` of one session, which is the same for everybody."""
    undated = session.starts_at is None
    stay_step = stay_index(opportunity)
    if opportunity.kind is Kind.communal_living and stay_step == kernel.NO_STAY:
        return None
    free_writing = undated and opportunity.interaction is Interaction.text_only
    if free_writing or stay_step in (kernel.STAY_TRIAL_NIGHT, kernel.STAY_STAY):
        return kernel.commitment_rung(0.0, True, False, free_writing, stay_step)
    duration = opportunity.duration_minutes if undated else session.duration_minutes
    leave, regular = opportunity.leave_any_time, opportunity.regular_attendance
    if duration is None or duration <= 0 or leave is None or regular is None:
        return None
    return kernel.commitment_rung(duration, leave, regular, False, stay_step)
