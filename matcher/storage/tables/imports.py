"""Files of listings that organisations bring, and what became of each row."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from matcher.storage.encryption import SealedJson
from matcher.storage.tables.base import Base, Id, new_id


class ImportRow(Base):
    """One file. `content` (base64, sealed: a file may name people) is there only until it is read; `why` says why it was not."""

    __tablename__ = "import_file"
    __table_args__ = (
        CheckConstraint("state in ('pending', 'ready', 'unreadable')", name="state"),
        CheckConstraint("state = 'pending' or content is null", name="content_goes"),
        Index("ix_import_file_organisation_id_id", "organisation_id", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    format: Mapped[str] = mapped_column(String(24))
    state: Mapped[str] = mapped_column(String(10), default="pending")
    content: Mapped[str | None] = mapped_column(SealedJson)
    why: Mapped[str | None] = mapped_column(String(24))
    detail: Mapped[str | None] = mapped_column(SealedJson)
    created_at: Mapped[datetime] = mapped_column(index=True)
    ready_at: Mapped[datetime | None]


class ImportLineRow(Base):
    """One row of a file. `notes` are `[field, reason, value]`; `rest` is what a refused row says all the same.

    The key lets a worker that begins once more see which rows are done.
    """

    __tablename__ = "import_line"
    __table_args__ = (CheckConstraint("result in ('draft', 'unchanged', 'refused')", name="result"),)

    import_id: Mapped[str] = mapped_column(ForeignKey("import_file.id"), primary_key=True)
    line: Mapped[int] = mapped_column(Integer, primary_key=True)
    result: Mapped[str] = mapped_column(String(10))
    title: Mapped[str | None] = mapped_column(String(200))
    notes: Mapped[Any] = mapped_column(SealedJson)
    rest: Mapped[Any] = mapped_column(SealedJson, nullable=True)
    opportunity_id: Mapped[str | None] = mapped_column(ForeignKey("opportunity.id"))
    mended_at: Mapped[datetime | None]
