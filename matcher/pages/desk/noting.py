"""Every look at a first contact that is still being written down stands in the trail before it is shown (CARE 23)."""

from __future__ import annotations

from matcher.domain.audit import Act
from matcher.pages.showing import room
from matcher.services.audit import auditing


def intake_was_read(draft_id: str) -> None:
    """A first contact that is still being written down."""
    _note(Act.intake_read, f"intake:{draft_id}")


def intakes_were_listed() -> None:
    """What the team has begun."""
    _note(Act.intakes_listed, "intakes")


def _note(act: Act, about: str) -> None:
    outside = room().outside
    auditing.note_reading(outside.database, act, outside.clock(), about=about)
