"""What still has to happen: events, letters, and commands already answered once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from matcher.storage.encryption import SealedJson
from matcher.storage.tables.base import Base, Id, new_id


class EventRow(Base):
    """One event of the outbox, written in the transaction of the change it reports (ARCHITECTURE §4)."""

    __tablename__ = "event"
    __table_args__ = (
        Index(
            "ix_event_due", "available_at",
            sqlite_where=text("done_at is null and dead_at is null"),
            postgresql_where=text("done_at is null and dead_at is null"),
        ),
        Index("ix_event_dead", "dead_at", sqlite_where=text("dead_at is not null"),
              postgresql_where=text("dead_at is not null")),
        Index("ix_event_aggregate", "aggregate"),
        Index("ix_event_done_at", "done_at"),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    aggregate: Mapped[str] = mapped_column(String(60))
    aggregate_version: Mapped[int] = mapped_column(Integer)
    type: Mapped[str] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    available_at: Mapped[datetime]
    lease: Mapped[str | None] = mapped_column(Id)
    lease_until: Mapped[datetime | None]
    executions: Mapped[int] = mapped_column(Integer, default=0)
    postponements: Mapped[int] = mapped_column(Integer, default=0)
    done_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)


class LetterRow(Base):
    """One message to one reader. Its id is the Message-ID at every try; `unsure` counts tries of unknown result.

    `changes` are the names of the facts of which it says that they have changed.
    """

    __tablename__ = "letter"
    __table_args__ = (
        CheckConstraint("state in ('due', 'sending', 'sent', 'undeliverable', 'dropped')", name="state"),
        UniqueConstraint("invitation_id", "kind", "reader", "invitation_version"),
        Index("ix_letter_person_id", "person_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(40))
    reader: Mapped[str] = mapped_column(String(60))
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    invitation_id: Mapped[str | None] = mapped_column(ForeignKey("invitation.id"))
    invitation_version: Mapped[int] = mapped_column(Integer, default=0)
    changes: Mapped[str] = mapped_column(String(200), default="", server_default="")
    state: Mapped[str] = mapped_column(String(14), default="due")
    unsure: Mapped[int] = mapped_column(Integer, default=0)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class IdempotencyRow(Base):
    """A command that was answered once: the same key again gets the same answer, built anew."""

    __tablename__ = "idempotency"

    caller: Mapped[str] = mapped_column(String(60), primary_key=True)
    route: Mapped[str] = mapped_column(String(160), primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    body_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column(Integer, default=0)
    resource_id: Mapped[str | None] = mapped_column(String(80))
    secret: Mapped[Any] = mapped_column(SealedJson, nullable=True)
    created_at: Mapped[datetime]
