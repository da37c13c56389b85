"""A short set of drills on a whole Matcher of real processes; `make drills` plays them all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.drills.__main__ import ALONE, BESIDE, COUNTED, QUICK, main, play
from tests.drills.drill import DRILLS


def test_every_drill_has_its_turn_once() -> None:
    assert sorted([*ALONE, *(number for lane in BESIDE for number in lane)]) == sorted(DRILLS)


def test_a_result_that_cannot_be_written_is_named_before_anything_is_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tests.drills.__main__.play", None)
    monkeypatch.setattr("sys.argv", ["drills", "--json", str(tmp_path / "nowhere" / "found.json")])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert "found.json cannot be written: No such file or directory." in capsys.readouterr().err


@pytest.mark.timeout(600)
@pytest.mark.servers
def test_a_worker_killed_at_the_commit_loses_nothing_and_doubles_nothing() -> None:
    result = play(list(QUICK), seed=1, quick=True, calm_first=False)
    found = [line for row in result["rows"] for line in row["found"]]
    # How long it takes is measured by `make drills`; a busy machine proves nothing here.
    counted = {limit["name"]: limit["value"] for limit in result["limits"] if limit["name"] in COUNTED}
    assert counted == dict.fromkeys(COUNTED, 0), found
    assert not found
