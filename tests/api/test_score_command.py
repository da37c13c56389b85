"""`matcher score`: files in, the reference output out, and one bad line spoils no other."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from matcher.api.score_command import score
from tests.api.documents import opportunity, person

AT = "2026-11-23T12:00:00+09:00"


def run(*arguments: str | Path, lines: str | None = None) -> Result:
    return CliRunner().invoke(score, [str(one) for one in arguments], input=lines)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    documents: dict[str, Any] = {"person": person(), "opportunity": opportunity(), "history": []}
    for name, document in documents.items():
        (tmp_path / name).write_text(json.dumps(document))
    return {name: tmp_path / name for name in documents}


def scored(files: dict[str, Path], *more: str) -> dict[str, Any]:
    result = run(
        "--person", files["person"], "--opportunity", files["opportunity"], "--at", AT, "--json", *more
    )
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


def test_the_reference_output_has_every_field(files: dict[str, Path]) -> None:
    found = scored(files)
    assert set(found) == {
        "eligible", "reasons", "step", "score", "parts", "chance", "distance_km", "travel_minutes", "aspects", "session", "why",
    }  # fmt: skip
    assert (found["eligible"], found["step"]) == (True, "within_comfort")
    # SCORING §2 by hand: (35.635, 139.578) from (35.63, 139.58), by bicycle 2 + 60 · 1.3 · km / 12.
    assert found["travel_minutes"] == pytest.approx(2 + 6.5 * found["distance_km"], abs=1e-9)


def test_history_moment_and_request_are_taken_into_account(files: dict[str, Path]) -> None:
    asked = dict.fromkeys(("group", "interaction", "unfamiliarity", "travel", "commitment", "stimulation"), 1)
    files["history"].write_text(
        json.dumps([{"at": "2026-11-01T00:00:00Z", "outcome": "too_much", "aspects": asked}])
    )
    codes = [reason["code"] for reason in scored(files, "--history", str(files["history"]))["reasons"]]
    assert "talk_first" in codes
    files["opportunity"].write_text(
        json.dumps(opportunity(kind="communal_living", stay_step="visit", free_exit="Any time."))
    )
    unasked, asked_for = scored(files), scored(files, "--requested")
    assert "visit_first" in [reason["code"] for reason in unasked["reasons"]]
    assert "visit_first" not in [reason["code"] for reason in asked_for["reasons"]]


def test_without_json_it_is_said_in_words(files: dict[str, Path]) -> None:
    result = run("--person", files["person"], "--opportunity", files["opportunity"], "--at", AT)
    assert result.exit_code == 0
    assert result.stdout.startswith("It fits.")
    files["opportunity"].write_text(json.dumps({"title": "Later"}))
    result = run("--person", files["person"], "--opportunity", files["opportunity"], "--at", AT)
    assert "(not_published)" in result.stdout


def test_a_wrong_field_is_named_with_its_file(files: dict[str, Path]) -> None:
    files["person"].write_text(json.dumps(person(birth_year="1994")))
    result = run("--person", files["person"], "--opportunity", files["opportunity"])
    assert result.exit_code == 1
    assert f"{files['person']} /birth_year: Must be a whole number" in result.stderr


@pytest.mark.parametrize("arguments", [[], ["--person", "nowhere.json"], ["--at", "2026-11-23T12:00:00"]])
def test_a_wrong_call_is_told_how(arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2


def test_one_bad_line_spoils_no_other_and_is_told_by_the_exit_status(tmp_path: Path) -> None:
    good = {"person": person(), "opportunity": opportunity(), "at": AT}
    swapped = opportunity(place={"name": "x", "latitude": 139.5, "longitude": 35.6})
    lines = [
        json.dumps(good),
        json.dumps({**good, "opportunity": swapped, "mood": "fine"}),
        "[" * 100_000,
        "",
        json.dumps({**good, "history": [{"at": AT, "outcome": "fine"}], "requested": 1}),
        json.dumps({"person": person()}),
        json.dumps({**good, "at": "9999-12-31T20:00:00Z"}),
        json.dumps({**good, "at": "0001-01-01T00:30:00Z"}),
        json.dumps(good),
    ]
    batch = tmp_path / "cases.ndjson"
    batch.write_text("\n".join(lines))
    result = run("--batch", batch)
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert [next(iter(one)) for one in found] == ["eligible", *["error"] * 6, "eligible"]
    assert found[0] == found[7]
    wrong = [[error["pointer"] for error in one["error"]["errors"]] for one in found[1:7]]
    assert wrong == [
        ["/mood", "/opportunity/place/latitude"],
        [""],
        ["/history/0/outcome", "/requested"],
        ["/opportunity"],
        ["/at"],
        ["/at"],
    ]
    assert run("--batch", "-", lines=json.dumps(good)).exit_code == 0


def test_a_session_that_is_over_or_a_fact_not_stated_is_no_error_in_a_case() -> None:
    past = [{"starts_at": "2020-12-01T13:00:00+09:00", "ends_at": "2020-12-01T13:30:00+09:00"}]
    for case in (opportunity(sessions=past), opportunity(summary=..., group_size=...)):
        result = run("--batch", "-", lines=json.dumps({"person": person(), "opportunity": case, "at": AT}))
        assert (result.exit_code, json.loads(result.stdout)["eligible"]) == (0, False)


def test_it_loads_neither_web_nor_database() -> None:
    said = subprocess.run(
        [sys.executable, "-c", "import sys, matcher.api.score_command; print({'flask', 'sqlalchemy', 'dramatiq'} & set(sys.modules))"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert said.stdout.strip() == "set()"
