"""Everybody and everything published in the memory of one process: fast to ask, never trusted.

What it answers is a shortlist. The rules judge each of it again from the database, in the transaction that stores
anything. Until it is built, and in processes that keep none, the database answers alone.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from matcher.domain.contact_policy import NOTICE_BEFORE_SESSION
from matcher.domain.ports import Clock
from matcher.scoring.columns.everybody import Everybody, Option
from matcher.storage.engine import Database
from matcher.storage.listing_columns import known_listings, put_listing, read_listings
from matcher.storage.opportunities import published_ids
from matcher.storage.outbox import done_since, lately, payloads
from matcher.storage.people_columns import KnownPerson, known_from, known_people, put_person, read_people
from matcher.storage.progress import Progress
from matcher.storage.tables import PersonRow

LATE: Final = timedelta(seconds=90)  # no reaction may take longer from its clock to its commit
MEMORY: Final = "memory"
FOLLOWED_WITHIN: Final = timedelta(minutes=1)  # judgement, 2026-11: it looks once a second
OVERLAP: Final = timedelta(seconds=2)  # judgement, 2026-11: most reactions take far less
RENEWED_AT_ONCE: Final = 200  # judgement, 2026-11: few questions, and rows of a few MB at a time


class Shortlist(NamedTuple):
    """Ids, the best first. `whole`: nobody else could be among the best."""

    ids: Sequence[str]
    whole: bool


class Memory:
    """One for a process; threads share it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.RLock()
        self._everybody: Everybody | None = None
        self._followed: dict[str, datetime] = {}
        self._since = self._looked = clock()
        self._building = False
        self._failed: str | None = None
        self._done, self._total = 0, 0

    @property
    def ready(self) -> bool:
        """Whether it can be asked."""
        return self._everybody is not None

    @property
    def being_built(self) -> bool:
        """Whether it can be asked soon: nobody waits for one that could not be built."""
        return self._building and not self.ready and self._failed is None

    def said(self) -> str | None:
        """How far it is, in words for operators; None where this process keeps none."""
        if self._failed is not None:
            return f"it fails ({self._failed}) and is tried again"
        if self.ready:
            behind = self._clock() - self._looked
            return "ok" if behind <= FOLLOWED_WITHIN else f"not followed for {behind.total_seconds():.0f} s"
        if not self._building:
            return None
        share = f"{self._done / self._total:.0%}" if self._total else "0%"
        return f"being built ({share}); meanwhile the database answers"

    def failed(self, error: Exception) -> None:
        """It could be neither built nor followed: said until that succeeds again. What it knows it is still asked for."""
        self._failed = type(error).__name__

    def build(self, progress: Progress | None = None) -> None:
        """Read everybody and everything published, then what changed meanwhile. Safe to repeat."""

        def hear(done: int, total: int) -> None:
            self._done, self._total = done, total
            if progress is not None:
                progress(done, total)

        self._building, self._failed = True, None
        now = self._clock()
        made = Everybody()
        with self._database.reading() as session:
            made.people = read_people(session, made.words, now, hear)
            made.listings = read_listings(session, made.words, now, progress)
        made.warm(now)
        with self._lock:
            self._everybody, self._followed, self._since = made, {}, now - LATE
        self.follow()

    def follow(self) -> int:
        """Write down anew whoever, and whatever, an event ended about since the last look; returns how many events."""
        now = self._clock()
        with self._database.reading() as session:
            done = done_since(session, self._since)
            fresh = {one: at for one, at in done.items() if one not in self._followed}
            self._renew(session, payloads(session, list(fresh)) if fresh else [], now)
        self._followed |= fresh
        self._looked, self._failed = now, None
        self._since = max(self._since, now - LATE)
        self._followed = {one: at for one, at in self._followed.items() if at >= self._since}
        with self._lock:
            everybody = self._everybody
            if everybody is not None:
                for columns in (everybody.people, everybody.listings):
                    if columns.table.is_untidy:
                        columns.settle()
        return len(fresh)

    def people_for(self, session: Session, opportunity_id: str, now: datetime, most: int) -> Shortlist | None:
        """The people whom one opportunity suits best, as it stands in this transaction; None while there is no memory."""
        if self._everybody is None:
            return None
        self._renew_listings(session, [opportunity_id], now)
        with self._lock:
            if self._everybody.listings.table.row(opportunity_id) is None:
                return Shortlist([], whole=True)
            found = self._everybody.best_people(opportunity_id, now, most, NOTICE_BEFORE_SESSION)
        return _shortlist(found, most)

    def listings_for(self, session: Session, person: PersonRow, now: datetime, most: int) -> Shortlist | None:
        """The opportunities that suit one person best, whose row is locked; None while there is no memory."""
        if self._everybody is None:
            return None
        self._put_people(known_from(session, [person]), now)
        found = self.lists_for([person.id], now, most)
        return _shortlist(found.get(person.id, []), most)

    def lists_for(self, person_ids: Iterable[str], now: datetime, most: int) -> dict[str, list[Option]]:
        """The opportunities that suit each of these people best, by the ids of those it knows."""
        if self._everybody is None:
            return {}
        with self._lock:
            return self._everybody.lists(person_ids, now, most, NOTICE_BEFORE_SESSION)

    def unheard(self, session: Session, name: str, now: datetime) -> set[str]:
        """Ids under this name in events that came since it last looked: whoever handles one of them may not know what is
        being handled here, so here they are judged too. Otherwise the two would not find each other until the night.
        """
        came = lately(session, self._looked - OVERLAP, now)
        return {
            str(one[name])
            for event_id, one in came.items()
            if one.get(name) and event_id not in self._followed
        }

    def _renew(self, session: Session, about: Iterable[dict[str, object]], now: datetime) -> None:
        """Whoever and whatever some events were about, each once however many there were, as they stand in the database."""
        people, listings, organisations = (
            {str(one[name]) for one in about if one.get(name)}
            for name in ("person_id", "opportunity_id", "organisation_id")
        )
        for one in organisations:
            listings |= set(published_ids(session, one))
        for some in _portions(people):
            self._put_people(known_people(session, some), now)
            session.expunge_all()
        for some in _portions(listings):
            self._renew_listings(session, some, now)
            session.expunge_all()

    def _put_people(self, known: dict[str, KnownPerson | None], now: datetime) -> None:
        with self._lock:
            if self._everybody is not None:
                for person_id, one in known.items():
                    put_person(self._everybody.people, person_id, one, now)

    def _renew_listings(self, session: Session, opportunity_ids: Sequence[str], now: datetime) -> None:
        known = known_listings(session, opportunity_ids, now)
        with self._lock:
            if self._everybody is not None:
                for opportunity_id, one in known.items():
                    put_listing(self._everybody.listings, opportunity_id, one, now)


def _portions(ids: Collection[str]) -> Iterator[list[str]]:
    rest = iter(sorted(ids))
    while some := list(islice(rest, RENEWED_AT_ONCE)):
        yield some


def equip(session: Session, memory: Memory | None) -> None:
    """Let what happens in this session ask the memory of its process."""
    session.info[MEMORY] = memory


def memory_of(session: Session) -> Memory | None:
    """The memory that may be asked in this session, None where the database answers alone."""
    found: Memory | None = session.info.get(MEMORY)
    return found


def _shortlist(found: Sequence[Option], most: int) -> Shortlist:
    """Never whole: a posting and a person that came in the same moment, each handled by a worker that has not followed the
    other yet, would both be told that there is nobody else, and never find each other."""
    return Shortlist([one.id for one in found][:most], whole=False)
