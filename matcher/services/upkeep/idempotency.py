"""The same command sent again gets the same answer and has one effect (ARCHITECTURE §4).

The claim is the first statement of the effect's own transaction: a second one in flight waits on the first one's row
(the database's own lock time-out ends the wait), and a crash before the commit leaves nothing behind.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete
from sqlalchemy.orm import Session

from matcher.domain.errors import FieldProblem, InvalidInput
from matcher.storage.encryption import Keyring, token_hash
from matcher.storage.locking import was_added
from matcher.storage.tables import IdempotencyRow

KEPT_FOR: Final = timedelta(hours=24)
MAX_KEY_LENGTH: Final = 200


@dataclass(frozen=True, slots=True)
class Command:
    """One keyed command: who sent it, on which route, and a keyed hash of its body."""

    caller: str
    route: str
    key_hash: str
    body_hash: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What an earlier try of the same command was answered; `secret` only where something was shown once."""

    status: int
    resource_id: str | None
    secret: str | None


def command(keyring: Keyring, *, caller: str, route: str, key: str, body: bytes) -> Command:
    """Describe a keyed command. Raises InvalidInput for a key that is empty or too long."""
    if not 1 <= len(key) <= MAX_KEY_LENGTH:
        problem = FieldProblem("", f"Idempotency-Key must have 1 to {MAX_KEY_LENGTH} characters.")
        raise InvalidInput([problem], problem.detail)
    return Command(caller, route, token_hash(key), keyring.fingerprint(body.decode("latin-1")))


def earlier(session: Session, sent: Command, now: datetime) -> Answered | None:
    """The answer given before, or None. Raises InvalidInput when the body differs from the one seen before."""
    row = session.get(IdempotencyRow, (sent.caller, sent.route, sent.key_hash))
    if row is None or row.created_at <= now - KEPT_FOR:
        return None
    if row.body_hash != sent.body_hash:
        detail = "This Idempotency-Key was used with another body; take a new key for a new command."
        raise InvalidInput([FieldProblem("", detail)], detail)
    return Answered(row.status, row.resource_id, row.secret)


def claim(session: Session, sent: Command, now: datetime) -> bool:
    """Claim the command inside the effect's transaction; False when another try has committed it meanwhile."""
    session.execute(
        delete(IdempotencyRow).where(
            IdempotencyRow.caller == sent.caller,
            IdempotencyRow.route == sent.route,
            IdempotencyRow.key_hash == sent.key_hash,
            IdempotencyRow.created_at <= now - KEPT_FOR,
        )
    )
    row = IdempotencyRow(
        caller=sent.caller, route=sent.route, key_hash=sent.key_hash, body_hash=sent.body_hash, created_at=now
    )
    return was_added(session, row)


def remember(
    session: Session, sent: Command, status: int, resource_id: str | None, secret: Any = None
) -> None:
    """Keep what the command was answered, in the effect's transaction."""
    row = session.get_one(IdempotencyRow, (sent.caller, sent.route, sent.key_hash))
    row.status, row.resource_id, row.secret = status, resource_id, secret


def forget_old(session: Session, now: datetime) -> None:
    """Erase answers past their keep."""
    session.execute(delete(IdempotencyRow).where(IdempotencyRow.created_at <= now - KEPT_FOR))
