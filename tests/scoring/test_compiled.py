"""Compiled or not, a rule is one function: its twin gives what it gives, and follows its source."""

from __future__ import annotations

import pytest

from matcher.scoring import compiled as compiling
from matcher.scoring import kernel
from matcher.scoring.compiled import compiled


def test_without_numba_a_function_is_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "is_available", lambda: False)
    assert compiled(kernel.travel_rung) is kernel.travel_rung


@pytest.mark.timeout(600)
def test_a_twin_calls_twins_and_gives_the_same(compiling: None) -> None:
    twin = compiled(kernel.commitment_rung)
    for duration in (1.0, 15.0, 44.9, 45.0, 60.0, 600.0):
        for bound in (False, True):
            case = duration, not bound, bound, False, kernel.NO_STAY
            assert twin(*case) == kernel.commitment_rung(*case)
    assert compiled(kernel.commitment_rung) is twin
