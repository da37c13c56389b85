"""Openings of somebody outside one's own team: with a reason, for a short time, and never unseen (CARE 24)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from matcher.storage.encryption import SealedJson
from matcher.storage.tables.base import Base, Id, new_id


class BreakGlassRow(Base):
    """One opening: who opened whose page, why, and until when. It goes with the person; the trail keeps that it was."""

    __tablename__ = "break_glass"
    __table_args__ = (
        Index("ix_break_glass_person_id", "person_id"),
        Index("ix_break_glass_caseworker_id_person_id", "caseworker_id", "person_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    caseworker_id: Mapped[str] = mapped_column(ForeignKey("caseworker.id"))
    reason: Mapped[str] = mapped_column(SealedJson)
    opened_at: Mapped[datetime]
    ends_at: Mapped[datetime]
