"""What every test may ask for: real servers, each started on first use and stopped at the end of the run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from matcher.scoring import compiled
from tests.servers import PostgresServer, ValkeyServer
from tests.smtp import SmtpServer

# A wall-clock limit for each example fails on a busy machine and says nothing about the code.
settings.register_profile("matcher", deadline=None)
settings.load_profile("matcher")

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_ON_MACOS = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


def pytest_configure() -> None:
    """Start from defaults: a developer's own settings must not decide a test."""
    for name in [name for name in os.environ if name.startswith("MATCHER_")]:
        del os.environ[name]
    # Compiling takes longer than most tests: those that are about it switch it on (`compiling`).
    os.environ["NUMBA_DISABLE_JIT"] = "1"


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
    """Use the system's Chromium: a browser of the test library's own cannot be fetched everywhere."""
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if found is None and not CHROMIUM_ON_MACOS.exists():
        pytest.skip("Chromium is missing. On Debian or Ubuntu: sudo apt install chromium")
    # Chromium's own sandbox refuses root.
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {
        **browser_type_launch_args,
        "executable_path": found or str(CHROMIUM_ON_MACOS),
        "args": [*browser_type_launch_args.get("args", []), *as_root],
    }
