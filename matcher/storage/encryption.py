"""Contact and notes are unreadable at rest; keys rotate without a rewrite (CARE 22)."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from contextlib import suppress
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Dialect, Text
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeDecorator

from matcher.domain.errors import MatcherError

TOKEN_BYTES = 24  # 192 bits, above the 128 that CARE 25 asks for


class UnreadableSecret(MatcherError):
    """A stored secret fits none of the configured keys."""


class Keyring:
    """The secret keys, newest first: the newest encrypts and signs, each of them still reads."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        self._raw = tuple(key.encode() for key in keys)
        self._newest = Fernet(self._raw[0])
        self._fernet = MultiFernet([Fernet(key) for key in self._raw])

    def seal(self, text: str) -> str:
        """Encrypt with the newest key."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """Decrypt with whichever key fits; UnreadableSecret when none does."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise UnreadableSecret("A stored secret fits none of MATCHER_SECRET_KEYS.") from None

    def rotate(self, sealed: str) -> str:
        """The same secret under the newest key; unchanged where it is already. UnreadableSecret when no key fits."""
        with suppress(InvalidToken):
            self._newest.decrypt(sealed.encode())
            return sealed
        try:
            return self._fernet.rotate(sealed.encode()).decode()
        except InvalidToken:
            raise UnreadableSecret("A stored secret fits none of MATCHER_SECRET_KEYS.") from None

    def tokens(self, purpose: str, subject: str) -> list[str]:
        """The link token for a subject under each key, newest first.

        Derived, never stored: a retry after a failure writes the same link again, and a stolen database holds only
        hashes of them.
        """
        return [_token(key, purpose, subject) for key in self._raw]

    def fingerprint(self, text: str) -> str:
        """A keyed hash: equal texts compare equal, and it says nothing to somebody without the key."""
        return self.fingerprints(text)[0]

    def fingerprints(self, text: str) -> list[str]:
        """The same under each key, newest first: to find again what an earlier key hashed."""
        return [_keyed(key, "fingerprint", text) for key in self._raw]

    def derived(self, purpose: str) -> list[str]:
        """A secret of its own for another use (signed cookies), under each key, newest first: no key serves two."""
        return [_keyed(key, "derived", purpose) for key in self._raw]


def _keyed(key: bytes, use: str, text: str) -> str:
    return hmac.new(key, f"{use}\0{text}".encode(), hashlib.sha256).hexdigest()


def _token(key: bytes, purpose: str, subject: str) -> str:
    mac = hmac.new(key, f"token\0{purpose}\0{subject}".encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(mac[:TOKEN_BYTES]).decode()


def token_hash(token: str) -> str:
    """What is stored of a token or key: it has enough random bits for a plain SHA-256."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


class SealedJson(TypeDecorator[Any]):
    """A JSON value kept encrypted. The keyring travels with the engine's dialect, so there is no global."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Encrypt on the way in."""
        return (
            None if value is None else _dialects_keyring(dialect).seal(json.dumps(value, ensure_ascii=False))
        )

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Decrypt on the way out."""
        return None if value is None else json.loads(_dialects_keyring(dialect).open(value))


def equip(dialect: Dialect, keyring: Keyring) -> None:
    """Let sealed columns of this dialect's engine use the keyring."""
    dialect.matcher_keyring = keyring  # type: ignore[attr-defined]


def keyring_of(session: Session) -> Keyring:
    """The keyring of the database a session works on."""
    return _dialects_keyring(session.get_bind().dialect)


def _dialects_keyring(dialect: Dialect) -> Keyring:
    keyring: Keyring = dialect.matcher_keyring  # type: ignore[attr-defined]
    return keyring
