"""Whose record was asked to be erased: an id and two moments, and nothing else of them (CARE 23)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from matcher.storage.tables.base import Base, Id


class ErasureRow(Base):
    """One erasure. It refers to nothing, so that it can stay when everything it is about is gone."""

    __tablename__ = "erasure"
    __table_args__ = (
        Index(
            "ix_erasure_open", "asked_at",
            sqlite_where=text("done_at is null"), postgresql_where=text("done_at is null"),
        ),
    )  # fmt: skip

    person_id: Mapped[str] = mapped_column(Id, primary_key=True)
    asked_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
