"""The second step of signing in: six digits from an authenticator app (RFC 6238), or a recovery code, each taken once."""

from __future__ import annotations

import secrets
import unicodedata
from base64 import b32encode, urlsafe_b64decode
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Final

import pyotp
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from matcher.storage.encryption import keyring_of, token_hash
from matcher.storage.engine import changed
from matcher.storage.tables import AccountRow, RecoveryCodeRow

ISSUER: Final = "Matcher"
STEP_SECONDS: Final = 30  # RFC 6238, §5.2; what authenticator apps expect
DIGITS: Final = 6
DRIFT_STEPS: Final = 1  # one step each way for slow hands and clocks (RFC 6238, §5.2)
SECRET_BYTES: Final = 20  # 160 bits (RFC 4226, §4)
RECOVERY_CODES: Final = 10  # judgement, 2026-11
RECOVERY_BYTES: Final = 10  # 80 bits: out of reach of guessing, even with the hashes at hand
RECOVERY_LENGTH: Final = 16  # characters in base 32
RECOVERY_GROUP: Final = 4  # characters written together


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A secret to bring into an app: `uri` for a camera, `secret` (base 32) for typing."""

    secret: str
    uri: str


def enrolment(session: Session, subject: str, name: str = ISSUER) -> Enrolment:
    """The secret that a page offers for `subject`: derived, so that showing it twice changes nothing (CARE 9).

    `name` is what the app calls it; the page of a link gives none, so that it tells nobody whose it is (CARE 25).
    """
    token = keyring_of(session).tokens("totp", subject)[0]
    secret = b32encode(urlsafe_b64decode(token)[:SECRET_BYTES]).decode()
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER))


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The 30-second step whose code this is, among those of about now; None when it is no such code."""
    typed = _typed(code)
    if len(typed) != DIGITS or not typed.isascii():
        return None
    current = int(now.timestamp()) // STEP_SECONDS
    app = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS)
    for step in range(current - DRIFT_STEPS, current + DRIFT_STEPS + 1):
        if compare_digest(app.generate_otp(step), typed):
            return step
    return None


def take(session: Session, account: AccountRow, code: str, now: datetime) -> bool:
    """Whether a code is right, and then use it up: neither an app's code nor a recovery code is taken twice."""
    if account.totp_secret is None:
        return False
    step = step_of(account.totp_secret, code, now)
    if step is not None:
        later = AccountRow.totp_step < step
        taken = update(AccountRow).where(AccountRow.id == account.id, later).values(totp_step=step)
        return changed(session.execute(taken)) > 0
    used = delete(RecoveryCodeRow).filter_by(account_id=account.id, code_hash=token_hash(_typed(code)))
    return changed(session.execute(used)) > 0


def new_recovery_codes(session: Session, account_id: str) -> list[str]:
    """Codes for a day without the app, in place of all earlier ones: the only time they can be seen."""
    session.execute(delete(RecoveryCodeRow).filter_by(account_id=account_id))
    codes = [b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode().lower() for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCodeRow(account_id=account_id, code_hash=token_hash(code)) for code in codes)
    session.flush()
    starts = range(0, RECOVERY_LENGTH, RECOVERY_GROUP)
    return ["-".join(code[start : start + RECOVERY_GROUP] for start in starts) for code in codes]


def recovery_codes_left(session: Session, account_id: str) -> int:
    """How many recovery codes are still unused."""
    query = select(func.count()).select_from(RecoveryCodeRow).filter_by(account_id=account_id)
    return session.scalar(query) or 0


def _typed(code: str) -> str:
    """A code as people type it, full-width digits and gaps included."""
    text = unicodedata.normalize("NFKC", code[:100]).lower()
    return "".join(character for character in text if character.isalnum())
