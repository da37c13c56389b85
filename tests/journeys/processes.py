"""Matcher as an operator starts it: real commands in processes of their own, ended by the test that began them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tests.journeys.client import until

STOP_SECONDS = 30


class Process:
    """One `matcher …` command; what it says goes to a file beside its data."""

    def __init__(self, name: str, arguments: list[str], folder: Path, environment: Mapping[str, str]) -> None:
        self.log = folder / f"{name}.log"
        kept = {key: value for key, value in os.environ.items() if not key.startswith("MATCHER_")}
        self._output = self.log.open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from matcher.cli import main; main()", *arguments],
            cwd=folder, env={**kept, **environment}, stdout=self._output, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it, and give its exit status."""
        if self._process.poll() is None:
            self._process.send_signal(how)
        try:
            return self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise AssertionError(f"It did not end within {STOP_SECONDS} s.\n{self.said()}") from None
        finally:
            self._output.close()

    @property
    def number(self) -> int:
        """By which the system knows it."""
        return self._process.pid

    def said(self) -> str:
        """Everything it printed."""
        return self.log.read_text(errors="replace")

    def wait_for(self, words: str) -> None:
        """Wait until it says something."""
        until(lambda: words in self.said() or self._ended(), f"{words!r}")
        if words not in self.said():
            raise AssertionError(f"It ended without {words!r}:\n{self.said()}")

    def wait_for_http(self, url: str) -> None:
        """Wait until it answers."""
        until(lambda: _answers(url) or self._ended(), url)
        if self._ended():
            raise AssertionError(f"It ended:\n{self.said()}")

    def _ended(self) -> bool:
        return self._process.poll() is not None


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except OSError:
        return False
