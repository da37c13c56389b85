"""What reached readers, by the log of whoever took it: what came, when, and how often."""

from __future__ import annotations

import re
import threading
from abc import ABC, abstractmethod
from collections import Counter
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from tests.smtp import SmtpServer


class LetterLog(ABC):
    """Reads each letter once, however often it is asked."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._texts: dict[str, str] = {}
        self.copies: Counter[str] = Counter()
        self.arrivals: dict[str, list[float]] = {}

    def link(self, email: str, pattern: re.Pattern[str]) -> str | None:
        """The first link of that kind in the letters to an address."""
        self.catch_up()
        found = pattern.search(self._texts.get(email, ""))
        return None if found is None else found[0]

    def catch_up(self) -> None:
        """Read what has come since."""
        with self._mutex:
            self._read_new()

    @abstractmethod
    def _read_new(self) -> None:
        """Take down every letter not yet taken down."""

    def _take_down(self, reader: str, message: EmailMessage, arrived_at: float) -> None:
        body = message.get_body(("plain",))
        text = "" if body is None else str(body.get_content())
        self._texts[reader] = self._texts.get(reader, "") + text
        self.copies[str(message["Message-ID"]).strip("<> ").partition("@")[0]] += 1
        self.arrivals.setdefault(reader, []).append(arrived_at)


class Letters(LetterLog):
    """What the mail server took."""

    def __init__(self, mail: SmtpServer) -> None:
        super().__init__()
        self._mail = mail
        self._count = 0

    def _read_new(self) -> None:
        while self._count < len(self._mail.messages):
            at = self._count
            (reader, *_) = self._mail.recipients[at]
            self._take_down(reader, self._mail.messages[at], self._mail.arrived_at[at])
            self._count += 1


class MaildirLetters(LetterLog):
    """What lies in a maildir."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._seen: set[str] = set()

    def _read_new(self) -> None:
        for path in self._folder.glob("new/*"):
            if path.name in self._seen:
                continue
            self._seen.add(path.name)
            message = message_from_bytes(path.read_bytes(), policy=policy.default)
            self._take_down(message["To"].addresses[0].addr_spec, message, path.stat().st_mtime)
