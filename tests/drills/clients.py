"""The people at the other end: each command goes out with a key, again and again until it is answered, and is written down."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
import urllib.parse
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.local_server import LOOPBACK

ASKED_AGAIN_AFTER_SECONDS = 0.3
GIVES_UP_AFTER_SECONDS = 150.0
ANSWER_WITHIN_SECONDS = 30.0


class GaveUpError(RuntimeError):
    """A command was never answered: by the end of a drill that is a loss."""


@dataclass
class Deed:
    """One command and what its client knows of it. Moments are seconds since the epoch."""

    kind: str
    path: str
    began_at: float
    answered_at: float | None = None
    status: int = 0
    id: str | None = None
    tries: int = 0


@dataclass
class Asked:
    """What one person's client knows: which invitation, and how it may stand once everything has had its effect."""

    email: str
    alias: str
    person_id: str
    invitation_id: str | None = None
    ends: frozenset[str] = frozenset()
    letter_wanted: bool = False
    stopped_at: float | None = None


@dataclass
class History:
    """Everything the clients did, in any order."""

    deeds: list[Deed] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    made: dict[str, set[str]] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)

    def acknowledged(self) -> int:
        """Commands that were answered."""
        return sum(1 for deed in self.deeds if deed.answered_at is not None)


class Client:
    """One program or browser: one connection, one command after the other."""

    def __init__(self, port: int, history: History, rng: random.Random) -> None:
        self._port = port
        self._connection: http.client.HTTPConnection | None = None
        self.history = history
        self.rng = rng
        self.gives_up_after = GIVES_UP_AFTER_SECONDS
        self.last: Deed | None = None

    def command(self, kind: str, key: str, path: str, document: Any = None) -> tuple[int, Any]:
        """POST until it is acknowledged, always with the same Idempotency-Key; write it down."""
        name = f"{self.rng.getrandbits(96):024x}"
        headers = {
            "Authorization": f"Bearer {key}", "Content-Type": "application/json", "Idempotency-Key": name,
        }  # fmt: skip
        body = json.dumps({} if document is None else document)
        deed, status, said = self._until_answered(kind, path, body, headers)
        answer = json.loads(said)
        deed.id = answer.get("id") if isinstance(answer, dict) else None
        if status >= 400:
            self.history.refused[f"{kind} {status} {answer.get('code') or ''}".strip()] += 1
        elif deed.id is not None:
            self.history.made.setdefault(kind, set()).add(deed.id)
        return status, answer

    def form(self, kind: str, path: str, **fields: str) -> Deed:
        """What a browser posts; again until it is answered (a repeat changes nothing)."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        deed, _, _ = self._until_answered(kind, path, urllib.parse.urlencode(fields), headers)
        return deed

    def get(self, key: str, path: str) -> Any:
        """Look, until there is an answer."""
        ends = time.monotonic() + self.gives_up_after
        while time.monotonic() < ends:
            try:
                status, said, _ = self.once("GET", path, None, {"Authorization": f"Bearer {key}"})
                if status == 200:
                    return json.loads(said)
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(ASKED_AGAIN_AFTER_SECONDS)
        raise GaveUpError(path)

    def once(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> tuple[int, bytes, dict[str, str]]:
        """One try: status, body and headers. Raises OSError or HTTPException when nobody answered."""
        if self._connection is None:
            self._connection = http.client.HTTPConnection(LOOPBACK, self._port, timeout=ANSWER_WITHIN_SECONDS)
        try:
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
            return answer.status, answer.read(), dict(answer.headers)
        except (OSError, http.client.HTTPException):
            self._connection.close()
            self._connection = None
            raise

    def _until_answered(
        self, kind: str, path: str, body: str, headers: dict[str, str]
    ) -> tuple[Deed, int, bytes]:
        deed = self.last = Deed(kind, path, time.time())
        self.history.deeds.append(deed)
        ends = time.monotonic() + self.gives_up_after
        while time.monotonic() < ends:
            deed.tries += 1
            try:
                status, said, _ = self.once("POST", path, body, headers)
            except (OSError, http.client.HTTPException):
                status, said = 0, b""
            if status and status < 500 and status != 429 and b'"in_flight"' not in said:
                deed.answered_at, deed.status = time.time(), status
                return deed, status, said
            time.sleep(ASKED_AGAIN_AFTER_SECONDS * (0.5 + random.random()))
        raise GaveUpError(f"{kind} {path}")


@dataclass
class Crowd:
    """Threads that play until they are told to stop."""

    threads: list[threading.Thread] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    errors: list[BaseException] = field(default_factory=list)

    def add(self, play: Any) -> None:
        """Start one thread that plays again and again."""

        def run() -> None:
            try:
                while not self.ended.is_set():
                    play()
            except BaseException as error:  # noqa: BLE001 - the drill reports it
                self.errors.append(error)

        thread = threading.Thread(target=run, daemon=True)
        self.threads.append(thread)
        thread.start()

    def stop(self) -> None:
        """Let each finish what it is at."""
        self.ended.set()
        for thread in self.threads:
            thread.join(GIVES_UP_AFTER_SECONDS + 60)
