"""A first contact that is still being written down."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from matcher.storage.encryption import SealedJson
from matcher.storage.tables.base import Base, Id, new_id


class IntakeDraftRow(Base):
    """An intake that nobody has confirmed yet: sealed as a whole, seen by one team, and never matched.

    `answers` holds for each question the fields of its form. Once it was saved as a person, only that person's id is
    left, so that whoever presses twice is led to the same page.
    """

    __tablename__ = "intake_draft"
    __table_args__ = (
        Index("ix_intake_draft_team_id_id", "team_id", "id"),
        Index("ix_intake_draft_changed_at", "changed_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    team_id: Mapped[str] = mapped_column(ForeignKey("team.id"))
    caseworker_id: Mapped[str] = mapped_column(ForeignKey("caseworker.id"))
    answers: Mapped[Any] = mapped_column(SealedJson, nullable=True)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
