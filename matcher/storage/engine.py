"""One door to the database: the same code on SQLite and PostgreSQL, writers serialised where SQLite needs it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, CursorResult, Engine, create_engine, event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from matcher.storage.encryption import Keyring, equip
from matcher.storage.turns import Turns

BUSY_TIMEOUT_SECONDS = 5.0  # as long as a second request waits for the first (ARCHITECTURE §4)
# What a process that was stopped in the middle of a transaction holds is free again after this long: as soon as its lease.
IDLE_IN_TRANSACTION_SECONDS = 20.0
TURN_SECONDS = (
    20.0  # judgement, 2026-11: longer than any queue of one process, shorter than a reader's patience
)
POOL_SIZE = 10  # judgement, 2026-11: worker threads + web threads of one process
POOL_TIMEOUT_SECONDS = 5.0
ASKED_AFTER_SECONDS = 1.0  # judgement, 2026-11: a server that restarts is away for longer
USED_AT = "used_at"
PENDING_EVENTS = "pending_events"
PREPARATION_LOCK = 7_201_127  # any fixed number that nothing else uses

Nudge = Callable[[list[str]], object]


class Database:
    """Sessions for writing and reading. After each commit the ids of new events go to `nudge`, best effort."""

    def __init__(self, url: str, keyring: Keyring) -> None:
        self.url = make_url(url)
        self.keyring = keyring
        self.engine = _make_engine(url)
        equip(self.engine.dialect, keyring)
        self.nudge: Nudge = lambda _event_ids: None
        self._turns = Turns(TURN_SECONDS)
        self._writing = sessionmaker(self.engine, expire_on_commit=False)
        if not self.is_sqlite:
            event.listen(self._writing, "after_begin", _let_go_of_the_stopped)
        self._reading = sessionmaker(self.engine.execution_options(reading=True), expire_on_commit=False)

    @property
    def is_sqlite(self) -> bool:
        """Whether one file is the database."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction: commits at the end, rolls back on any error, then wakes the workers."""
        with self._turns.taken() if self.is_sqlite else nullcontext(), self._writing.begin() as session:
            yield session
        if event_ids := session.info.get(PENDING_EVENTS):
            self.nudge(event_ids)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for looking only; on SQLite it takes no write lock."""
        with self._reading() as session:
            yield session

    def alone(self, session: Session) -> None:
        """Let no other process into the same preparation until this transaction ends (SQLite's writers are alone anyway)."""
        if not self.is_sqlite:
            session.execute(select(func.pg_advisory_xact_lock(PREPARATION_LOCK)))

    def empty_log(self) -> bool:
        """Write SQLite's log into the file and cut it off: what was deleted must not stay readable beside the database.

        Outside any transaction. Whether it is empty: not while somebody else reads or writes; then a later call has it.
        """
        if not self.is_sqlite:
            return True
        with self._turns.taken(), closing(self.engine.raw_connection()) as connection:
            asked = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return not asked.fetchone()[0]

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _make_engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            _make_private(Path(parsed.database))
        engine = create_engine(
            url,
            hide_parameters=True,  # an error's words must not carry what was being stored (CARE 22)
            connect_args={"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    engine = create_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=POOL_SIZE,
        pool_timeout=POOL_TIMEOUT_SECONDS,
        hide_parameters=True,
        connect_args={"connect_timeout": 5, "options": f"-c lock_timeout={int(BUSY_TIMEOUT_SECONDS * 1000)}"},
    )
    event.listen(engine, "connect", _prepare_postgres)
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", partial(_ask_if_idle, engine))
    return engine


def _make_private(path: Path) -> None:
    """A new file and its folder are for their owner alone, whatever the umask; SQLite makes its log like the file."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        path.touch(0o600)


def _let_go_of_the_stopped(_session: Session, _transaction: Any, connection: Connection) -> None:
    """A process that is stopped in the middle of a transaction must not hold what others wait for; lookers hold nothing."""
    milliseconds = int(IDLE_IN_TRANSACTION_SECONDS * 1000)
    connection.exec_driver_sql(f"set local idle_in_transaction_session_timeout = {milliseconds}")


def _note_use(_connection: Any, record: Any) -> None:
    record.info[USED_AT] = time.monotonic()


def _ask_if_idle(engine: Engine, connection: Any, record: Any, _handed_out: Any) -> None:
    """Whether the server is still there. Not where it answered a moment ago: that would be one question in ten."""
    now = time.monotonic()
    if now - record.info.get(USED_AT, now) < ASKED_AFTER_SECONDS:
        return
    try:
        engine.dialect.do_ping(connection)
    except engine.dialect.loaded_dbapi.Error as gone:
        raise InvalidatePoolError from gone  # a new one is made, and no other old one is tried


def _prepare_postgres(connection: Any, _record: Any) -> None:
    from matcher.storage.binary import BinaryCursor  # noqa: PLC0415 - the driver, which SQLite does without

    connection.server_cursor_factory = BinaryCursor


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, see _begin_sqlite
    for pragma in (
        "journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", "busy_timeout=5000",
        "secure_delete=ON",  # what is deleted is written over, not left in a free page (CARE 23)
    ):  # fmt: skip
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A writer that reads first and upgrades later can fail with "database is locked" without waiting: take the
    # write lock at once, except where the session only looks.
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


# SQLSTATE classes and codes of PostgreSQL that pass by themselves: connection lost, operator intervened, rolled back
# for a deadlock, lock not available, statement or pause in a transaction that took too long (source: PostgreSQL manual, appendix A).
_PASSING = ("08", "57P", "57014", "40", "55P03", "25P03", "53")
# What SQLite says when it is locked, when the disk is full, and when no more files can be opened; what psycopg says
# without a SQLSTATE when nobody answers.
_PASSING_WORDS = ("locked", "busy", "connect", "is full", "unable to open", "disk i/o")


def is_passing(error: DBAPIError) -> bool:
    """Whether the same work may well succeed in a moment: the database was busy, locked or away."""
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return str(state).startswith(_PASSING)
    said = str(error.orig).lower()
    return isinstance(error, OperationalError) and any(word in said for word in _PASSING_WORDS)


def changed(result: Any) -> int:
    """How many rows a statement changed or deleted."""
    return result.rowcount if isinstance(result, CursorResult) else 0
