"""`matcher db reencrypt`, as an operator uses it."""

from __future__ import annotations

import json
from pathlib import Path

from cryptography.fernet import Fernet

from tests.cli.test_commands import run

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


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
