"""A Matcher whose clock, broker, mail server and deaths are in a test's hand, for whole histories played by seed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, event
from sqlalchemy.orm import Session

from matcher.domain.errors import MailPermanentError, MailTemporaryError
from matcher.domain.ports import OutgoingMail
from matcher.services.memory import Memory
from matcher.services.upkeep import sweeping
from matcher.storage import outbox
from matcher.storage.engine import Database
from matcher.storage.tables import LetterRow
from matcher.workers.actors import Handler
from tests.builders import World, make_world
from tests.machine.questions import BEGUN, EVERYBODY, LIVE_OF

Mood = Literal["takes", "later", "never", "takes and is silent"]
SENT_ROUNDS = 200


class Crash(BaseException):
    """The process is gone: nothing after this line runs, as after a SIGKILL."""


@dataclass(frozen=True, slots=True)
class Handed:
    """One letter as the mail server took it, with what stood in the record at that moment."""

    letter_id: str
    kind: str
    reader: str
    person_id: str | None
    invitation_id: str | None
    at: datetime


@dataclass
class MoodyMailer:
    """A mail server that keeps what it is sent, in the mood a test chose for the next letter."""

    database: Database
    clock: Callable[[], datetime]
    look: Callable[[Handed], None]
    mood: Mood = "takes"
    handed: list[Handed] = field(default_factory=list)
    broken: list[Exception] = field(default_factory=list)

    def send(self, message: OutgoingMail) -> None:
        """Take it, or not."""
        mood, self.mood = self.mood, "takes"
        if mood == "later":
            raise MailTemporaryError("451")
        if mood == "never":
            raise MailPermanentError("550")
        with self.database.reading() as session:
            row = session.get_one(LetterRow, message.message_id.strip("<>").partition("@")[0])
            handed = Handed(row.id, row.kind, row.reader, row.person_id, row.invitation_id, self.clock())
        self.handed.append(handed)
        try:
            self.look(handed)
        except Exception as error:  # noqa: BLE001 - a worker would count it as its own failure; the promises raise it
            self.broken.append(error)
        if mood == "takes and is silent":
            raise MailTemporaryError("cut", ambiguous=True)

    def check(self) -> None:
        """Always there."""


class Deaths:
    """Kills the process at a chosen commit: before it, so that nothing of it happened, or right after."""

    def __init__(self, database: Database) -> None:
        self._left = 0
        self._after = False
        self.count = 0
        self.commits = 0
        self._watches = [
            (database._writing, "before_commit", lambda session: self._commits(session, after=False)),
            (database._writing, "after_commit", lambda session: self._commits(session, after=True)),
        ]
        for watch in self._watches:
            event.listen(*watch)

    @property
    def planned(self) -> bool:
        """Whether somebody is going to die."""
        return self._left > 0

    def end(self) -> None:
        """Watch no longer."""
        for watch in self._watches:
            event.remove(*watch)

    def plan(self, commits: int, *, after: bool) -> None:
        """Die at the commit of that number from now on, 1 being the next."""
        self._left, self._after = commits, after

    def forget(self) -> None:
        """Nobody dies any more."""
        self._left = 0

    def _commits(self, session: Session, *, after: bool) -> None:
        self.commits += after
        if not self._left or after != self._after or session.in_nested_transaction():
            return
        self._left -= 1
        if not self._left:
            self.count += 1
            raise Crash


@dataclass
class Play:
    """One world, and what was done in it that the record alone does not tell."""

    world: World
    mailer: MoodyMailer
    deaths: Deaths
    memory: Memory
    approved_by_hand: set[str] = field(default_factory=set)

    @contextmanager
    def act(self) -> Iterator[Session]:
        """One command in one transaction; a death in it ends the command as it would end the process."""
        try:
            with self.world.database.writing() as session:
                yield session
        except Crash:
            return

    def due(self) -> list[str]:
        """Ids of due events, oldest first."""
        with self.world.database.reading() as session:
            return list(outbox.due(session, self.world.clock(), 500))

    def handle(self, event_id: str) -> None:
        """One message reaches a worker, which may die of it."""
        try:
            self.world.handler.handle(event_id)
        except Crash:
            return

    def night(self, *, remembers: bool) -> None:
        """The night of a date begins, if it has not yet; the worker `remembers` what happened until now."""
        if remembers:
            self.memory.follow()
        with self.act() as session:
            sweeping.begin(session, self.world.clock())

    def settle(self) -> None:
        """Everything due has its turn, also what a dead worker left behind and what an unwilling mail server put off."""
        self.deaths.forget()
        self.mailer.mood = "takes"
        for _ in range(SENT_ROUNDS):
            due = self.due()
            for event_id in due:
                self.handle(event_id)
            if due:
                continue
            waits = self._forsaken_until()
            if waits is None:
                return
            self.world.clock.now = max(self.world.clock.now, waits) + timedelta(seconds=1)
        raise AssertionError("Events keep coming due.")

    def _forsaken_until(self) -> datetime | None:
        """When the first event that was begun and not ended, or failed in passing, comes due again."""
        with self.looking() as connection:
            begun = connection.execute(BEGUN).all()
        return min((row.lease_until or row.available_at for row in begun), default=None)

    @contextmanager
    def looking(self) -> Iterator[Connection]:
        """A connection for plain questions: put together once, they cost a fifth of what the same cost a session."""
        with self.world.database.engine.connect().execution_options(reading=True) as connection:
            yield connection

    def people(self) -> list[str]:
        """Ids of everybody, oldest first."""
        with self.looking() as connection:
            return list(connection.scalars(EVERYBODY))

    def live(self, person_id: str) -> str | None:
        """The id of their live invitation."""
        with self.looking() as connection:
            return connection.scalars(LIVE_OF, {"person_id": person_id}).first()


def begin_play(database: Database, folder: Path, look: Callable[[Handed], None]) -> Play:
    """A world over what stands in the database."""
    database.nudge = lambda _event_ids: None
    world = make_world(folder, database=database)
    mailer = MoodyMailer(database, world.clock, look)
    memory = Memory(database, world.clock)
    memory.build()
    world.outside = replace(world.outside, mailer=mailer, memory=memory)
    world.handler = Handler(world.outside)
    return Play(world, mailer, Deaths(database), memory)


class Beginning:
    """The file of an SQLite database at one point, to begin from again and again."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._path = Path(str(database.url.database))
        self._kept = folder / "beginning.db"

    def keep(self) -> None:
        """Remember how everything stands."""
        self._database.close()
        shutil.copy(self._path, self._kept)

    def bring_back(self) -> None:
        """Forget whatever happened since."""
        self._database.close()
        for leftover in self._path.parent.glob(f"{self._path.name}-*"):
            leftover.unlink()
        shutil.copy(self._kept, self._path)
