"""A restore that is cut off before its rows are settled: the next start, or the same command, does the rest first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from matcher.bootstrap import Runtime, build, prepare_database
from matcher.domain.events import EventType
from matcher.services.upkeep.restoring import Settled, finish_restore
from matcher.settings import load_settings
from matcher.storage.backup import BackupRefused, back_up, restore
from matcher.storage.tables import InvitationRow, LetterRow
from tests.builders import SECRET, World
from tests.services.upkeep.nights import due
from tests.worlds import At


@pytest.fixture
def world(at: At) -> World:
    """One invitation that is approved and not sent, and two letters that are due."""
    world, invitation_id = at("sent")
    other = world.a_person(alias="Sora")
    world.work()
    world.answer(invitation_id, "accept")
    world.handler.handle(due(world, EventType.invitation_accepted)[0])
    world.approve(world.matches(other)[0].id)
    return world


@pytest.fixture
def backup(world: World, tmp_path: Path) -> Path:
    back_up(world.database, tmp_path / "backup.zip", world.clock())
    return tmp_path / "backup.zip"


@pytest.fixture
def runtime(world: World, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Runtime]:
    """A Matcher that is to start with an empty database."""
    is_sqlite = world.database.is_sqlite
    url = f"sqlite:///{tmp_path / 'new.db'}" if is_sqlite else request.getfixturevalue("postgres_url")
    settings = {
        "MATCHER_DATABASE_URL": url, "MATCHER_SECRET_KEYS": SECRET, "MATCHER_DATA_DIR": str(tmp_path / "var"),
    }  # fmt: skip
    runtime = build(load_settings(settings), world.clock)
    yield runtime
    runtime.close()


def test_the_next_start_settles_before_anything_is_sent_and_the_one_after_it_nothing_more(
    runtime: Runtime, backup: Path
) -> None:
    restore(runtime.outside.database, backup)
    assert (_unsent(runtime), _due_letters(runtime)) == (1, 2)
    prepare_database(runtime)
    assert (_unsent(runtime), _due_letters(runtime)) == (0, 0)
    with runtime.outside.database.writing() as session:
        session.execute(update(LetterRow).values(state="due"))
    assert finish_restore(runtime.outside) == Settled(0, 0, 0)
    prepare_database(runtime)
    assert _due_letters(runtime) > 0


def test_the_same_command_once_more_goes_on(runtime: Runtime, backup: Path) -> None:
    rows = restore(runtime.outside.database, backup)
    assert restore(runtime.outside.database, backup) == rows
    assert finish_restore(runtime.outside) == Settled(withdrawn=1, letters=2, paused=0)
    with pytest.raises(BackupRefused, match="not empty"):
        restore(runtime.outside.database, backup)


def test_another_backup_is_refused_meanwhile(
    runtime: Runtime, world: World, backup: Path, tmp_path: Path
) -> None:
    restore(runtime.outside.database, backup)
    world.clock.advance(hours=1)
    back_up(world.database, tmp_path / "later.zip", world.clock())
    with pytest.raises(BackupRefused, match="not empty"):
        restore(runtime.outside.database, tmp_path / "later.zip")


def test_settling_that_is_cut_off_is_done_by_the_next_start(
    runtime: Runtime, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    restore(runtime.outside.database, backup)
    with monkeypatch.context() as patched:
        patched.setattr("matcher.services.upkeep.restoring.unmark", _cut)
        with pytest.raises(KeyError):
            prepare_database(runtime)
    assert (_unsent(runtime), _due_letters(runtime)) == (1, 2)
    prepare_database(runtime)
    assert (_unsent(runtime), _due_letters(runtime)) == (0, 0)


def _cut(_connection: object) -> None:
    raise KeyError("the power is cut")


def _unsent(runtime: Runtime) -> int:
    with runtime.outside.database.reading() as session:
        return session.query(InvitationRow).filter_by(state="approved").count()


def _due_letters(runtime: Runtime) -> int:
    with runtime.outside.database.reading() as session:
        return session.query(LetterRow).filter_by(state="due").count()
