"""What libraries log reads like Matcher's own lines, and says no more than they may."""

from __future__ import annotations

import json
import logging

import pytest

from matcher.bootstrap import set_up_logging


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
