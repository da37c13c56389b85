"""One tree of errors under `MatcherError`, so that each caller can say plainly what happened and what would be right."""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

_OURS: Final = Path(__file__).parents[1]


class MatcherError(Exception):
    """Anything Matcher refuses or cannot do; `str()` is one plain sentence for the one who asked."""


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One field that is wrong: a JSON pointer (RFC 6901) and what would be right."""

    pointer: str
    detail: str


class InvalidInput(MatcherError):
    """Fields are wrong; nothing was saved."""

    def __init__(
        self, problems: Iterable[FieldProblem], detail: str = "Some fields need another value."
    ) -> None:
        self.problems = tuple(problems)
        super().__init__(detail)

    @classmethod
    def at(cls, pointer: str, detail: str) -> InvalidInput:
        """One problem at one place."""
        return cls([FieldProblem(pointer, detail)])


class NotSignedIn(MatcherError):
    """No key, or one that is wrong, expired or revoked."""


class NotAllowed(MatcherError):
    """Known, but not in this role."""


class FreshCodeNeeded(NotAllowed):
    """Signed in and in the right role, but the second step was too long ago for this."""


class TooManyTries(MatcherError):
    """Tried too often in a row; the next try is looked at from `until` on."""

    def __init__(self, until: datetime) -> None:
        self.until = until
        super().__init__("That was several tries in a row. Wait a little, then try once more.")


class NotFound(MatcherError):
    """There is no such thing, or it is not the caller's: both read the same."""


class Conflict(MatcherError):
    """What was asked does not fit the state things are in.

    `code` is one word for programs; `from_at` is the moment from which it becomes possible, where one is known.
    """

    def __init__(self, detail: str, *, code: str = "state", from_at: datetime | None = None) -> None:
        self.code = code
        self.from_at = from_at
        super().__init__(detail)


class VersionMismatch(MatcherError):
    """`If-Match` names another version than the one stored."""


class TemporarilyUnavailable(MatcherError):
    """Something needed is out of reach for now; trying again later is right."""


class NotYet(MatcherError):
    """A reaction has to wait until `until`. `failed` tells a failure that will be tried again from a planned wait."""

    def __init__(self, until: datetime, reason: str, *, failed: bool = False) -> None:
        self.until = until
        self.failed = failed
        super().__init__(reason)


class AddressNotFound(MatcherError):
    """No coordinates could be found for an address; giving latitude and longitude is the way on."""


class GeocoderUnavailable(TemporarilyUnavailable):
    """The geocoding service did not answer in time or refused."""


class MailTemporaryError(TemporarilyUnavailable):
    """The message may be accepted later (SMTP 4xx, refused connection, time-out)."""

    def __init__(self, detail: str, *, ambiguous: bool = False, ours: bool = False) -> None:
        self.ambiguous = ambiguous  # True: it may have been accepted all the same (cut after DATA)
        self.ours = ours  # True: nobody else's server is bothered by trying again soon
        super().__init__(detail)


class MailPermanentError(MatcherError):
    """The message will never be accepted at this address (SMTP 5xx)."""


class SettingError(MatcherError):
    """A setting is wrong; the start is stopped with this one line."""


def kind_and_place(error: BaseException) -> str:
    """What kind of error, and the last line of ours it came through: its words may hold personal data (CARE 22).

    >>> kind_and_place(ValueError("haru@example.org"))
    'ValueError'
    """
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_OURS)] or frames
    at = f" at {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
    return f"{type(error).__name__}{at}"
