"""A server as a child process of the tests: on a free loopback port, with a folder of its own, gone afterwards.

Each server has a guard beside it, a shell that waits for our end and then ends the server: no killed test run leaves one behind.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

LOOPBACK = "127.0.0.1"
START_SECONDS = 30.0  # judgement, 2026-11: a busy two-core machine starts PostgreSQL in under 3
STOP_SECONDS = 10.0  # judgement, 2026-11: a fast shutdown takes well under 1
PORT_TRIES = 5  # a free port may be taken between asking for it and using it


class ServerFailedError(RuntimeError):
    """A server did not start; the message ends with the last lines of its log."""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        return int(listener.getsockname()[1])


def package_folder(package: str) -> Path:
    """Where a package's files lie, without importing it: both wheels do more on import than we need."""
    spec = find_spec(package)
    assert spec is not None, f"{package} is not installed"
    assert spec.origin is not None
    return Path(spec.origin).parent


class LocalServer(ABC):
    """A server process with its own folder; `stop` and `start` keep port and data, as a restart would."""

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"matcher-{self.name}-"))
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self.close)

    @property
    def pid(self) -> int:
        assert self._process is not None, f"{self.name} is not running"
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether it was started and is no longer there, though nobody here ended it."""
        return self._process is not None and self._process.poll() is not None

    def said(self) -> str:
        """Everything it printed."""
        return self._log_path.read_text(errors="replace") if self._log_path.exists() else ""

    @abstractmethod
    def command(self) -> list[str]:
        """The program and its arguments."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether the server takes requests."""

    def identity(self) -> dict[str, Any]:
        """Which system user the server runs as, in the words of `subprocess.Popen`; empty is ours."""
        return {}

    def environment(self) -> dict[str, str]:
        """What the server finds in its environment."""
        return plain_environment()

    def start(self) -> None:
        """Start and wait until the server answers; raise ServerFailedError with its log if it does not."""
        assert self._process is None, f"{self.name} is running already"
        with self._log_path.open("ab") as log:
            self._process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=self.environment(),
                start_new_session=True,
                **self.identity(),
            )
        self._guard = _Guard(self._process.pid, self.stop_signal)
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self._process.poll() is None:
            if self.answers():
                return
            time.sleep(0.02)
        self.kill()
        tail = self.said().splitlines()[-15:]
        raise ServerFailedError("\n".join([f"{self.name} did not start; its log ends:", *tail]))

    def stop(self) -> None:
        """End the server tidily; does nothing when it is not running."""
        self._end(self.stop_signal)

    def kill(self) -> None:
        """End the server at once, as a power cut would end it."""
        self._end(signal.SIGKILL)

    def close(self) -> None:
        """Stop, and remove everything the server wrote."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        atexit.unregister(self.close)

    def start_on_a_free_port(self) -> None:
        for tries_left in reversed(range(PORT_TRIES)):
            try:
                return self.start()
            except ServerFailedError:
                if tries_left == 0:
                    raise
                self.port = free_port()
        raise AssertionError("the loop above returns or raises")

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        self._guard.dismiss()
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(how)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_SECONDS)

    @property
    def _log_path(self) -> Path:
        return self.folder / "server.log"


class _Guard:
    """A shell that reads from us until we are gone, however that came, and then ends a server."""

    def __init__(self, pid: int, how: signal.Signals) -> None:
        script = 'cat >/dev/null; kill -s "$1" "$2"'
        words = ["sh", "-c", script, "guard", how.name.removeprefix("SIG"), str(pid)]
        self._shell = subprocess.Popen(
            words, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )

    def dismiss(self) -> None:
        os.killpg(self._shell.pid, signal.SIGKILL)  # the shell leads a group of its own: itself and its cat
        self._shell.wait(STOP_SECONDS)
        assert self._shell.stdin is not None
        self._shell.stdin.close()


def plain_environment() -> dict[str, str]:
    """Our environment without settings that would lead PostgreSQL's programs to another server or language."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))} | {
        "LC_ALL": "C"
    }
