"""The states of an invitation: every allowed change, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from matcher.domain.errors import Conflict
from matcher.domain.invitation import (
    ALWAYS_LIVE,
    TRANSITIONS,
    Answer,
    InvitationState,
    check_transition,
    may_cancel,
    may_undo,
)

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
S = InvitationState

# ARCHITECTURE §1, word by word.
ALLOWED = {
    (S.approved, S.sent), (S.approved, S.withdrawn), (S.approved, S.expired), (S.approved, S.undeliverable),
    (S.sent, S.accepted), (S.sent, S.declined), (S.sent, S.expired), (S.sent, S.withdrawn),
    (S.sent, S.undeliverable), (S.accepted, S.visited), (S.accepted, S.cancelled), (S.accepted, S.lapsed),
    (S.accepted, S.sent), (S.declined, S.sent),
}  # fmt: skip


@pytest.mark.parametrize(("before", "after"), list(product(S, S)))
def test_only_the_allowed_changes_may_happen(before: S, after: S) -> None:
    if (before, after) in ALLOWED:
        check_transition(before, after)
    else:
        with pytest.raises(Conflict, match=f"that is {before} cannot become {after}"):
            check_transition(before, after)


def test_what_has_ended_stays_ended() -> None:
    assert set(TRANSITIONS) == {*ALWAYS_LIVE, S.declined}


def test_care_04_not_now_is_offered_first() -> None:
    assert list(Answer) == [Answer.not_now, Answer.accept, Answer.too_much, Answer.not_for_me]


@pytest.mark.parametrize("state", [S.accepted, S.declined])
def test_care_09_an_answer_can_be_taken_back_for_15_minutes(state: S) -> None:
    assert may_undo(state, NOW, NOW + timedelta(minutes=14, seconds=59))
    assert not may_undo(state, NOW, NOW + timedelta(minutes=15))
    assert not may_undo(state, None, NOW)


@pytest.mark.parametrize("state", sorted(set(S) - {S.accepted, S.declined}))
def test_nothing_else_can_be_taken_back(state: S) -> None:
    assert not may_undo(state, NOW, NOW)


def test_care_09_an_accepted_visit_can_be_cancelled_until_it_begins() -> None:
    assert may_cancel(S.accepted, NOW, NOW - timedelta(seconds=1))
    assert not may_cancel(S.accepted, NOW, NOW)
    assert may_cancel(S.accepted, None, NOW)
    assert not may_cancel(S.sent, NOW, NOW - timedelta(days=1))
