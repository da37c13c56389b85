"""A short set of drills on a whole Matcher of real processes; `make drills` plays them all."""

from __future__ import annotations

import pytest

from tests.drills.__main__ import QUICK, play


@pytest.mark.timeout(600)
@pytest.mark.servers
def test_a_worker_killed_at_the_commit_loses_nothing_and_doubles_nothing() -> None:
    result = play(list(QUICK), seed=1, quick=True, calm_first=False)
    found = [line for row in result["rows"] for line in row["found"]]
    missed = [limit for limit in result["limits"] if not limit["ok"]]
    assert not missed, (missed, found)
