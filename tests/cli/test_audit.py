"""`matcher audit verify` says whether the seals hold, for people and for programs, and its exit status says it too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from matcher.cli.audit import audit
from matcher.services.audit import sealing
from tests.builders import SECRET, make_world


def test_care_23_the_command_names_the_first_break(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world(tmp_path)
    monkeypatch.setenv("MATCHER_DATABASE_URL", f"sqlite:///{tmp_path / 'matcher.db'}")
    monkeypatch.setenv("MATCHER_SECRET_KEYS", SECRET)
    monkeypatch.setenv("MATCHER_DATA_DIR", str(tmp_path))
    run = CliRunner().invoke
    assert "Nothing is sealed yet" in run(audit, ["verify"]).output
    world.clock.advance(hours=2)
    sealing.seal(world.database, world.clock())
    found = json.loads(run(audit, ["verify", "--json"]).output)
    assert (found["holds"], found["seals"], found["broken"]) == (True, 1, None)
    assert run(audit, ["verify", "--contains", found["mark"]]).exit_code == 0
    lost = run(audit, ["verify", "--contains", "0" * 64])
    assert lost.exit_code == 1
    assert "cut off" in lost.output
    with world.database.engine.begin() as connection:
        connection.exec_driver_sql("drop trigger audit_entry_no_delete")
        connection.exec_driver_sql("delete from audit_entry where id = (select min(id) from audit_entry)")
    world.close()
    broken = run(audit, ["verify", "--json"])
    assert broken.exit_code == 1
    assert json.loads(broken.output)["broken"]["what"] == "entry_missing"
