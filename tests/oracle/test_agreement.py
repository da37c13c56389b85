"""`matcher score` against the second writing of its rules: the same answers, on every edge, to 1e-9.

`ORACLE_CASES` asks for more cases than usual.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner

from matcher.api.score_cases import read_opportunity, read_person
from matcher.api.score_command import score
from matcher.domain.opportunity import Session
from matcher.domain.person import History
from matcher.scoring.comfort import initial
from matcher.scoring.evaluation import evaluate
from matcher.scoring.ranking import menu
from tests.oracle import reference as oracle
from tests.oracle.cases import random_case

TOLERANCE = 1e-9
CHUNK = 500
CASES = int(os.environ.get("ORACLE_CASES", "2000"))
NOT_IN_FILES = {"organisation_not_vetted", "full", "live_invitation"}  # nothing in the forms can say so
CODES = {
    "consent_missing", "person_not_open", "not_published", "kind_not_wanted", "age_outside", "no_shared_language",
    "excluded", "too_far", "group_too_large", "red_line", "need_unmet", "unstaffed", "no_shared_time",
    "recently_declined", "talk_first", "visit_first", "step_too_big",
}  # fmt: skip
COMPARED = ("eligible", "step", "score", "parts", "chance", "distance_km", "travel_minutes", "aspects")


def lines_of(cases: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(case) + "\n" for case in cases)


def alike(one: Any, other: Any) -> bool:
    """Equal, floats to TOLERANCE, nothing more and nothing less in any list or object."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, int | float) and isinstance(other, int | float):
        return isinstance(one, bool) == isinstance(other, bool) and abs(one - other) <= TOLERANCE
    return bool(one == other)


def disagreements(want: dict[str, Any], got: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What the document says and what was answered, by field."""
    assert "error" not in got, got
    pairs = {name: (want[name], got[name]) for name in COMPARED}
    pairs["reasons"] = (want["reasons"], [reason["code"] for reason in got["reasons"]])
    starts_at = got["session"]["starts_at"]  # null for the one open session of what is undated
    pairs["session"] = (
        want["session"] and datetime.fromisoformat(want["session"]),
        starts_at and datetime.fromisoformat(starts_at),
    )
    return {name: pair for name, pair in pairs.items() if not alike(*pair)}


@pytest.mark.parametrize("first", range(0, CASES, CHUNK))
def test_every_answer_is_the_documents(first: int) -> None:
    seeds = range(first, min(first + CHUNK, CASES))
    cases = [random_case(seed) for seed in seeds]
    result = CliRunner().invoke(score, ["--batch", "-"], input=lines_of(cases))
    assert result.exit_code == 0, result.output[-1000:]
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    wrong = {
        seed: found
        for seed, case, got in zip(seeds, cases, answers, strict=True)
        if (found := disagreements(oracle.reference(case), got))
    }
    assert not wrong
    assert all(reason["detail"] for got in answers for reason in got["reasons"])
    assert all(got["why"] for got in answers if got["eligible"])


def test_the_command_itself_answers_line_by_line_whatever_stands_between(tmp_path: Path) -> None:
    cases = [random_case(seed) for seed in range(200)]
    bad = ["{", "\udcff", '{"person": 1}', '{"a": 1, "a": 2}', "[" * 5000, '{"at": "9999-12-31T23:59:59Z"}']
    mixed = [line for place, case in enumerate(cases) for line in (json.dumps(case), bad[place % len(bad)])]
    batch = tmp_path / "cases.ndjson"
    batch.write_text("\n".join(mixed), errors="surrogateescape")
    command = [str(Path(sys.executable).with_name("matcher")), "score", "--batch", str(batch)]
    done = subprocess.run(command, capture_output=True, timeout=100, check=False)
    answers = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert (done.returncode, done.stderr) == (1, b"")
    assert all(set(got) == {"error"} for got in answers[1::2])
    good = answers[0::2]
    assert not any(disagreements(oracle.reference(case), got) for case, got in zip(cases, good, strict=True))


def test_the_cases_stand_on_every_side_of_every_rule() -> None:
    """Else agreement would say little: each code alone and each step is seen."""
    found = [oracle.reference(random_case(seed)) for seed in range(2000)]
    steps = Counter(each["step"] for each in found)
    codes = Counter(code for each in found for code in each["reasons"])
    alone = {each["reasons"][0] for each in found if len(each["reasons"]) == 1}
    assert min(steps[step] for step in ("within_comfort", "one_small_stretch", None)) > 50
    assert (set(codes), alone) == (CODES, CODES)
    assert sum(each["eligible"] for each in found) > 100
    assert {each["step"] for each in found if each["eligible"]} == {"within_comfort", "one_small_stretch"}


@pytest.mark.parametrize("seed", range(200))
def test_the_menu_is_the_documents(seed: int) -> None:
    r = Random(seed)
    soon = datetime(2026, 12, 1, 4, tzinfo=UTC)
    offers = [
        {
            "id": f"opportunity-{number}",
            "organisation_id": r.choice(["a", "a", "a", "b", "c"]),
            "score": r.choice([0.2, 0.5, 0.5, 0.7, 0.8]),
            "starts_at": r.choice([None, soon.isoformat(), (soon + timedelta(days=1)).isoformat()]),
        }
        for number in r.sample(range(20), r.randint(0, 8))
    ]
    case = random_case(0)
    person, opportunity = read_person(case["person"]), read_opportunity(case["opportunity"])
    one = evaluate(person, opportunity, History(), soon, comfort=initial(person.comfort))
    evaluations = []
    for offer in offers:
        starts_at = offer["starts_at"] and datetime.fromisoformat(offer["starts_at"])
        named = replace(opportunity, id=offer["id"], organisation_id=offer["organisation_id"])
        session = Session(starts_at, starts_at and starts_at + timedelta(hours=1))
        evaluations.append(replace(one, opportunity=named, session=session, score=offer["score"], reasons=()))
    assert [each.opportunity.id for each in menu(evaluations)] == oracle.menu(offers)
