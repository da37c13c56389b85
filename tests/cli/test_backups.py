"""`matcher db backup` and `restore`, as an operator uses them."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.test_commands import run


def test_a_backup_is_put_back_into_a_new_database_and_never_over_another(tmp_path: Path) -> None:
    added = run(
        tmp_path, "organisation", "add", "--name", "Izumi", "--contact-email", "izumi@example.org",
        "--safeguarding-contact", "Sato", "--json",
    )  # fmt: skip
    assert added.returncode == 0, added.stderr
    made = run(tmp_path, "db", "backup", "backup.zip", "--json")
    assert made.returncode == 0, made.stderr
    new = {"MATCHER_DATABASE_URL": f"sqlite:///{tmp_path / 'new.db'}"}
    back = run(tmp_path, "db", "restore", "backup.zip", "--json", **new)
    assert back.returncode == 0, back.stderr
    assert json.loads(back.stdout)["rows"] == json.loads(made.stdout)["rows"]
    again = run(tmp_path, "db", "restore", "backup.zip", **new)
    assert (again.returncode, again.stdout) == (2, "")
    assert "not empty" in again.stderr
