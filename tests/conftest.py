"""What every test may ask for: real servers, each started on first use and stopped at the end of the run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import settings

from matcher.scoring import compiled
from tests.browser.chromium import launch_options
from tests.browser.whole_run import (  # noqa: F401 - hooks
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_testnodedown,
)
from tests.servers import PostgresServer, ValkeyServer
from tests.smtp import SmtpServer

# A wall-clock limit for each example fails on a busy machine and says nothing about the code.
settings.register_profile("matcher", deadline=None)
settings.load_profile("matcher")


def pytest_configure() -> None:
    """Start from defaults: a developer's own settings must not decide a test."""
    for name in [name for name in os.environ if name.startswith("MATCHER_")]:
        del os.environ[name]
    configure = structlog.configure
    structlog.configure = lambda **how: configure(**how | {"cache_logger_on_first_use": False})
    # Compiling takes longer than most tests: those that are about it switch it on (`compiling`).
    os.environ["NUMBA_DISABLE_JIT"] = "1"


@pytest.fixture(autouse=True)
def logging_of_its_own() -> Iterator[None]:
    """What one test sets up of logging ends with it: its stream is gone, and a logger must not remember it."""
    yield
    structlog.reset_defaults()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if {"postgres_server", "valkey_server"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.servers)


@pytest.fixture
def compiling(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Runs a test with numba, where it is installed."""
    monkeypatch.delenv("NUMBA_DISABLE_JIT")
    compiled.is_available.cache_clear()
    yield
    compiled.is_available.cache_clear()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    server = PostgresServer()
    yield server
    server.close()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of a database that nobody else uses."""
    url = postgres_server.create_database()
    yield url
    postgres_server.drop_database(url)


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[ValkeyServer]:
    server = ValkeyServer()
    yield server
    server.close()


@pytest.fixture
def valkey_url(valkey_server: ValkeyServer) -> str:
    """The URL of an empty Valkey."""
    valkey_server.flush()
    return valkey_server.url


@pytest.fixture
def smtp_server() -> Iterator[SmtpServer]:
    server = SmtpServer()
    yield server
    server.close()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Use the system's Chromium."""
    found = launch_options()
    if found is None:
        pytest.skip("Chromium is missing. On Debian or Ubuntu: sudo apt install chromium")
    return {
        **browser_type_launch_args,
        **found,
        "args": [*browser_type_launch_args.get("args", []), *found["args"]],
    }
