"""The command line: each command does its one thing, and a refusal is one clear line."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO

import click
import pytest
from click.testing import CliRunner

from matcher.cli import serve
from matcher.cli.serve import _gunicorn_settings
from tests.journeys.processes import Process, free_port


def run(
    folder: Path, *arguments: str, stdout: int | IO[str] = subprocess.PIPE, **environment: str
) -> subprocess.CompletedProcess[str]:
    """One command in an empty folder, with nothing set but what the test says."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MATCHER_")}
    return subprocess.run(
        [sys.executable, "-c", "from matcher.cli import main; main()", *arguments],
        cwd=folder, env={**kept, **environment}, stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_help_names_every_command_and_each_of_them_loads(tmp_path: Path) -> None:
    said = run(tmp_path, "--help").stdout
    for command in ("up", "api", "worker", "db", "seed", "demo", "score", "sweep", "import", "key", "doctor"):
        assert f"\n  {command} " in said


def test_an_organisation_a_caseworker_and_their_keys_are_made_by_hand(tmp_path: Path) -> None:
    made = run(
        tmp_path, "organisation", "add", "--name", "Izumi", "--contact-email", "izumi@example.org",
        "--safeguarding-contact", "Sato", "--json",
    )  # fmt: skip
    organisation = json.loads(made.stdout)
    assert organisation["state"] == "applied"
    caseworker = json.loads(
        run(
            tmp_path,
            "caseworker",
            "add",
            "--name",
            "Mori",
            "--email",
            "m@example.org",
            "--new-team",
            "West",
            "--json",
        ).stdout
    )
    for owner in (("--organisation", organisation["id"]), ("--caseworker", caseworker["id"]), ("--admin",)):
        assert json.loads(run(tmp_path, "key", "create", *owner, "--json").stdout)["key"].startswith("mk_")


@pytest.mark.parametrize(
    ("command", "pointer"),
    [
        (("organisation", "add", "--name", " ", "--contact-email", "i@example.org", "--safeguarding-contact", "Sato"), "/name"),
        (("organisation", "add", "--name", "Izumi", "--contact-email", "izumi", "--safeguarding-contact", "Sato"), "/contact_email"),
        (("caseworker", "add", "--name", "Mori", "--email", "m@", "--new-team", "East"), "/email"),
        (("caseworker", "add", "--name", "Mori", "--email", "m@example.org", "--new-team", ""), "/name"),
    ],
)  # fmt: skip
def test_what_the_api_would_refuse_is_refused_here_too(
    tmp_path: Path, command: tuple[str, ...], pointer: str
) -> None:
    refused = run(tmp_path, *command)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith(f"matcher: {pointer}: ")


def test_a_key_for_nobody_is_refused_in_one_line(tmp_path: Path) -> None:
    refused = run(tmp_path, "key", "create", "--organisation", "nobody")
    assert refused.returncode == 2
    assert refused.stderr == "matcher: There is no organisation nobody.\n"


def test_doctor_finds_a_fresh_folder_in_want_of_a_database_and_then_in_order(tmp_path: Path) -> None:
    before = run(tmp_path, "doctor", "--json")
    assert before.returncode == 1
    assert json.loads(before.stdout)["database"] == "Run `matcher db upgrade` first."
    run(tmp_path, "db", "upgrade")
    after = run(tmp_path, "doctor", "--json")
    assert (after.returncode, json.loads(after.stdout)["ok"]) == (0, True)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://me:hidden-word@127.0.0.1:1/matcher", "Connection refused"),
        ("postgresql://me:hidden-word@127.0.0.1:1/matcher?foo=1", 'invalid connection option "foo"'),
        ("sqlite:///garbage.db", "file is not a database"),
    ],
)
def test_what_is_wrong_with_the_database_is_said_in_one_line_without_its_password(
    tmp_path: Path, url: str, said: str
) -> None:
    (tmp_path / "garbage.db").write_bytes(b"no database" * 1000)
    settings = {"MATCHER_DATABASE_URL": url, "MATCHER_SECRET_KEYS": "A" * 43 + "="}
    found = run(tmp_path, "doctor", **settings)
    assert (found.returncode, said in found.stdout) == (1, True), found.stdout
    assert "hidden-word" not in found.stdout + found.stderr
    for command in (("events", "dead"), ("worker",)):
        refused = run(tmp_path, *command, **settings)
        assert (refused.returncode, refused.stderr.count("\n")) == (2, 1), refused.stderr
        assert said in refused.stderr
        assert "MATCHER_DATABASE_URL" in refused.stderr
        assert "hidden-word" not in refused.stderr


def test_doctor_tries_the_ledger_of_erasures_before_anybody_is_erased(tmp_path: Path) -> None:
    run(tmp_path, "db", "upgrade")
    found = run(tmp_path, "doctor", "--json", MATCHER_ERASED_FILE="/dev/null/erased.txt")
    said = "MATCHER_ERASED_FILE /dev/null/erased.txt cannot be written: its folder is a file."
    assert (found.returncode, json.loads(found.stdout)["ledger"]) == (1, said)


@pytest.mark.parametrize("arguments", [("--help",), ("doctor", "--json")])
def test_where_nothing_can_be_said_one_line_says_so(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        ended = run(tmp_path, *arguments, stdout=full)
    said = "matcher: What there was to say cannot be written: No space left on device.\n"
    assert (ended.returncode, ended.stderr) == (2, said)


def test_seeds_go_only_into_an_empty_database_and_their_ways_in_are_named_again(tmp_path: Path) -> None:
    first, again = (json.loads(run(tmp_path, "seed", "--json").stdout) for _ in range(2))
    assert again == first
    assert list(first["keys"]) == ["admin 1", "admin 2", "organisation", "caseworker"]
    assert first["keys"]["organisation"] in run(tmp_path, "seed").stdout
    (tmp_path / "own").mkdir()
    run(tmp_path / "own", "organisation", "add", "--name", "Izumi", "--contact-email", "i@example.org",
        "--safeguarding-contact", "s@example.org")  # fmt: skip
    said = run(tmp_path / "own", "seed").stdout
    assert said == "There are rows in this database already; nothing was added to them.\n"


def test_the_sweep_runs_to_its_end_once_a_day(tmp_path: Path) -> None:
    run(tmp_path, "seed")
    first, again = (json.loads(run(tmp_path, "sweep", "--json").stdout) for _ in range(2))
    assert (first["begun"], again["begun"]) == (True, False)
    assert first["ended"]
    assert first["people"] > 0
    assert first["regions_done"] == first["regions"] > 0
    assert {**again, "begun": True} == first
    said = run(tmp_path, "sweep").stdout
    assert said.startswith("Nothing to do: today's sweep ended at ")
    assert f"{first['people']} people in {first['regions']} regions" in said


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = run(tmp_path, "up", "--no-seed", "--port", str(taken.getsockname()[1]))
    assert refused.returncode == 2
    assert refused.stderr.startswith("matcher: Port ")
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("MATCHER_LANGUAGE", "fr", "MATCHER_LANGUAGE must be ja or en"),
        ("MATCHER_MAIL_URL", "pigeon://loft", "MATCHER_MAIL_URL"),
        ("MATCHER_GEOCODER", "crystal-ball", "MATCHER_GEOCODER"),
        ("MATCHER_MAIL_FROM", "nobody", "MATCHER_MAIL_FROM"),
        ("MATCHER_DATABASE_URL", "postgresql://127.0.0.1:1/matcher", "cannot be used"),
        (
            "MATCHER_DATABASE_URL",
            "postgresql://127.0.0.1:1/matcher?foo=1",
            'cannot be used: invalid connection option "foo"',
        ),
        (
            "MATCHER_DATABASE_URL",
            "sqlite:////proc/x/y.db",
            "MATCHER_DATABASE_URL: /proc/x/y.db cannot be written",
        ),
        ("MATCHER_DATA_DIR", "/dev/null/var", "MATCHER_DATA_DIR /dev/null/var cannot be written"),
        (
            "MATCHER_ERASED_FILE",
            "/dev/null/erased.txt",
            "MATCHER_ERASED_FILE /dev/null/erased.txt cannot be written",
        ),
        ("MATCHER_ERASED_FILE", "/dev", "MATCHER_ERASED_FILE /dev cannot be written"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_line(
    tmp_path: Path, name: str, value: str, said: str
) -> None:
    refused = run(tmp_path, "up", "--no-seed", "--port", str(free_port()), **{name: value})
    assert refused.returncode == 2, refused.stderr
    assert said in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_a_second_start_is_ready_in_the_same_folder(tmp_path: Path) -> None:
    for _ in range(2):
        port = free_port()
        with Process("up", ["up", "--no-seed", "--port", str(port)], tmp_path, {}) as matcher:
            matcher.wait_for("Matcher is ready")
            matcher.wait_for_http(f"http://127.0.0.1:{port}/readyz")
            assert matcher.stop() == 0


@pytest.mark.parametrize(
    ("command", "option"), [(serve.api, "--workers"), (serve.worker, "--threads")], ids=["api", "worker"]
)
@pytest.mark.parametrize("number", ["0", "-3"])
def test_nobody_serves_with_nobody_at_work(command: click.Command, option: str, number: str) -> None:
    refused = CliRunner().invoke(command, [option, number])
    assert (refused.exit_code, f"Invalid value for '{option}'" in refused.output) == (2, True)


def test_the_web_alone_keeps_an_idle_connection_longer_than_a_proxy_does() -> None:
    assert _gunicorn_settings("127.0.0.1:8000", 2)["keepalive"] > 60


def test_every_line_of_the_web_alone_is_json(tmp_path: Path) -> None:
    port = free_port()
    with Process("api", ["api", "--port", str(port)], tmp_path, {}) as running:
        running.wait_for_http(f"http://127.0.0.1:{port}/livez")
        assert running.stop() == 0
        said = [json.loads(line) for line in running.said().splitlines()]
    assert {"gunicorn.error"} <= {line.get("logger") for line in said}


@pytest.mark.parametrize("command", [["up", "--no-seed"], ["api"]])
def test_care_16_what_a_proxy_hands_on_does_not_read_the_figures(tmp_path: Path, command: list[str]) -> None:
    """Held against the servers themselves, which may take headers away before anybody has looked at them."""
    port = free_port()
    environment = {"MATCHER_DATA_DIR": str(tmp_path / "var")}
    with Process(command[0], [*command, "--port", str(port)], tmp_path, environment) as running:
        running.wait_for_http(f"http://127.0.0.1:{port}/livez")
        figures = urllib.request.Request(f"http://127.0.0.1:{port}/metrics")
        with urllib.request.urlopen(figures) as answer:
            assert answer.status == 200
        figures.add_header("X-Forwarded-For", "203.0.113.7")
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(figures)
