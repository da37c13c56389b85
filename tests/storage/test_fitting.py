"""Whether the secret keys are those of this database: told before anything is read or written with others."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from matcher.services.upkeep.reencrypting import reencrypt
from matcher.storage.encryption import Keyring, UnreadableSecret
from matcher.storage.engine import Database
from matcher.storage.fitting import check_keys
from tests.builders import SECRET, World

OLD, NEW = SECRET, Fernet.generate_key().decode()


def with_keys(world: World, *secrets: str) -> Database:
    """The same database after a restart with other keys."""
    return Database(world.database.url.render_as_string(hide_password=False), Keyring(secrets))


def test_a_database_in_which_nothing_is_sealed_takes_any_key(world: World) -> None:
    with world.database.writing() as session:
        session.execute(text("update person set contact = null, supporters = null, notes = null"))
        session.execute(text("delete from caseworker"))
    database = with_keys(world, NEW)
    check_keys(database)
    database.close()


def test_a_key_is_dropped_only_once_everything_is_under_the_next(world: World) -> None:
    both, new = with_keys(world, NEW, OLD), with_keys(world, NEW)
    for number in range(3):
        world.a_person(alias=f"P{number}")
    check_keys(both)
    with pytest.raises(UnreadableSecret, match="MATCHER_SECRET_KEYS"):
        check_keys(new)
    world.outside = replace(world.outside, database=both)
    for number in range(10):  # written since the newest key stands first
        world.a_person(alias=f"Q{number}", notes="later")
    with pytest.raises(UnreadableSecret):
        check_keys(new)
    reencrypt(both, lambda _done, _total: None)
    check_keys(new)
    both.close()
    new.close()


def test_one_damaged_value_stops_nobody(world: World) -> None:
    for number in range(3):
        world.a_person(alias=f"P{number}", notes="whole")
    with world.database.writing() as session:
        session.execute(text("update caseworker set email = 'gAAAAdamaged'"))
    check_keys(world.database)
