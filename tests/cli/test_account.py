"""Accounts from the command line: invited, helped, removed."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.test_commands import run

EMAIL = "first@example.org"


def test_the_first_admin_is_invited_and_the_letter_goes_out_when_workers_run(tmp_path: Path) -> None:
    made = json.loads(run(tmp_path, "account", "invite", "--admin", "--email", EMAIL, "--json").stdout)
    assert made["role"] == "admin"
    again = json.loads(run(tmp_path, "account", "invite", "--admin", "--email", EMAIL, "--json").stdout)
    assert again == made
