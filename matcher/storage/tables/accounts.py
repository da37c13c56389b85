"""Who signs in on pages: accounts, their one-time links and recovery codes, browsers signed in, and counted tries."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from matcher.storage.encryption import SealedJson
from matcher.storage.tables.base import Base, Id, new_id


class AccountRow(Base):
    """One human who signs in, for exactly one admin, caseworker or organisation; without a password until set up.

    `totp_step` is the last 30-second step whose code was taken, so that no code is taken twice (RFC 6238, §5.2).
    `edition` grows with every change of password or authenticator.
    """

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint(
            "(organisation_id is not null and caseworker_id is null and admin_id is null)"
            " or (organisation_id is null and caseworker_id is not null and admin_id is null)"
            " or (organisation_id is null and caseworker_id is null and admin_id is not null)",
            name="one_owner",
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(SealedJson)
    email_fingerprint: Mapped[str] = mapped_column(String(64), unique=True)
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    caseworker_id: Mapped[str | None] = mapped_column(ForeignKey("caseworker.id"), unique=True)
    admin_id: Mapped[str | None] = mapped_column(ForeignKey("admin.id"), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    totp_secret: Mapped[str | None] = mapped_column(SealedJson)
    totp_step: Mapped[int] = mapped_column(Integer, default=0)
    edition: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime]


class RecoveryCodeRow(Base):
    """One code that stands in for the authenticator once; the row goes when it is used."""

    __tablename__ = "recovery_code"

    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)


class AccountLinkRow(Base):
    """A one-time link: to set up an account, or to choose a new password. `account_id` null: an unknown address asked.

    The row of an unknown address costs exactly what a known one's does, and nothing is ever sent for it.
    """

    __tablename__ = "account_link"
    __table_args__ = (CheckConstraint("purpose in ('set_up', 'recover')", name="purpose"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    account_id: Mapped[str | None] = mapped_column(ForeignKey("account.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(8))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class SignInRow(Base):
    """One browser signed in. `proven_at` is when the second step was last taken; null: only the password was given."""

    __tablename__ = "sign_in"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    browser: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime] = mapped_column(index=True)
    proven_at: Mapped[datetime | None]


class TriesRow(Base):
    """How often something was tried in a row. The key is a keyed hash: it names neither account nor address."""

    __tablename__ = "sign_in_tries"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    tries: Mapped[int] = mapped_column(Integer)
    last_at: Mapped[datetime] = mapped_column(index=True)
