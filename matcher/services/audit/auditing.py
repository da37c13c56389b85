"""The audit trail: who did or read what, written in the transaction of the act (CARE 23).

Who acts is known at the door (a key, a sign-in, the command line, an event) and needed far inside, where the act takes
effect. It is kept beside the call (`acting`), so that a service records an act in one line, whoever came in by which door.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

import structlog
from sqlalchemy.orm import Session

from matcher.domain.audit import SUBJECTS, Act
from matcher.storage.engine import Database
from matcher.storage.tables import AuditEntryRow, new_id


class Actor(Protocol):
    """Who acts: a caller of the API or the pages, or one of those below. `key_id`: by which key or sign-in."""

    @property
    def role(self) -> str:
        """In which role."""
        ...

    @property
    def id(self) -> str:
        """Who in that role; empty where that is nobody in particular."""
        ...

    @property
    def key_id(self) -> str:
        """By which key or sign-in; empty where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Somebody:
    """An actor who is no caller."""

    role: str
    id: str = ""
    key_id: str = ""


SYSTEM: Final = Somebody("system")
"""Matcher itself: what follows from an event, or from the clock."""
OPERATOR: Final = Somebody("operator")
"""Whoever may use the command line."""
UNKNOWN: Final = Somebody("unknown")
"""Somebody who has not signed in."""

_acting: Final[ContextVar[Actor]] = ContextVar("acting", default=SYSTEM)
_request_id: Final[ContextVar[str]] = ContextVar("request_id", default="")


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Whatever is done inside is done by `actor`."""
    before = _acting.set(actor)
    try:
        yield
    finally:
        _acting.reset(before)


def begin_request(request_id: str | None = None) -> str:
    """From here on this thread answers another request, or reacts to another event; the log says so as well."""
    made = request_id or new_id()
    _request_id.set(made)
    structlog.contextvars.bind_contextvars(request_id=made)
    return made


def record(
    session: Session,
    act: Act,
    now: datetime,
    *,
    about: str | None = None,
    person_id: str | None = None,
    by: Actor | None = None,
) -> None:
    """Write one line of the trail into the caller's transaction. `about`: `kind:ID` of SUBJECTS, or a list's name (CARE 22)."""
    kind, parted, _ = (about or "").partition(":")
    if parted and kind not in SUBJECTS:
        raise ValueError(f"The trail knows no {kind!r}; whoever looks for it would not find it.")
    actor = by or _acting.get()
    if person_id is None and about is not None and about.startswith("person:"):
        person_id = about.removeprefix("person:")
    session.add(
        AuditEntryRow(
            id=new_id(), at=now, actor_role=actor.role, actor_id=actor.id or None, key_id=actor.key_id or None,
            act=act, about=about, person_id=person_id, request_id=_request_id.get() or new_id(),
        )
    )  # fmt: skip


def note_reading(
    database: Database,
    act: Act,
    now: datetime,
    *,
    about: str,
    person_id: str | None = None,
    by: Actor | None = None,
) -> None:
    """Who read what, committed before it is shown: no line of the trail, no page. One line a page, however long its lists.

    The one thing a GET ever writes. CARE 9 is about what a GET does to somebody: to them it still does nothing.
    """
    with database.writing() as session:
        record(session, act, now, about=about, person_id=person_id, by=by)
