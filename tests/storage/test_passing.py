"""What passes by itself is told apart from what is wrong, by what the databases really say."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from matcher.storage.encryption import Keyring
from matcher.storage.engine import Database, is_passing
from tests.builders import SECRET


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(f"sqlite:///{tmp_path / 'small.db'}", Keyring((SECRET,)))


def test_a_full_disk_passes_by_itself(database: Database) -> None:
    assert is_passing(
        _refused(
            database,
            "pragma max_page_count = 3",
            "create table filler (bytes blob)",
            "insert into filler values (zeroblob(100000))",
        )
    )


def test_a_wrong_statement_does_not(database: Database) -> None:
    assert not is_passing(_refused(database, "select nothing from nowhere"))


def test_care_22_no_error_repeats_what_was_being_stored(database: Database) -> None:
    with database.reading() as session, pytest.raises(DBAPIError) as refused:
        session.execute(text("select :secret from nowhere"), {"secret": "haru@example.org"})
    assert "haru" not in str(refused.value)
    database.close()


def _refused(database: Database, *statements: str) -> DBAPIError:
    """What the database says to the last of them."""
    *before, last = statements
    with database.reading() as session:
        for statement in before:
            session.execute(text(statement))
        with pytest.raises(DBAPIError) as refused:
            session.execute(text(last))
    database.close()
    return refused.value
