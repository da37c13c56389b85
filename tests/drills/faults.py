"""What goes wrong inside a worker: killed, stopped or poisoned at the very moment a drill chose, by a file it left.

The worker runs the real `matcher worker`; only the moments are watched here.
"""

from __future__ import annotations

import os
import resource
import signal
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import event
from sqlalchemy.orm import Session

from matcher.domain.events import Event
from matcher.mail.smtp import SmtpMailer
from matcher.storage import outbox
from matcher.workers import actors

Moment = Literal["before-effect", "before-commit", "after-commit", "after-send"]
_CURRENT = threading.local()
MEMORY_BYTES = 3 * 2**30  # of addresses; a worker at work has about 1.5


def ask(folder: Path, moment: Moment, how: signal.Signals) -> None:
    """Let the next worker that comes to a moment send itself a signal."""
    prepared = folder / f".{moment}"
    prepared.write_text(how.name)
    prepared.rename(folder / moment)  # whole or not at all


def poison(folder: Path, event_id: str, how: str) -> None:
    """Let every execution of an event `raise`, `kill` its worker, `hang`, `eat` memory, or `wait` for another word."""
    prepared = folder / f".poison-{event_id}"
    prepared.write_text(how)
    prepared.rename(folder / f"poison-{event_id}")


def heal(folder: Path, event_id: str) -> None:
    """From now on the event is like any other."""
    (folder / f"poison-{event_id}").unlink()


def arm() -> None:
    """Watch the moments of this process."""
    folder = Path(os.environ["DRILL_FAULTS"])
    if limit := os.environ.get("DRILL_TIME_LIMIT"):
        actors.TIME_LIMIT_SECONDS = float(limit)  # type: ignore[misc]
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    _watch_reactions(folder)
    _watch_commits(folder)
    _watch_mail(folder)


def _reached(folder: Path, moment: Moment, event_id: str) -> None:
    """Take the order that lies there for this moment; an event is hit once, so that each fault is a single one."""
    if not (folder / moment).exists() or (folder / f"hit-{event_id}").exists():
        return
    mine = folder / f".{moment}-{os.getpid()}-{time.monotonic_ns()}"
    try:
        (folder / moment).rename(mine)  # of several that come to the moment, one takes it
    except FileNotFoundError:
        return
    (folder / f"hit-{event_id}").touch()
    how = signal.Signals[mine.read_text()]
    mine.unlink()
    os.kill(os.getpid(), how)


def _watch_reactions(folder: Path) -> None:
    react = actors.Handler._react

    def watched(self: actors.Handler, begun: Event, lease: str) -> None:
        _CURRENT.event_id = begun.id
        _reached(folder, "before-effect", begun.id)
        poisoned = folder / f"poison-{begun.id}"
        if poisoned.exists():
            _suffer(poisoned)
        react(self, begun, lease)

    actors.Handler._react = watched  # type: ignore[method-assign]


def _suffer(poisoned: Path) -> None:
    while (how := poisoned.read_text()) == "wait":
        time.sleep(0.02)
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    while how == "hang":
        time.sleep(0.2)
    eaten = []
    while how == "eat":
        eaten.append(bytearray(64 * 2**20))
    raise RuntimeError("poisoned")


def _watch_commits(folder: Path) -> None:
    finish = outbox.finish

    def finishing(session: Session, event_id: str, now: datetime) -> None:
        finish(session, event_id, now)
        session.info["finishing"] = event_id

    outbox.finish = finishing

    def at(moment: Moment) -> Callable[[Session], None]:
        def commits(session: Session) -> None:
            if event_id := session.info.get("finishing"):
                _reached(folder, moment, event_id)

        return commits

    event.listen(Session, "before_commit", at("before-commit"))
    event.listen(Session, "after_commit", at("after-commit"))


def _watch_mail(folder: Path) -> None:
    send = SmtpMailer.send

    def sending(self: SmtpMailer, message: Any) -> None:
        send(self, message)
        _reached(folder, "after-send", _CURRENT.event_id)

    SmtpMailer.send = sending  # type: ignore[method-assign]
