"""What a person does by their own hand: the ways into their own pages, and what they told us there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from matcher.storage.encryption import SealedJson
from matcher.storage.tables.base import Base, Id, new_id


class PaceLinkRow(Base):
    """A link to somebody's own pages that was ever written to them. Alone it opens nothing but the asking for a code."""

    __tablename__ = "pace_link"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)


class PaceCodeRow(Base):
    """A code on its way to somebody, one at a time. Its digits are derived from `id` with the secret key, and kept nowhere."""

    __tablename__ = "pace_code"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), unique=True)
    tries_left: Mapped[int] = mapped_column(Integer)
    expires_at: Mapped[datetime]


class PaceVisitRow(Base):
    """A browser in which somebody opened their own pages; it ends by itself."""

    __tablename__ = "pace_visit"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class OwnWordRow(Base):
    """Something a person told us themselves, for whoever accompanies them: what they changed, or a question of theirs.

    `subject` names what was changed, or is `question`; `heard_at` is when somebody noted it at the desk.
    """

    __tablename__ = "own_word"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    invitation_id: Mapped[str | None] = mapped_column(ForeignKey("invitation.id"), index=True)
    subject: Mapped[str] = mapped_column(String(24))
    said: Mapped[Any] = mapped_column(SealedJson, nullable=True)
    at: Mapped[datetime]
    heard_at: Mapped[datetime | None]
