"""Runs one event: take the lease, react, mark done; every other end leaves the event where the relay finds it again."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

import structlog
from dramatiq.middleware import Interrupt
from sqlalchemy.exc import DBAPIError

from matcher.domain.errors import NotYet, TemporarilyUnavailable, kind_and_place
from matcher.domain.events import Event
from matcher.services.audit import auditing
from matcher.services.memory import equip
from matcher.services.outside import Outside
from matcher.storage import outbox
from matcher.storage.engine import is_passing
from matcher.storage.tables import new_id
from matcher.workers.subscriptions import SUBSCRIPTIONS

HEARTBEAT_SECONDS: Final = 5.0  # three within one lease of 20 s, and one to spare
TIME_LIMIT_SECONDS: Final = 60.0  # judgement, 2026-11: no reaction takes a tenth of it
RETRY_SOON: Final = timedelta(seconds=1)

log = structlog.get_logger()


class Handler:
    """What a worker does with an event id. One for a process; threads share it."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._leases: dict[str, float] = {}
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._heart: threading.Thread | None = None

    def start(self) -> None:
        """Begin to renew the leases of what is being worked on."""
        self._heart = threading.Thread(target=self._beat, name="leases", daemon=True)
        self._heart.start()

    def stop(self) -> None:
        """Stop renewing."""
        self._stopped.set()
        if self._heart is not None:
            self._heart.join()

    def handle(self, event_id: str) -> None:
        """React to one event, if it is due and nobody holds it. Never raises for what the event itself did."""
        auditing.begin_request(event_id)
        lease = new_id()
        event = self._begin(event_id, lease)
        if event is None:
            return
        with self._held(lease), structlog.contextvars.bound_contextvars(**{outbox.ORIGIN: event_id}):
            try:
                self._react(event, lease)
            except NotYet as wait:
                self._postpone(event_id, lease, wait)
            except (Exception, Interrupt) as error:  # noqa: BLE001 - whatever it was, it is kept or counted
                self._after_error(event_id, lease, error)

    def _begin(self, event_id: str, lease: str) -> Event | None:
        try:
            with self._outside.database.writing() as session:
                return outbox.begin(session, event_id, self._outside.clock(), lease)
        except DBAPIError as error:
            # It may have been begun all the same, and nobody is to wait for the end of that lease.
            if is_passing(error):
                self._postpone(event_id, lease, NotYet(self._outside.clock(), kind_and_place(error)))
            raise

    def _after_error(self, event_id: str, lease: str, error: BaseException) -> None:
        """What passes by itself (the database was busy or away) is tried again soon; anything else counts."""
        now = self._outside.clock()
        passing = isinstance(error, TemporarilyUnavailable) or (
            isinstance(error, DBAPIError) and is_passing(error)
        )
        if passing:
            self._postpone(event_id, lease, NotYet(now + RETRY_SOON, kind_and_place(error), failed=True))
            return
        log.error("event.failed", event_id=event_id, error=kind_and_place(error))
        with self._outside.database.writing() as session:
            outbox.give_up(session, event_id, lease, kind_and_place(error), now)

    def _react(self, event: Event, lease: str) -> None:
        outside, event_id = self._outside, event.id
        if origin := event.payload.get(
            outbox.ORIGIN
        ):  # one id leads from a request through its events to a letter
            structlog.contextvars.bind_contextvars(**{outbox.ORIGIN: origin})
        reaction = SUBSCRIPTIONS[event.type]
        if reaction.talk is not None:
            reaction.talk(outside, event)
        with outside.database.writing() as session:
            locked = outbox.lock(session, event_id, lease)
            if locked is None:
                return  # it was done, or taken over, while this thread slept
            now = outside.clock()
            equip(session, outside.memory)
            if reaction.inside is not None:
                reaction.inside(session, locked, now)
            outbox.finish(session, event_id, now)
        if reaction.after is not None:
            reaction.after(outside, locked)
        log.info("event.done", event_id=event_id, type=event.type, aggregate=event.aggregate)

    def _postpone(self, event_id: str, lease: str, wait: NotYet) -> None:
        reason = str(wait) if wait.failed else None
        log.info("event.postponed", event_id=event_id, until=wait.until.isoformat(), reason=reason)
        ends = time.monotonic() + outbox.LEASE.total_seconds()
        while True:
            try:
                with self._outside.database.writing() as session:
                    outbox.postpone(session, event_id, lease, wait.until, reason)
                return
            except DBAPIError as error:  # away still: held on to, it would wait for the end of its lease
                if not is_passing(error) or time.monotonic() > ends:
                    raise
            time.sleep(RETRY_SOON.total_seconds())

    @contextmanager
    def _held(self, lease: str) -> Iterator[None]:
        with self._lock:
            self._leases[lease] = 0.0
        try:
            yield
        finally:
            with self._lock:
                self._leases.pop(lease, None)

    def _beat(self) -> None:
        while not self._stopped.wait(HEARTBEAT_SECONDS):
            with self._lock:
                for lease in self._leases:
                    self._leases[lease] += HEARTBEAT_SECONDS
                # A thread that hangs for good must not hold its event for good.
                held = [lease for lease, seconds in self._leases.items() if seconds <= TIME_LIMIT_SECONDS]
            if held:
                try:
                    with self._outside.database.writing() as session:
                        outbox.renew(session, held, self._outside.clock())
                except Exception as error:  # noqa: BLE001 - whatever it was, the next beat may renew them
                    log.warning("leases.not_renewed", error=kind_and_place(error))
