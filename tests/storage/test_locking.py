"""Locks on PostgreSQL: nobody waits longer than is said, whoever stands before them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from matcher.services.people import people
from matcher.storage import engine
from matcher.storage.encryption import Keyring
from matcher.storage.engine import Database, is_passing
from matcher.storage.tables import PersonRow
from tests.builders import SECRET, World

pytestmark = pytest.mark.servers
PATIENCE_SECONDS = 1.0


@pytest.fixture
def impatient(postgres_world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """The same database, for those who wait a second."""
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_SECONDS", PATIENCE_SECONDS)
    database = Database(postgres_world.database.url.render_as_string(hide_password=False), Keyring((SECRET,)))
    yield database
    database.close()


def test_who_stands_in_the_queue_for_a_person_waits_no_longer_than_the_first(
    postgres_world: World, impatient: Database
) -> None:
    person_id = postgres_world.a_person()
    with _held(postgres_world.database, person_id), ThreadPoolExecutor(3) as pool:
        waits = list(pool.map(lambda wait: _refused_after(impatient, person_id, wait), (0.0, 0.3, 0.6)))
    assert max(waits) < PATIENCE_SECONDS * 1.5, waits
    assert min(waits) > PATIENCE_SECONDS * 0.5, waits


def test_who_waited_and_got_the_lock_has_the_newest_row_and_no_hurry_afterwards(
    postgres_world: World, impatient: Database
) -> None:
    person_id = postgres_world.a_person()
    with ThreadPoolExecutor(1) as pool:
        with _held(postgres_world.database, person_id, alias="Changed meanwhile"):
            waiting = pool.submit(_alias_and_hurry, impatient, person_id)
            time.sleep(PATIENCE_SECONDS / 3)
        assert waiting.result() == ("Changed meanwhile", "0")


@contextmanager
def _held(database: Database, person_id: str, **changes: str) -> Iterator[None]:
    with database.writing() as session:
        row = people.lock(session, person_id)
        for name, value in changes.items():
            setattr(row, name, value)
        session.flush()
        yield


def _refused_after(database: Database, person_id: str, wait: float) -> float:
    """How long somebody who comes `wait` seconds later waits until the lock is refused them."""
    time.sleep(wait)
    began = time.monotonic()
    with pytest.raises(DBAPIError) as refused, database.writing() as session:
        people.lock(session, person_id)
    assert is_passing(refused.value)
    return time.monotonic() - began


def _alias_and_hurry(database: Database, person_id: str) -> tuple[str, str]:
    with database.writing() as session:
        session.scalars(select(PersonRow).where(PersonRow.id == person_id)).one()
        alias = people.lock(session, person_id).alias
        return alias, str(session.scalar(text("show statement_timeout")))
