"""Passwords: argon2id, one rule for a new one, and the same work whether or not there is anybody to check."""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from matcher.domain.errors import InvalidInput

# 19 MiB, two passes, one lane: the first choice of OWASP's Password Storage Cheat Sheet (2026-11). Eight at once, as
# many as a process has web threads, still fit on a small machine.
MEMORY_KIB: Final = 19456
PASSES: Final = 2
LANES: Final = 1

LENGTH_MIN: Final = 12  # characters; NIST SP 800-63B asks for 8 beside a second step (judgement, 2026-11)
LENGTH_MAX: Final = 200  # characters; a sentence fits, and hashing stays cheap (judgement, 2026-11)
DIFFERENT_MIN: Final = 6  # different characters: refuses 111111111111 and its like (judgement, 2026-11)


def hashed(password: str) -> str:
    """The argon2id hash of a password, with its salt and its cost."""
    return _hasher().hash(_normal(password))


def fits(password: str, password_hash: str | None) -> bool:
    """Whether a password is the one hashed. None, for nobody, is never right and takes as long."""
    nobodys = _nobodys()
    try:
        _hasher().verify(password_hash or nobodys, _normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def is_dated(password_hash: str) -> bool:
    """Whether a hash was made at another cost than today's."""
    return _hasher().check_needs_rehash(password_hash)


def check_new(password: str, email: str) -> None:
    """Raise InvalidInput at `/password` for one that is short or easily guessed. No rule of signs and capitals."""
    text = _normal(password)
    plain = text.casefold()
    local_part = email.casefold().partition("@")[0]
    guessable = len(set(text)) < DIFFERENT_MIN or plain in (email.casefold(), local_part)
    if not LENGTH_MIN <= len(text) <= LENGTH_MAX or guessable:
        raise InvalidInput.at(
            "/password",
            f"Take {LENGTH_MIN} to {LENGTH_MAX} characters, not all alike and not the mail address; "
            "a few words in a row are easy to remember.",
        )


def _normal(password: str) -> str:
    """The same password from every keyboard (NIST SP 800-63B: NFKC). What is too long stays too long, and no longer."""
    return unicodedata.normalize("NFKC", password)[: LENGTH_MAX + 1]


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES, type=Type.ID)


@cache
def _nobodys() -> str:
    """A hash that nothing fits, at today's cost."""
    return _hasher().hash(secrets.token_urlsafe())
