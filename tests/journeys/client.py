"""What each of the three people uses: a key and plain HTTP, or a browser that only knows links and forms."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")
PATIENCE_SECONDS = 30.0


@dataclass
class Caller:
    """Somebody with a key."""

    base_url: str
    key: str

    def get(self, path: str) -> Any:
        """The JSON behind a path."""
        return self._call("GET", path, None)

    def post(self, path: str, document: Any = None, **headers: str) -> Any:
        """Post JSON and read the answer."""
        return self._call("POST", path, document, headers)

    def patch(self, path: str, document: Any) -> Any:
        """Patch with JSON and read the answer."""
        return self._call("PATCH", path, document)

    def _call(self, method: str, path: str, document: Any, headers: dict[str, str] | None = None) -> Any:
        body = None if document is None else json.dumps(document).encode()
        named = {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        if body is not None:
            named["Content-Type"] = "application/json"
        request = urllib.request.Request(
            self.base_url + path, body, {"Authorization": f"Bearer {self.key}", **named}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            raise AssertionError(f"{method} {path}: {refused.code} {refused.read().decode()}") from None


def look(url: str) -> str:
    """Open a page."""
    with urllib.request.urlopen(url, timeout=30) as answer:
        return str(answer.read().decode())


def submit(url: str, **fields: str) -> str:
    """Send a form and follow where it leads."""
    body = urllib.parse.urlencode(fields).encode()
    with urllib.request.urlopen(url, body, timeout=30) as answer:
        return str(answer.read().decode())


def until(there: Callable[[], T | None], what: str) -> T:
    """Wait for something that workers do; AssertionError names what never came."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends:
        if found := there():
            return found
        time.sleep(0.05)
    raise AssertionError(f"Waited {PATIENCE_SECONDS:.0f} s for {what}.")
