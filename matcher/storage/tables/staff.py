"""Who may act: admins, teams, caseworkers and the keys they and organisations use."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from matcher.storage.encryption import SealedJson
from matcher.storage.tables.base import Base, Id, new_id


class AdminRow(Base):
    """Somebody who runs the deployment."""

    __tablename__ = "admin"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]


class TeamRow(Base):
    """Caseworkers who share a caseload."""

    __tablename__ = "team"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]


class CaseworkerRow(Base):
    """A professional of one team; `disabled_at` when they left it, and from then on nobody comes in as them."""

    __tablename__ = "caseworker"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    team_id: Mapped[str] = mapped_column(ForeignKey("team.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(SealedJson)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class ApiKeyRow(Base):
    """A key, as its hash only; it belongs to exactly one organisation, caseworker or admin (CARE 25)."""

    __tablename__ = "api_key"
    __table_args__ = (
        CheckConstraint(
            "(organisation_id is not null and caseworker_id is null and admin_id is null)"
            " or (organisation_id is null and caseworker_id is not null and admin_id is null)"
            " or (organisation_id is null and caseworker_id is null and admin_id is not null)",
            name="one_owner",
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    prefix: Mapped[str] = mapped_column(String(24))
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    caseworker_id: Mapped[str | None] = mapped_column(ForeignKey("caseworker.id"), index=True)
    admin_id: Mapped[str | None] = mapped_column(ForeignKey("admin.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
