"""What an organisation keeps of its own: how visits were from its side, and the private address of its calendar."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from matcher.storage.encryption import SealedJson
from matcher.storage.tables.base import Base


class HostWordRow(Base):
    """How a visit was from the organisation's side, for the caseworker alone: calm words and a note, both sealed."""

    __tablename__ = "host_word"

    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitation.id"), primary_key=True)
    words: Mapped[Any] = mapped_column(SealedJson)
    note: Mapped[str | None] = mapped_column(SealedJson)
    written_at: Mapped[datetime]


class CalendarFeedRow(Base):
    """The one private address of an organisation's calendar, as its hash only (CARE 25); renewing it ends the earlier one."""

    __tablename__ = "calendar_feed"

    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]
