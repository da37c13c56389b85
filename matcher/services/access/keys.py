"""API keys: who is calling, in which role, and how a key is made and taken back (CARE 25)."""

from __future__ import annotations

import re
import secrets
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from matcher.domain.audit import Act
from matcher.domain.errors import NotFound, NotSignedIn, SettingError
from matcher.services.access.account_links import tell_of_admin, tell_of_key
from matcher.services.audit.auditing import record
from matcher.storage.encryption import token_hash
from matcher.storage.engine import changed
from matcher.storage.tables import AccountRow, AdminRow, ApiKeyRow, CaseworkerRow, OrganisationRow, new_id

KEY_MARK: Final = "mk"
SECRET_BYTES: Final = 24  # 192 bits, above the 128 that CARE 25 asks for
_OF_OURS: Final = re.compile(rf"{KEY_MARK}_[aco]_[0-9a-f]{{8}}_[\w-]{{32}}_[0-9a-f]{{8}}", re.ASCII)
KEY_LASTS: Final = timedelta(days=365)  # judgement, 2026-11: as long as a vetting
PREFIX_LENGTH: Final = 12
LONG_ENOUGH: Final = 32  # characters; as hexadecimal digits they are the 128 bits that CARE 25 asks for

log = structlog.get_logger()


class Role(StrEnum):
    """Whose key it is."""

    admin = "admin"
    organisation = "organisation"
    caseworker = "caseworker"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling. `id` is the admin's, the organisation's or the caseworker's; `team_id` the caseworker's."""

    role: Role
    id: str
    key_id: str
    team_id: str | None = None

    @property
    def name(self) -> str:
        """One word that tells callers apart, for idempotency and limits."""
        return f"{self.role}:{self.id}"


def authenticate(session: Session, key: str, now: datetime) -> Caller:
    """The caller behind a key. Raises NotSignedIn, with the same words whatever is wrong with it."""
    refusal = NotSignedIn("This key is not valid. Send a current one as `Authorization: Bearer KEY`.")
    if not key or not _checksum_fits(key):
        raise refusal
    row = session.scalars(select(ApiKeyRow).where(ApiKeyRow.key_hash == token_hash(key))).first()
    if row is None or row.revoked_at is not None or row.expires_at <= now:
        raise refusal
    if row.admin_id is not None:
        return Caller(Role.admin, row.admin_id, row.id)
    if row.organisation_id is not None:
        return Caller(Role.organisation, row.organisation_id, row.id)
    caseworker = session.get_one(CaseworkerRow, row.caseworker_id)
    if caseworker.disabled_at is not None:
        raise refusal
    return Caller(Role.caseworker, caseworker.id, row.id, caseworker.team_id)


def issue_key(session: Session, role: Role, owner_id: str, now: datetime) -> str:
    """Make a key for an organisation, caseworker or admin and return it: the only time it can be seen.

    Emits `letter.due` to whoever signs in for them. Raises NotFound when there is no such owner. Each call makes
    another key.
    """
    tables: dict[Role, type[AdminRow | OrganisationRow | CaseworkerRow]] = {
        Role.admin: AdminRow, Role.organisation: OrganisationRow, Role.caseworker: CaseworkerRow,
    }  # fmt: skip
    if session.get(tables[role], owner_id) is None:
        raise NotFound(f"There is no {role} {owner_id}.")
    key = _new_key(role)
    _store(session, key, role, owner_id, now)
    signs_in_for = {
        Role.admin: AccountRow.admin_id, Role.organisation: AccountRow.organisation_id,
        Role.caseworker: AccountRow.caseworker_id,
    }  # fmt: skip
    tell_of_key(session, signs_in_for[role] == owner_id, now)
    return key


def organisation_keys(session: Session, organisation_id: str, now: datetime) -> Sequence[ApiKeyRow]:
    """The keys of an organisation that work now, newest first."""
    return session.scalars(
        select(ApiKeyRow)
        .where(
            ApiKeyRow.organisation_id == organisation_id,
            ApiKeyRow.revoked_at.is_(None),
            ApiKeyRow.expires_at > now,
        )
        .order_by(ApiKeyRow.id.desc())
    ).all()


def revoke_organisation_key(session: Session, organisation_id: str, key_id: str, now: datetime) -> None:
    """Take back a key of this organisation; a key of anybody else stays as it is. Safe to repeat."""
    standing = (
        ApiKeyRow.id == key_id,
        ApiKeyRow.organisation_id == organisation_id,
        ApiKeyRow.revoked_at.is_(None),
    )
    if changed(session.execute(update(ApiKeyRow).where(*standing).values(revoked_at=now))):
        record(session, Act.key_revoked, now, about=f"key:{key_id}")


def revoke_all_keys(session: Session, role: Role, owner_id: str, now: datetime) -> None:
    """Take back every key of somebody. Safe to repeat."""
    column = {
        Role.admin: ApiKeyRow.admin_id, Role.organisation: ApiKeyRow.organisation_id,
        Role.caseworker: ApiKeyRow.caseworker_id,
    }[role]  # fmt: skip
    for row in session.scalars(select(ApiKeyRow).where(column == owner_id, ApiKeyRow.revoked_at.is_(None))):
        row.revoked_at = now
        record(session, Act.key_revoked, now, about=f"key:{row.id}")


def create_first_admins(session: Session, keys: tuple[str, ...], now: datetime) -> int:
    """One admin for each key, while there is none at all; returns how many were made. Safe to repeat.

    Raises SettingError for a mistyped key of ours, which would open nothing.
    """
    if session.scalar(select(func.count()).select_from(AdminRow)):
        return 0
    if not all(map(_checksum_fits, keys)):
        raise SettingError(
            "MATCHER_BOOTSTRAP_ADMIN_KEYS holds a key of Matcher's own form that is mistyped: its end does not fit the rest. "
            "Copy it once more, or take another string of 32 characters or more."
        )
    if any(len(key) < LONG_ENOUGH for key in keys):
        log.warning(
            "setting.weak",
            said=f"MATCHER_BOOTSTRAP_ADMIN_KEYS holds a key of fewer than {LONG_ENOUGH} characters, which can be guessed: "
            "begin with long ones, such as `openssl rand -hex 32` makes.",
        )
    for number, key in enumerate(dict.fromkeys(keys), start=1):
        admin = create_admin(session, f"Admin {number}", now)
        _store(session, key, Role.admin, admin.id, now)
    return len(set(keys))


def create_admin(session: Session, name: str, now: datetime) -> AdminRow:
    """One more admin; those who can sign in hear of it. Emits `letter.due`."""
    admin = AdminRow(name=name, created_at=now)
    session.add(admin)
    session.flush()
    tell_of_admin(session, now)
    record(session, Act.admin_created, now, about=f"admin:{admin.id}")
    return admin


def admins(session: Session) -> list[AdminRow]:
    """Every admin, oldest first."""
    return list(session.scalars(select(AdminRow).order_by(AdminRow.id)))


def get_admin(session: Session, admin_id: str) -> AdminRow:
    """Raises NotFound."""
    row = session.get(AdminRow, admin_id)
    if row is None:
        raise NotFound("There is no such admin.")
    return row


def _store(session: Session, key: str, role: Role, owner_id: str, now: datetime) -> None:
    key_id = new_id()
    session.add(
        ApiKeyRow(
            id=key_id,
            key_hash=token_hash(key),
            prefix=key[:PREFIX_LENGTH] if _OF_OURS.fullmatch(key) else "own",
            organisation_id=owner_id if role is Role.organisation else None,
            caseworker_id=owner_id if role is Role.caseworker else None,
            admin_id=owner_id if role is Role.admin else None,
            created_at=now,
            expires_at=now + KEY_LASTS,
        )
    )
    session.flush()
    record(session, Act.key_made, now, about=f"key:{key_id}")


def _new_key(role: Role) -> str:
    body = f"{KEY_MARK}_{role.value[0]}_{secrets.token_hex(4)}_{secrets.token_urlsafe(SECRET_BYTES)}"
    return f"{body}_{_checksum(body)}"


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode('utf-8', 'surrogatepass')):08x}"


def _checksum_fits(key: str) -> bool:
    """A mistyped key of ours is refused without asking the database; keys given by an operator carry no checksum."""
    if _OF_OURS.fullmatch(key) is None:
        return True
    body, _, checksum = key.rpartition("_")
    return _checksum(body) == checksum
