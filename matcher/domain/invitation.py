"""The states of an invitation and which changes between them may happen."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from matcher.domain.errors import Conflict

UNDO_WINDOW: Final = timedelta(minutes=15)  # CARE 9
LAPSE_AFTER: Final = timedelta(days=14)  # ARCHITECTURE §1: an accepted one without a recorded visit
OPEN_SEAT_HELD: Final = timedelta(days=28)  # ARCHITECTURE §1: the seat of an undated session after acceptance


class InvitationState(StrEnum):
    """Where an invitation stands."""

    approved = "approved"
    sent = "sent"
    accepted = "accepted"
    declined = "declined"
    expired = "expired"
    withdrawn = "withdrawn"
    undeliverable = "undeliverable"
    visited = "visited"
    cancelled = "cancelled"
    lapsed = "lapsed"


class MatchState(StrEnum):
    """`proposed → approved / set_aside / stale`."""

    proposed = "proposed"
    approved = "approved"
    set_aside = "set_aside"
    stale = "stale"


class Answer(StrEnum):
    """What the person said, in the order the page offers it: *not now* first among equals (CARE 4)."""

    not_now = "not_now"
    accept = "accept"
    too_much = "too_much"
    not_for_me = "not_for_me"


_S = InvitationState

TRANSITIONS: Final[dict[InvitationState, frozenset[InvitationState]]] = {
    _S.approved: frozenset({_S.sent, _S.withdrawn, _S.expired, _S.undeliverable}),
    _S.sent: frozenset({_S.accepted, _S.declined, _S.expired, _S.withdrawn, _S.undeliverable}),
    # Back to `sent` is the undo; calling off an accepted one is a cancellation.
    _S.accepted: frozenset({_S.visited, _S.cancelled, _S.lapsed, _S.sent}),
    _S.declined: frozenset({_S.sent}),
}

ALWAYS_LIVE: Final = frozenset({_S.approved, _S.sent, _S.accepted})


def check_transition(before: InvitationState, after: InvitationState) -> None:
    """Raise Conflict unless `before → after` is one of the allowed changes."""
    if after not in TRANSITIONS.get(before, frozenset()):
        raise Conflict(f"An invitation that is {before} cannot become {after}.")


def may_undo(state: InvitationState, answered_at: datetime | None, now: datetime) -> bool:
    """Whether an answer can still be taken back: accepted or declined within the last 15 minutes."""
    if state not in (_S.accepted, _S.declined) or answered_at is None:
        return False
    return now < answered_at + UNDO_WINDOW


def may_cancel(state: InvitationState, starts_at: datetime | None, now: datetime) -> bool:
    """Whether an accepted visit can still be cancelled: until it begins."""
    return state is _S.accepted and (starts_at is None or now < starts_at)
