"""Searches as they run where numba is not installed."""

from __future__ import annotations

import pytest

from matcher.scoring import compiled


@pytest.fixture
def plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs a test without numba."""
    monkeypatch.setattr(compiled, "is_available", lambda: False)
