"""`matcher db reencrypt`, as an operator uses it."""

from __future__ import annotations

import json
from pathlib import Path

from cryptography.fernet import Fernet

from tests.cli.test_commands import run
from tests.journeys.processes import free_port

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_with_other_keys_than_the_database_was_written_with_nothing_starts_and_the_doctor_says_so(
    tmp_path: Path,
) -> None:
    organisation = (
        "organisation", "add", "--name", "Izumi", "--contact-email", "izumi@example.org",
        "--safeguarding-contact", "Sato",
    )  # fmt: skip
    run(tmp_path, *organisation, MATCHER_SECRET_KEYS=OLD)
    port = ("--port", str(free_port()))
    for command in (("up", *port), ("up", "--no-seed", *port), ("api", *port), ("worker",), organisation):
        refused = run(tmp_path, *command, MATCHER_SECRET_KEYS=NEW)
        assert (refused.returncode, refused.stderr.count("\n")) == (2, 1), refused.stderr
        assert "fits none of MATCHER_SECRET_KEYS" in refused.stderr
    doctor = run(tmp_path, "doctor", "--json", MATCHER_SECRET_KEYS=NEW)
    assert (doctor.returncode, "MATCHER_SECRET_KEYS" in json.loads(doctor.stdout)["database"]) == (1, True)
    assert run(tmp_path, "db", "backup", "backup.zip", MATCHER_SECRET_KEYS=NEW).returncode == 0
    assert run(tmp_path, "doctor", MATCHER_SECRET_KEYS=f"{NEW},{OLD}").returncode == 0


def test_a_restore_with_other_keys_goes_on_once_they_are_right(tmp_path: Path) -> None:
    run(
        tmp_path, "organisation", "add", "--name", "Izumi", "--contact-email", "izumi@example.org",
        "--safeguarding-contact", "Sato", MATCHER_SECRET_KEYS=OLD,
    )  # fmt: skip
    run(tmp_path, "db", "backup", "backup.zip", MATCHER_SECRET_KEYS=OLD)
    new = {"MATCHER_DATABASE_URL": f"sqlite:///{tmp_path / 'new.db'}"}
    refused = run(tmp_path, "db", "restore", "backup.zip", **new, MATCHER_SECRET_KEYS=NEW)
    assert (refused.returncode, "MATCHER_SECRET_KEYS" in refused.stderr) == (2, True)
    done = run(tmp_path, "db", "restore", "backup.zip", **new, MATCHER_SECRET_KEYS=OLD)
    assert done.returncode == 0, done.stderr


def test_after_it_the_old_key_can_go(tmp_path: Path) -> None:
    added = run(
        tmp_path, "organisation", "add", "--name", "Izumi", "--contact-email", "izumi@example.org",
        "--safeguarding-contact", "Sato", MATCHER_SECRET_KEYS=OLD,
    )  # fmt: skip
    assert added.returncode == 0, added.stderr
    too_early = run(tmp_path, "db", "reencrypt", MATCHER_SECRET_KEYS=NEW)
    assert (too_early.returncode, "2 values fit none of the keys" in too_early.stdout) == (1, True)
    done = run(tmp_path, "db", "reencrypt", "--json", MATCHER_SECRET_KEYS=f"{NEW},{OLD}")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"values": 2, "accounts": 0, "unreadable": 0}
    again = run(tmp_path, "db", "reencrypt", MATCHER_SECRET_KEYS=NEW)
    assert again.returncode == 0
    assert again.stdout.startswith("0 values are encrypted anew")
