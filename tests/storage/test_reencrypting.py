"""Everything stored moves under the newest key, beside everybody at work, and a run that is broken off goes on."""

from __future__ import annotations

from itertools import pairwise

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, text, type_coerce
from sqlalchemy.types import Text

from matcher.services.access import accounts
from matcher.services.access.keys import Role
from matcher.services.upkeep.reencrypting import Renewed, reencrypt
from matcher.storage import reencrypting
from matcher.storage.encryption import Keyring, UnreadableSecret
from matcher.storage.engine import Database
from matcher.storage.reencrypting import sealed_columns
from matcher.storage.tables import Base, PersonRow
from tests.accounts import a_human
from tests.builders import SECRET, World
from tests.worlds import At

OLD, NEW = SECRET, Fernet.generate_key().decode()


def opened(database: Database, *secrets: str) -> Database:
    """The same database after a restart with other keys."""
    return Database(database.url.render_as_string(hide_password=False), Keyring(secrets))


def everything(database: Database) -> dict[str, list[str]]:
    with database.reading() as session:
        return {
            table.name: sorted(map(repr, session.execute(select(table)).all()))
            for table in Base.metadata.sorted_tables
        }


def quietly(_done: int, _total: int) -> None:
    """Nobody waits."""


@pytest.fixture
def world(at: At) -> World:
    """Some of everything that is kept sealed."""
    world, _ = at("visited")
    for number in range(5):
        world.a_person(alias=f"P{number}", notes=f"note {number}")
    a_human(world, Role.caseworker, world.caseworker.id, email="Mori@example.org")
    return world


def test_care_22_afterwards_the_old_key_opens_nothing_and_the_new_one_everything(world: World) -> None:
    before = everything(world.database)
    both, new = opened(world.database, NEW, OLD), opened(world.database, NEW)
    found = reencrypt(both, quietly)
    assert (found.values > 15, found.accounts, found.unreadable) == (True, 1, 0)
    after = everything(new)
    del before["account"], after["account"]  # they are found by another hash now
    assert after == before
    old = Keyring((OLD,))
    with new.reading() as session:
        for columns in sealed_columns().values():
            for column in columns:
                stored = select(type_coerce(column, Text)).where(column.is_not(None))
                for sealed in session.scalars(stored):
                    with pytest.raises(UnreadableSecret):
                        old.open(sealed)
        assert accounts.find(session, "mori@example.org") is not None
    assert reencrypt(both, quietly) == Renewed(0, 0, 0)
    both.close()
    new.close()


def test_a_run_that_is_broken_off_goes_on_where_it_was(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reencrypting, "ROWS_AT_ONCE", 2)
    both = opened(world.database, NEW, OLD)

    def break_off(done: int, _total: int) -> None:
        if done >= 6:
            raise KeyboardInterrupt

    whole = sum(len(rows) for rows in everything(both).values())
    with pytest.raises(KeyboardInterrupt):
        reencrypt(both, break_off)
    heard: list[tuple[int, int]] = []
    rest = reencrypt(both, lambda done, total: heard.append((done, total)))
    assert 0 < rest.values < whole
    assert all(one[0] < other[0] for one, other in pairwise(heard))
    assert heard[-1][0] == heard[-1][1]
    new = opened(world.database, NEW)
    everything(new)  # raises where something is still under the old key
    both.close()
    new.close()


def test_what_somebody_writes_meanwhile_is_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    both, other = opened(world.database, NEW, OLD), opened(world.database, NEW, OLD)
    portions = reencrypting._portions

    def read_and_then_somebody_writes(*which: object) -> object:
        for rows in portions(*which):  # type: ignore[arg-type]
            if which[1] is PersonRow.__table__:
                with other.writing() as session:
                    for row in session.scalars(select(PersonRow)):
                        row.notes = "newer"
            yield rows

    monkeypatch.setattr(reencrypting, "_portions", read_and_then_somebody_writes)
    reencrypt(both, quietly)
    with both.reading() as session:
        assert set(session.scalars(select(PersonRow.notes))) == {"newer"}
    both.close()
    other.close()


def test_under_the_wrong_keys_everything_is_counted_accounts_too(world: World) -> None:
    strange = opened(world.database, NEW)
    found = reencrypt(strange, quietly)
    assert (found.values, found.accounts, found.unreadable > 15) == (0, 0, True)
    strange.close()


def test_what_fits_no_key_is_counted_and_left_alone(world: World) -> None:
    both = opened(world.database, NEW, OLD)
    strange = Keyring((Fernet.generate_key().decode(),)).seal('"lost"')
    with both.writing() as session:
        session.execute(
            text("update caseworker set email = :sealed where id = :id"),
            {"sealed": strange, "id": world.caseworker.id},
        )
    assert reencrypt(both, quietly).unreadable == 1
    with both.reading() as session:
        assert strange in session.scalars(text("select email from caseworker")).all()
    both.close()
