"""A whole run of the browser's tests fails while axe has not looked at a template in each language.

The hooks stand in `tests/conftest.py`: the process that shares the tests out among others reads no other.
"""

from __future__ import annotations

from typing import Any

import pytest

_told: set[tuple[str, str]] = set()
_missing: set[tuple[str, str]] = set()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """What one of several processes has held, told to the one that began them."""
    _told.update(map(tuple, getattr(node, "workeroutput", {}).get("held", ())))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In the process that ran tests: tell what was held. In the one that was started: find out what nobody has."""
    config = session.config
    if config.option.markexpr != "browser":
        return
    from tests.browser.held import held, left_out  # noqa: PLC0415 - other runs need no browser

    if hasattr(config, "workeroutput"):
        config.workeroutput["held"] = sorted(held())
    elif not config.option.keyword and config.args == config.getini("testpaths"):
        _missing.update(left_out(held() | _told))
        if _missing and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Which templates those are."""
    if _missing:
        terminalreporter.section("templates that axe has not looked at", red=True)
        terminalreporter.line(", ".join(" ".join(one) for one in sorted(_missing)))
