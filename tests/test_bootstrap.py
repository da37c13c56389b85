"""A start goes no further where its keys or its ledger are not right; what libraries log reads like Matcher's own lines."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from matcher.bootstrap import build, prepare_database, set_up_logging
from matcher.domain.errors import SettingError
from matcher.services.access import staff
from matcher.settings import load_settings
from matcher.storage.encryption import UnreadableSecret
from tests.builders import NOW


def start(folder: Path, **settings: str) -> None:
    """Prepare to serve, with one team and one caseworker."""
    runtime = build(load_settings({"MATCHER_DATA_DIR": str(folder), **settings}))
    try:
        prepare_database(runtime)
        with runtime.outside.database.writing() as session:
            team = staff.create_team(session, name="West", now=NOW)
            staff.create_caseworker(session, name="Mori", email="m@example.org", team_id=team.id, now=NOW)
    finally:
        runtime.close()


def test_a_start_with_other_keys_than_the_database_was_written_with_is_refused(tmp_path: Path) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    start(tmp_path, MATCHER_SECRET_KEYS=old)
    with pytest.raises(UnreadableSecret, match="MATCHER_SECRET_KEYS"):
        start(tmp_path, MATCHER_SECRET_KEYS=new)
    start(tmp_path, MATCHER_SECRET_KEYS=f"{new},{old}")


def test_care_23_a_start_without_a_ledger_of_erasures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="MATCHER_ERASED_FILE"):
        start(tmp_path, MATCHER_ERASED_FILE=str(tmp_path))


def test_care_22_what_a_library_says_is_one_line_with_the_kind_of_its_error_alone(
    capfd: pytest.CaptureFixture[str],
) -> None:
    set_up_logging()
    set_up_logging()  # by each `build` of a process
    try:
        raise ValueError("haru@example.org")
    except ValueError:
        logging.getLogger("gunicorn.error").critical("Error handling %s.", "/i/haru", exc_info=True)
    line, rest = capfd.readouterr().err.split("\n", 1)
    found = json.loads(line)
    assert rest == ""
    assert (found["event"], found["level"], found["logger"], found["said"]) == (
        "library", "critical", "gunicorn.error", "Error handling %s.",
    )  # fmt: skip
    assert found["error"].startswith("ValueError at ")
    assert "haru" not in line


def test_an_error_that_a_library_fills_in_is_named_by_its_kind(capfd: pytest.CaptureFixture[str]) -> None:
    set_up_logging()
    logging.getLogger("dramatiq.worker").critical("Consumer failed: %s", ConnectionError("redis.example.org"))
    found = json.loads(capfd.readouterr().err)
    assert (found["said"], found["error"]) == ("Consumer failed: %s", "ConnectionError")
