"""Where a letter stands on its way to its reader."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class LetterState(StrEnum):
    """`due → sending → sent / undeliverable`; `dropped` when nothing has to be said any more."""

    due = "due"
    sending = "sending"
    sent = "sent"
    undeliverable = "undeliverable"
    dropped = "dropped"


UNDER_WAY: Final = (LetterState.due, LetterState.sending)  # it has still to go out, or is going out
MAY_BE_THERE: Final = (LetterState.sent, LetterState.sending)  # its reader has it, or may have it
