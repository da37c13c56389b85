"""Browsers signed in: a random token in a cookie, everything else here, so that each can be ended at once (CARE 25)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from matcher.domain.audit import Act
from matcher.domain.errors import FreshCodeNeeded
from matcher.services.access.keys import Caller, Role
from matcher.services.audit.auditing import UNKNOWN, record
from matcher.storage.encryption import TOKEN_BYTES, token_hash
from matcher.storage.tables import AccountRow, CaseworkerRow, SignInRow

IDLE_AT_MOST: Final = timedelta(hours=12)  # judgement, 2026-11: a working day with its breaks
LASTS_AT_MOST: Final = timedelta(days=7)  # judgement, 2026-11: however busy, once a week anew
CODE_DUE_WITHIN: Final = timedelta(minutes=10)  # judgement, 2026-11: from the password to the code
FRESH_FOR: Final = timedelta(minutes=10)  # judgement, 2026-11: how long a second step stands for grave things
SEEN_EVERY: Final = timedelta(minutes=5)  # judgement, 2026-11: exact enough, and few writes

_BROWSERS: Final = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"),
                    ("Chrome/", "Chrome"), ("CriOS/", "Chrome"), ("Safari/", "Safari"))  # fmt: skip
_SYSTEMS: Final = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
                   ("Mac OS X", "Mac"), ("CrOS", "ChromeOS"), ("Linux", "Linux"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is signed in on this browser. `caller` is what services ask for; `has_code` whether an app gives codes."""

    id: str
    account_id: str
    email: str
    has_code: bool
    caller: Caller
    proven_at: datetime
    last_seen_at: datetime

    def is_fresh(self, now: datetime) -> bool:
        """Whether the second step was taken just now."""
        return now - self.proven_at <= FRESH_FOR

    def was_long_unseen(self, now: datetime) -> bool:
        """Whether it is time to note that this browser is still in use."""
        return now - self.last_seen_at >= SEEN_EVERY


def begin(
    session: Session, account: AccountRow, browser: str, now: datetime, *, proven: bool
) -> tuple[SignInRow, str]:
    """A new row and its token, for the cookie alone. Not `proven`: only good for taking the second step."""
    _forget_old(session, now)
    token = _new_token()
    row = SignInRow(
        account_id=account.id, token_hash=token_hash(token), browser=browser, created_at=now, last_seen_at=now,
        proven_at=now if proven else None,
    )  # fmt: skip
    session.add(row)
    session.flush()
    if proven:
        note(session, Act.signed_in, account, now, row.id)
    return row, token


def resume(session: Session, token: str, now: datetime) -> SignedIn | None:
    """Who is signed in with a token; None for one that is unknown, ended, idle for too long or still lacks its code."""
    row = _find(session, token)
    if row is None or row.proven_at is None or not is_live(row, now):
        return None
    account = session.get_one(AccountRow, row.account_id)
    return SignedIn(
        row.id, account.id, account.email, account.totp_secret is not None, caller_of(session, account, row.id),
        row.proven_at, row.last_seen_at,
    )  # fmt: skip


def half_way(session: Session, token: str, now: datetime) -> SignInRow | None:
    """The row that waits for its second step; None when there is none or it waited too long."""
    row = _find(session, token)
    waits = row is not None and row.proven_at is None and now - row.created_at <= CODE_DUE_WITHIN
    return row if waits else None


def prove(row: SignInRow, now: datetime) -> str:
    """The second step was taken: from now on only the token returned is good, and the earlier one is not."""
    row.proven_at = row.last_seen_at = now
    return rotate(row)


def rotate(row: SignInRow) -> str:
    """A new token in place of the one in use."""
    token = _new_token()
    row.token_hash = token_hash(token)
    return token


def touch(session: Session, sign_in_id: str, now: datetime) -> None:
    """Note that a browser is still in use. Safe to repeat, and after its end."""
    row = session.get(SignInRow, sign_in_id)
    if row is not None:
        row.last_seen_at = now


def end(session: Session, account_id: str, sign_in_id: str) -> None:
    """Sign one browser of an account out. Safe to repeat."""
    session.execute(delete(SignInRow).where(SignInRow.id == sign_in_id, SignInRow.account_id == account_id))


def end_all(session: Session, account_id: str, *, but: str | None = None) -> None:
    """Sign out everywhere, except on the browser `but`. Safe to repeat."""
    session.execute(
        delete(SignInRow).where(SignInRow.account_id == account_id, SignInRow.id.is_distinct_from(but))
    )


def in_use(session: Session, account_id: str, now: datetime) -> Sequence[SignInRow]:
    """Where an account is signed in, last seen first."""
    query = select(SignInRow).where(SignInRow.account_id == account_id, SignInRow.proven_at.is_not(None))
    return [
        row for row in session.scalars(query.order_by(SignInRow.last_seen_at.desc())) if is_live(row, now)
    ]


def is_live(row: SignInRow, now: datetime) -> bool:
    """Whether a browser is still signed in by the clock."""
    return now - row.last_seen_at < IDLE_AT_MOST and now - row.created_at < LASTS_AT_MOST


def require_fresh(signed_in: SignedIn, now: datetime) -> None:
    """Raise FreshCodeNeeded when the second step was too long ago for something grave (export, erasure, keys)."""
    if not signed_in.is_fresh(now):
        raise FreshCodeNeeded("This needs a fresh code first.")


def caller_of(session: Session, account: AccountRow, sign_in_id: str) -> Caller:
    """The account as services know it, the same as with a key."""
    if account.admin_id is not None:
        return Caller(Role.admin, account.admin_id, sign_in_id)
    if account.organisation_id is not None:
        return Caller(Role.organisation, account.organisation_id, sign_in_id)
    caseworker = session.get_one(CaseworkerRow, account.caseworker_id)
    return Caller(Role.caseworker, caseworker.id, sign_in_id, caseworker.team_id)


def note(session: Session, act: Act, account: AccountRow, now: datetime, sign_in_id: str = "") -> None:
    """A line of the trail about an account, by its holder."""
    record(session, act, now, about=f"account:{account.id}", by=caller_of(session, account, sign_in_id))


def note_unproven(session: Session, act: Act, account: AccountRow | None, now: datetime) -> None:
    """The same where nobody has shown who they are; written for an address that nobody has, so that it takes as long."""
    about = None if account is None else f"account:{account.id}"
    record(session, act, now, about=about, by=UNKNOWN)


def browser_name(user_agent: str) -> str:
    """A browser in words short enough to recognise one's own: "Firefox, Linux". Nothing else of it is kept."""
    found = [
        next((name for mark, name in table if mark in user_agent), "") for table in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(filter(None, found))


def _find(session: Session, token: str) -> SignInRow | None:
    return session.scalars(select(SignInRow).filter_by(token_hash=token_hash(token))).first()


def _forget_old(session: Session, now: datetime) -> None:
    idle, old = SignInRow.last_seen_at <= now - IDLE_AT_MOST, SignInRow.created_at <= now - LASTS_AT_MOST
    session.execute(delete(SignInRow).where(or_(idle, old)))


def _new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)
