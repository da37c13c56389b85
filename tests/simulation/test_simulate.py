"""`matcher simulate`: a table, a result for machines, a page that needs nothing else, and an honest exit status."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from matcher.cli import simulate as command
from matcher.simulation.allocating import Setting, try_year
from matcher.simulation.calibrating import calibrate
from matcher.simulation.comparing import Interval, as_json, limits
from matcher.simulation.running import COMPARED, QUICK, Plan, run
from matcher.simulation.world import Size, make

TINY = replace(QUICK, size=Size(people=12, opportunities=30, weeks=8), settings=(), sensitivities=(1.2,))


def test_a_run_prints_a_table_and_writes_a_result_and_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "QUICK", TINY)
    files = ["--json", str(tmp_path / "found.json"), "--html", str(tmp_path / "found.html")]
    done = CliRunner().invoke(command.simulate, ["--quick", "--processes", "1", *files])
    found = json.loads((tmp_path / "found.json").read_text())
    assert {"limits", "rows", "machine"} <= set(found)
    assert all(set(one) == {"name", "value", "unit", "limit", "ok"} for one in found["limits"])
    assert done.exit_code == (0 if all(one["ok"] for one in found["limits"]) else 1)
    assert {row["policy"] for row in found["rows"]} == set(COMPARED)
    assert all(policy in done.output for policy in COMPARED)
    page = (tmp_path / "found.html").read_text()
    assert page.count("<svg") == 4
    assert not re.search(r"(?:src|href)=|@import|url\(|<script", page)


@pytest.mark.parametrize("option", ["--json", "--html"])
def test_a_file_that_cannot_be_written_is_named_before_anything_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    monkeypatch.setattr(command, "run", None)
    nowhere, kept = tmp_path / "nowhere" / "found", tmp_path / "kept"
    refused = CliRunner().invoke(command.simulate, ["--quick", option, str(nowhere)])
    assert (refused.exit_code, f"{nowhere} cannot be written" in refused.output) == (2, True)
    kept.write_text("an earlier result")
    assert not isinstance(CliRunner().invoke(command.simulate, [option, str(kept)]).exception, SystemExit)
    assert kept.read_text() == "an earlier result"


def test_a_limit_that_is_missed_ends_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "QUICK", replace(TINY, seeds=1, events_wanted=10**6))
    done = CliRunner().invoke(command.simulate, ["--quick", "--processes", "1"])
    assert done.exit_code == 1
    assert "missed" in done.output


def test_the_same_plan_gives_the_same_result() -> None:
    """Whether one process does it or several."""
    plan, machine = replace(TINY, seeds=1), {"processors": 2}
    one, several = (as_json(plan, run(plan, processes=count), machine) for count in (1, 2))
    assert one == several


def test_what_is_done_last_changes_no_digit() -> None:
    """A sum of the same numbers in another order may end in another one."""
    plan = replace(TINY, seeds=1)
    results = run(plan, processes=1)
    kept = limits(plan, results)
    for turned in range(1, len(results.calibrations)):
        worlds = list(results.calibrations)
        results.calibrations = {one: results.calibrations[one] for one in worlds[turned:] + worlds[:turned]}
        assert limits(plan, results) == kept


def test_a_short_run_misses_only_what_lies_beyond_chance() -> None:
    results = run(replace(TINY, seeds=1, calibration_seeds=2), processes=1)
    for seed, world in enumerate(list(results.calibrations)):
        results.calibrations[world] = replace(results.calibrations[world], error=(0.02, 0.05)[seed])
    by_mode = {
        strict: next(
            one.ok for one in limits(Plan(seeds=1, sensitivities=(1.2,), settings=(), strict=strict), results)
            if one.name.startswith("calibration error")
        )
        for strict in (True, False)
    }  # fmt: skip
    assert by_mode == {True: False, False: True}


def test_an_interval_is_that_of_students_t() -> None:
    found = Interval.of([1.0, 2.0, 3.0])
    assert found.mean == 2.0
    assert found.high - found.mean == pytest.approx(4.302653 / 3**0.5, abs=1e-5)
    assert Interval.of([5.0]) == Interval(5.0, 5.0, 5.0)


def test_prices_of_seats_come_near_to_hindsight_and_giving_each_in_turn_their_best_does_not() -> None:
    found = try_year(Setting(200, 8, 1.1), seed=1)
    assert found.greedy < 0.9
    assert found.descent > found.greedy
    assert 0.97 <= found.shadow <= 1 + 1e-9


def test_visits_teach_what_others_would_be_like() -> None:
    world = make(3, 1.2, Size(people=60, opportunities=60, weeks=1), rough=False)
    untaught, taught = calibrate(world, visits=0), calibrate(world, visits=20)
    assert taught.skill > untaught.skill
    assert taught.skill > 0.7
    assert taught.error < 0.05
