"""What services need to talk to the outside: handed in by bootstrap, the same for every reaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr
from typing import Final

from matcher.domain.ports import Clock, Geocoder, Mailer
from matcher.services.memory import Memory
from matcher.storage.engine import Database
from matcher.storage.erasing import ErasureLedger

DEFAULT_TIMEZONE = "Asia/Tokyo"  # where Matcher starts; used only where neither place nor person says another
# Far within what a reaction may take, with whatever is begun at its end: a long one lets others go first and goes on after
# them. Judgement, 2026-11.
ONE_TURN: Final = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Outside:
    """The record, the mail, the map and the clock, with what every letter needs to know of this deployment.

    `memory` is there where a process keeps one.
    """

    database: Database
    mailer: Mailer
    geocoder: Geocoder
    clock: Clock
    base_url: str
    sender: str
    language: str
    help_lines: Mapping[str, str]
    erased: ErasureLedger | None = None
    memory: Memory | None = None

    def message_id(self, letter_id: str) -> str:
        """The Message-ID of a letter: the same at every try."""
        domain = parseaddr(self.sender)[1].partition("@")[2] or "localhost.localdomain"
        return f"<{letter_id}@{domain}>"
