"""Who posts: organisations, their vetting and their places."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from matcher.storage.encryption import SealedJson
from matcher.storage.tables.base import Base, Id, new_id


class OrganisationRow(Base):
    """One organisation; `vetting_round` grows with each suspension or expiry, so old approvals never count again."""

    __tablename__ = "organisation"
    __table_args__ = (
        CheckConstraint("state in ('applied', 'vetted', 'suspended')", name="state"),
        CheckConstraint("state <> 'vetted' or vetted_until is not null", name="vetted_until"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200))
    contact_email: Mapped[str] = mapped_column(SealedJson)
    safeguarding_contact: Mapped[str] = mapped_column(SealedJson)
    state: Mapped[str] = mapped_column(String(12), default="applied")
    vetting_round: Mapped[int] = mapped_column(Integer, default=1)
    vetted_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(Integer, default=1)


class VettingApprovalRow(Base):
    """One admin's yes; the primary key lets each admin say it once a round (CARE 15)."""

    __tablename__ = "vetting_approval"

    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    vetting_round: Mapped[int] = mapped_column(Integer, primary_key=True)
    admin_id: Mapped[str] = mapped_column(ForeignKey("admin.id"), primary_key=True)
    approved_at: Mapped[datetime]


class PlaceRow(Base):
    """A place of one organisation: the same normalised name at the same 0.001° is one place."""

    __tablename__ = "place"
    __table_args__ = (
        UniqueConstraint("organisation_id", "normalised_name", "latitude_milli", "longitude_milli"),
        CheckConstraint("latitude between -90 and 90 and longitude between -180 and 180", name="on_earth"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    normalised_name: Mapped[str] = mapped_column(String(400))
    latitude_milli: Mapped[int] = mapped_column(Integer)
    longitude_milli: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str | None] = mapped_column(Text)
    latitude: Mapped[float] = mapped_column(Float)
    longitude: Mapped[float] = mapped_column(Float)
    timezone: Mapped[str] = mapped_column(String(64))
    entry: Mapped[str | None] = mapped_column(Text)


Index("ix_organisation_vetted_until", OrganisationRow.state, OrganisationRow.vetted_until)
