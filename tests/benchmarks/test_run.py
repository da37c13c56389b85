"""A small run of the whole benchmark: everybody who answers gives the same answers."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks import night, seats
from benchmarks.__main__ import main, measure
from benchmarks.report import Report


@pytest.mark.parametrize("option", ["--json", "--plot"])
def test_a_file_that_cannot_be_written_is_named_before_anything_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    monkeypatch.setattr("benchmarks.__main__.measure", None)
    monkeypatch.setattr("sys.argv", ["bench", option, str(tmp_path / "nowhere" / "found")])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert "found cannot be written: No such file or directory." in capsys.readouterr().err


def test_every_peer_gives_the_answers_that_matcher_gives() -> None:
    report = Report(console=Console(file=io.StringIO()))
    measure(report, count=6_000, offered=200, questions=30)
    compared = {one.name: one.value for one in report.limits if one.name.startswith("answers")}
    assert len(compared) >= 4
    assert not any(compared.values()), compared
    found = [one.note for one in report.rows if one.work == "one listing × everybody, from the database"]
    assert found
    assert all(" 0 candidates" not in note for note in found)


def test_a_night_given_exactly_is_worth_more_than_each_in_turn() -> None:
    report = Report(console=Console(file=io.StringIO()))
    seats.measure(report, quick=True)
    in_turn = next(one.value for one in report.rows if one.work == "a night's seats, each in turn")
    assert 50 < in_turn < 99
    assert report.ok


def test_a_second_night_works_nothing_out_anew() -> None:
    report = Report(console=Console(file=io.StringIO()))
    night.measure(report, people=2_000, listings=100)
    first, second = (one.note for one in report.rows)
    assert not first.startswith("0 menus")
    assert second.startswith("0 menus")
