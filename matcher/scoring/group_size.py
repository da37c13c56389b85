"""How well the usual number of people fits what a person finds comfortable."""

from __future__ import annotations

from matcher.domain.opportunity import Opportunity
from matcher.scoring import kernel
from matcher.scoring.asks import INTERACTION_INDEX


def group_size_part(opportunity: Opportunity, comfortable_group: float) -> float | None:
    """Part of the score in [0, 1] for a comfortable rung of `group`; None while size, form or place is not stated."""
    typical, interaction, online = opportunity.group_size.typical, opportunity.interaction, opportunity.online
    if typical is None or interaction is None or online is None:
        return None
    return kernel.group_size_part(typical, comfortable_group, online, INTERACTION_INDEX[interaction])
