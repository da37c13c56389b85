"""Accounts: who may sign in for which admin, caseworker or organisation; made by an admin's invitation, never by oneself."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from matcher.domain.audit import Act
from matcher.domain.errors import Conflict, InvalidInput, NotFound
from matcher.services import mail_address
from matcher.services.access import account_links, passwords, sign_ins
from matcher.services.access.keys import Role
from matcher.services.audit.auditing import record
from matcher.storage.encryption import keyring_of
from matcher.storage.tables import (
    AccountLinkRow,
    AccountRow,
    AdminRow,
    CaseworkerRow,
    OrganisationRow,
    RecoveryCodeRow,
    new_id,
)

_OWNERS: Final[dict[Role, type[AdminRow | OrganisationRow | CaseworkerRow]]] = {
    Role.admin: AdminRow, Role.organisation: OrganisationRow, Role.caseworker: CaseworkerRow,
}  # fmt: skip
_OWNER_COLUMNS: Final[dict[Role, InstrumentedAttribute[str | None]]] = {
    Role.admin: AccountRow.admin_id,
    Role.organisation: AccountRow.organisation_id,
    Role.caseworker: AccountRow.caseworker_id,
}


def create_account(
    session: Session,
    role: Role,
    owner_id: str,
    email: str,
    password: str,
    totp_secret: str | None,
    now: datetime,
) -> AccountRow:
    """An account that is ready at once, for a first run and for tests. `totp_secret` is in base 32.

    Without one it is signed in to by password alone, which only the embedded mode accepts. Raises NotFound when there
    is no such owner, InvalidInput at `/email`, Conflict when the address or the owner has an account.
    """
    account = _new(session, role, owner_id, email, now)
    account.password_hash = passwords.hashed(password)
    account.totp_secret = totp_secret
    session.flush()
    record(session, Act.account_made, now, about=f"account:{account.id}")
    return account


def invite(session: Session, role: Role, owner_id: str, email: str, now: datetime) -> AccountRow:
    """An account to be set up through the link in a letter. Emits `letter.due`.

    A repeat writes again, to the address given now, with a new link; the earlier one is void. Raises NotFound when there
    is no such owner, InvalidInput at `/email`, Conflict when the address or the owner has an account that is in use.
    """
    account = _waiting(session, role, owner_id, email) or _new(session, role, owner_id, email, now)
    _set_email(session, account, email)
    record(session, Act.account_invited, now, about=f"account:{account.id}")
    account_links.send(session, account, now)
    return account


def start_over(session: Session, account_id: str, now: datetime) -> None:
    """For somebody who has lost password, app and codes: sign out everywhere, forget all three, and invite anew.

    Emits `letter.due`. Raises NotFound.
    """
    account = session.get(AccountRow, account_id)
    if account is None:
        raise NotFound("There is no such account.")
    sign_ins.end_all(session, account.id)
    session.execute(delete(RecoveryCodeRow).filter_by(account_id=account.id))
    account.password_hash = account.totp_secret = None
    account.edition += 1
    record(session, Act.account_started_over, now, about=f"account:{account.id}")
    account_links.send(session, account, now, anew=True)


def remove(session: Session, account_id: str, now: datetime) -> None:
    """Nobody signs in with this account any more, from this moment on. Safe to repeat."""
    if session.get(AccountRow, account_id) is not None:
        record(session, Act.account_removed, now, about=f"account:{account_id}")
    sign_ins.end_all(session, account_id)
    for table in (RecoveryCodeRow, AccountLinkRow):
        session.execute(delete(table).where(table.account_id == account_id))
    session.execute(delete(AccountRow).where(AccountRow.id == account_id))


def find(session: Session, email: str) -> AccountRow | None:
    """The account of an address, whichever key it was stored under."""
    fingerprints = keyring_of(session).fingerprints(_email_mark(email))
    return session.scalars(select(AccountRow).where(AccountRow.email_fingerprint.in_(fingerprints))).first()


def freshen(session: Session, account: AccountRow, password: str) -> None:
    """Bring what is stored under an older key or cost up to date, while the password is at hand. Safe to repeat."""
    move_to_newest_key(session, account)
    if account.password_hash is not None and passwords.is_dated(account.password_hash):
        account.password_hash = passwords.hashed(password)


def move_to_newest_key(session: Session, account: AccountRow) -> bool:
    """Let an account be found by the newest key; False where it was already. Safe to repeat."""
    fingerprint = keyring_of(session).fingerprint(_email_mark(account.email))
    moves = account.email_fingerprint != fingerprint
    account.email_fingerprint = fingerprint
    return moves


def accounts_of(session: Session, role: Role, owner_id: str) -> Sequence[AccountRow]:
    """Who may sign in for somebody, oldest first."""
    return session.scalars(
        select(AccountRow).where(_OWNER_COLUMNS[role] == owner_id).order_by(AccountRow.id)
    ).all()


def same_address(email: str) -> str:
    """An address as it is looked up: people write their own in capitals now and then."""
    return (mail_address.deliverable(email) or unicodedata.normalize("NFKC", email).strip()).casefold()


def deliverable(email: str) -> str:
    """An address that mail can go to. Raises InvalidInput at `/email`."""
    found = mail_address.deliverable(email)
    if found is None:
        raise InvalidInput.at("/email", "Must be an e-mail address such as name@example.org.")
    return found


def _email_mark(email: str) -> str:
    return f"account\0{same_address(email)}"


def _new(session: Session, role: Role, owner_id: str, email: str, now: datetime) -> AccountRow:
    owner = session.get(_OWNERS[role], owner_id)
    if owner is None:
        raise NotFound(f"There is no {role} {owner_id}.")
    if isinstance(owner, CaseworkerRow) and owner.disabled_at is not None:
        raise Conflict("This caseworker has left; let them come back first.", code="left")
    if role is not Role.organisation and accounts_of(session, role, owner_id):
        raise Conflict(f"This {role} has an account already.", code="has_account")
    account = AccountRow(id=new_id(), email="", email_fingerprint="", created_at=now)
    setattr(account, _OWNER_COLUMNS[role].key, owner_id)
    _set_email(session, account, email)
    session.add(account)
    session.flush()
    return account


def _waiting(session: Session, role: Role, owner_id: str, email: str) -> AccountRow | None:
    """The account that an earlier invitation made, and that nobody has set up yet."""
    for account in accounts_of(session, role, owner_id):
        mine = role is not Role.organisation or same_address(account.email) == same_address(email)
        if mine and account.password_hash is None:
            return account
    return None


def _set_email(session: Session, account: AccountRow, email: str) -> None:
    other = find(session, email)
    if other is not None and other.id != account.id:
        raise Conflict("This address has an account already.", code="in_use")
    account.email = deliverable(email)
    account.email_fingerprint = keyring_of(session).fingerprint(_email_mark(email))
