"""What is offered: opportunities and their sessions, where seats are counted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matcher.storage.tables.base import Base, Id, new_id
from matcher.storage.tables.organisations import OrganisationRow, PlaceRow


class OpportunityRow(Base):
    """One posting. Facts that only the explained score reads lie together in `facts`; those that SQL gates on stand out."""

    __tablename__ = "opportunity"
    __table_args__ = (
        CheckConstraint("state in ('draft', 'published', 'withdrawn', 'finished')", name="state"),
        CheckConstraint("online is null or not online or place_id is null", name="online_or_place"),
        CheckConstraint(
            "state = 'draft' or state = 'withdrawn' or (online is not null and capacity is not null and kind is not null)",
            name="published_is_complete",
        ),
        UniqueConstraint("organisation_id", "import_key"),
        Index("ix_opportunity_organisation_id_id", "organisation_id", "id"),
        Index("ix_opportunity_state_id", "state", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    state: Mapped[str] = mapped_column(String(12), default="draft")
    title: Mapped[str | None] = mapped_column(String(200))
    kind: Mapped[str | None] = mapped_column(String(24))
    online: Mapped[bool | None]
    place_id: Mapped[str | None] = mapped_column(ForeignKey("place.id"))
    capacity: Mapped[int | None] = mapped_column(Integer)
    facts: Mapped[dict[str, Any]]
    import_key: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(Integer, default=1)

    organisation: Mapped[OrganisationRow] = relationship(lazy="joined", innerjoin=True, viewonly=True)
    place: Mapped[PlaceRow | None] = relationship(lazy="joined")
    occurrences: Mapped[list[Occurrence]] = relationship(
        lazy="selectin",
        order_by="Occurrence.starts_at",
        cascade="all, delete-orphan",
        back_populates="opportunity",
    )


class Occurrence(Base):
    """A session. `capacity` follows the posting but never falls below the seats taken, so the check always holds."""

    __tablename__ = "occurrence"
    __table_args__ = (
        CheckConstraint("taken >= 0 and taken <= capacity", name="seats"),
        CheckConstraint("(starts_at is null) = (ends_at is null)", name="dated"),
        CheckConstraint("ends_at > starts_at", name="order"),
        Index("ix_occurrence_opportunity_id_starts_at", "opportunity_id", "starts_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    opportunity_id: Mapped[str] = mapped_column(ForeignKey("opportunity.id"))
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    capacity: Mapped[int] = mapped_column(Integer)
    taken: Mapped[int] = mapped_column(Integer, default=0)
    removed_at: Mapped[datetime | None]

    opportunity: Mapped[OpportunityRow] = relationship(back_populates="occurrences")
