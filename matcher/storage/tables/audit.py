"""Who did or read what, and the seals over it: three tables that only ever grow (CARE 23).

The database itself refuses to change or delete their rows, by triggers. Nothing here refers to another table: when somebody
is erased, what stays of them in the trail is an id that leads nowhere.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from matcher.storage.tables.base import Base, Id, new_id


class AuditEntryRow(Base):
    """One act or one reading. Ids and words of a closed vocabulary only: no name, address or text ever stands here.

    `about` is what it was about (`person:ID`), `person_id` whom it concerned, where it concerned somebody; `key_id` the
    key or the sign-in that was used; `request_id` is that of the same lines in the log.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_at", "at"),
        Index("ix_audit_entry_actor_id_id", "actor_id", "id"),
        Index("ix_audit_entry_about_id", "about", "id"),
        Index("ix_audit_entry_person_id_id", "person_id", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    at: Mapped[datetime]
    actor_role: Mapped[str] = mapped_column(String(12))
    actor_id: Mapped[str | None] = mapped_column(Id)
    key_id: Mapped[str | None] = mapped_column(Id)
    act: Mapped[str] = mapped_column(String(40))
    about: Mapped[str | None] = mapped_column(String(80))
    person_id: Mapped[str | None] = mapped_column(Id)
    request_id: Mapped[str] = mapped_column(Id)


class AuditSealRow(Base):
    """One hour of the trail, sealed: `mark` is a keyed hash over the seal before it and every entry of this one."""

    __tablename__ = "audit_seal"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    hour: Mapped[datetime] = mapped_column(unique=True)
    entries: Mapped[int] = mapped_column(Integer)
    mark: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime]


class AuditSealedRow(Base):
    """That an entry lies under a seal, with its own hash, so that a check can name the very entry that was touched."""

    __tablename__ = "audit_sealed"
    __table_args__ = (Index("ix_audit_sealed_seal_number_entry_id", "seal_number", "entry_id"),)

    entry_id: Mapped[str] = mapped_column(Id, primary_key=True)
    seal_number: Mapped[int] = mapped_column(ForeignKey("audit_seal.number"))
    digest: Mapped[str] = mapped_column(String(64))
