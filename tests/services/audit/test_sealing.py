"""Every hour of the trail is sealed once, and whoever touches it behind the guard is found out (CARE 23)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Connection, func, select

from matcher.services.access import staff
from matcher.services.audit import sealing
from matcher.services.audit.verifying import Break, Verdict, verify
from matcher.storage.encryption import Keyring
from matcher.storage.engine import Database
from matcher.storage.tables import AuditEntryRow, AuditSealedRow, AuditSealRow, new_id
from matcher.workers.relay import Relay
from tests.builders import NOW, SECRET, World


def an_hour(world: World, teams: int = 2) -> None:
    """Something happens, and the hour ends."""
    for _ in range(teams):
        with world.database.writing() as session:
            staff.create_team(session, name="North", now=world.clock())
    world.clock.advance(hours=1)


def sealed(world: World, hours: int = 3) -> World:
    """Some hours have passed, and each is sealed."""
    for _ in range(hours):
        an_hour(world)
    world.clock.advance(minutes=3)
    sealing.seal(world.database, world.clock())
    return world


def check(world: World, **how: object) -> Verdict:
    with world.database.reading() as session:
        return verify(session, **how)  # type: ignore[arg-type]


def behind_the_guard(world: World, deed: Callable[[Connection], object]) -> None:
    """What somebody can do who owns the database."""
    with world.database.engine.connect() as connection:
        if world.database.is_sqlite:
            connection.rollback()
            connection.connection.driver_connection.execute("pragma foreign_keys=off")  # type: ignore[union-attr]
            for table in ("audit_entry", "audit_seal", "audit_sealed"):
                for verb in ("update", "delete"):
                    connection.exec_driver_sql(f"drop trigger if exists {table}_no_{verb}")
        else:
            connection.exec_driver_sql("set local session_replication_role = replica")
        deed(connection)
        connection.commit()


def nth_entry(world: World, seal_number: int) -> str:
    """An entry of a seal."""
    query = select(AuditSealedRow.entry_id).where(AuditSealedRow.seal_number == seal_number)
    with world.database.reading() as session:
        return str(session.scalars(query.order_by(AuditSealedRow.entry_id)).first())


def test_care_23_every_hour_is_sealed_once_and_all_of_it_holds(world: World) -> None:
    sealed(world)
    assert sealing.seal(world.database, world.clock()) == 0
    with world.database.reading() as session:
        seals = session.scalars(select(AuditSealRow).order_by(AuditSealRow.number)).all()
        entries = session.scalar(select(func.count()).select_from(AuditEntryRow))
    assert [(one.number, one.hour) for one in seals] == [(n + 1, NOW + timedelta(hours=n)) for n in range(3)]
    found = check(world)
    assert (found.holds, found.seals, found.entries, found.waiting) == (True, 3, entries, 0)
    assert found.sealed_until == NOW + timedelta(hours=3)


def test_care_23_the_hour_under_way_waits(world: World) -> None:
    an_hour(world)
    world.clock.advance(minutes=1)  # what began in it may not be committed yet
    assert sealing.seal(world.database, world.clock()) == 0
    world.clock.advance(minutes=1)
    assert sealing.seal(world.database, world.clock()) == 1
    with world.database.writing() as session:
        staff.create_team(session, name="North", now=world.clock())
    assert sealing.seal(world.database, world.clock()) == 0
    assert (check(world).holds, check(world).waiting) == (True, 1)


def test_care_23_after_a_long_time_without_workers_each_hour_gets_its_seal(world: World) -> None:
    an_hour(world)
    world.clock.advance(days=40)
    an_hour(world)
    world.clock.advance(days=2)
    assert sealing.seal(world.database, world.clock()) == 2
    assert check(world).holds


def test_care_23_what_was_committed_late_lies_under_the_next_seal(world: World) -> None:
    sealed(world, hours=1)
    late = world.clock() - timedelta(minutes=50)
    with world.database.writing() as session:
        staff.create_team(session, name="Late", now=late)
    assert sealing.seal(world.database, world.clock()) == 0
    world.clock.advance(hours=1)
    assert sealing.seal(world.database, world.clock()) == 1
    found = check(world)
    assert (found.holds, found.waiting) == (True, 0)


def test_care_23_several_workers_seal_an_hour_once(postgres_world: World) -> None:
    world = postgres_world
    an_hour(world, teams=40)
    world.clock.advance(minutes=3)
    gate, made = threading.Barrier(4), []

    def one() -> None:
        gate.wait()
        made.append(sealing.seal(world.database, world.clock()))

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [0, 0, 0, 1]
    assert (check(world).holds, check(world).seals) == (True, 1)


def test_care_23_the_relay_seals_when_the_hour_is_over(sqlite_world: World) -> None:
    world = sqlite_world
    relay = Relay(world.outside, lambda _ids: True)
    an_hour(world)
    relay.tidy()
    assert check(world).seals == 0
    world.clock.advance(minutes=3)
    for _ in range(2):
        relay.tidy()
        assert check(world).seals == 1


@pytest.mark.parametrize("column", ["actor_role", "actor_id", "act", "about", "request_id", "at"])
def test_care_23_a_changed_entry_is_named(world: World, column: str) -> None:
    sealed(world)
    victim = nth_entry(world, 2)
    other = "'2026-11-23 05:59:59'" if column == "at" else "'x'"
    behind_the_guard(
        world,
        lambda sql: sql.exec_driver_sql(f"update audit_entry set {column} = {other} where id = '{victim}'"),
    )
    broken = check(world).broken
    assert broken is not None
    assert (broken.what, broken.place, broken.hour) == (Break.entry_changed, victim, NOW + timedelta(hours=1))


def test_care_23_a_deleted_entry_is_named(world: World) -> None:
    sealed(world)
    victim = nth_entry(world, 3)
    behind_the_guard(world, lambda sql: sql.exec_driver_sql(f"delete from audit_entry where id = '{victim}'"))
    broken = check(world).broken
    assert broken is not None
    assert (broken.what, broken.place) == (Break.entry_missing, victim)


def test_care_23_an_entry_that_vanished_with_all_its_traces_breaks_its_seal(world: World) -> None:
    sealed(world)
    victim = nth_entry(world, 2)

    def vanish(sql: Connection) -> None:
        sql.exec_driver_sql(f"delete from audit_sealed where entry_id = '{victim}'")
        sql.exec_driver_sql(f"delete from audit_entry where id = '{victim}'")

    behind_the_guard(world, vanish)
    broken = check(world).broken
    assert broken is not None
    assert (broken.what, broken.place) == (Break.seal_wrong, "2")


def test_care_23_a_seal_made_anew_without_the_secret_key_is_named(world: World) -> None:
    sealed(world)
    victim = nth_entry(world, 1)
    behind_the_guard(
        world, lambda sql: sql.exec_driver_sql(f"update audit_entry set act = 'x' where id = '{victim}'")
    )
    with world.database.reading() as session:
        entry = session.get_one(AuditEntryRow, victim)
        row = session.get_one(AuditSealRow, 1)
        others = session.execute(
            select(AuditSealedRow.entry_id, AuditSealedRow.digest).where(
                AuditSealedRow.seal_number == 1, AuditSealedRow.entry_id != victim
            )
        ).all()
    digest = sealing.digest(entry)
    forger = Database("sqlite://", Keyring((Fernet.generate_key().decode(),)))
    with forger.reading() as session:
        mark = sealing.marks(session, row, "", [(victim, digest), *((one, kept) for one, kept in others)])[0]
    forger.close()

    def forge(sql: Connection) -> None:
        sql.exec_driver_sql(f"update audit_sealed set digest = '{digest}' where entry_id = '{victim}'")
        sql.exec_driver_sql(f"update audit_seal set mark = '{mark}' where number = 1")

    behind_the_guard(world, forge)
    broken = check(world).broken
    assert broken is not None
    assert (broken.what, broken.place) == (Break.seal_wrong, "1")


def test_care_23_a_seal_that_is_gone_is_named(world: World) -> None:
    sealed(world)
    behind_the_guard(world, lambda sql: sql.exec_driver_sql("delete from audit_seal where number = 2"))
    broken = check(world).broken
    assert broken is not None
    assert (broken.what, broken.place) == (Break.seal_missing, "2")


def test_care_23_seals_cut_off_at_the_end_are_missed_by_who_noted_a_mark(world: World) -> None:
    sealed(world)
    mark = check(world).mark
    assert check(world, contains=mark).holds

    def cut_off(sql: Connection) -> None:
        sql.exec_driver_sql(
            "delete from audit_entry where id in (select entry_id from audit_sealed where seal_number = 3)"
        )
        sql.exec_driver_sql("delete from audit_sealed where seal_number = 3")
        sql.exec_driver_sql("delete from audit_seal where number = 3")

    behind_the_guard(world, cut_off)
    assert check(world).holds
    broken = check(world, contains=mark).broken
    assert broken is not None
    assert (broken.what, broken.place) == (Break.mark_missing, mark)


def test_care_23_an_entry_slipped_into_the_past_is_named(world: World) -> None:
    sealed(world, hours=30)
    with world.database.writing() as session:
        forged = AuditEntryRow(id=new_id(), at=NOW, actor_role="admin", act="person.read", request_id="-")
        session.add(forged)
    broken = check(world).broken
    assert broken is not None
    assert (broken.what, broken.place) == (Break.entry_added, forged.id)


def test_care_23_a_part_of_the_chain_can_be_checked_alone(world: World) -> None:
    sealed(world)
    since = NOW + timedelta(hours=2)
    assert check(world, since=since).seals == 1
    victim = nth_entry(world, 1)
    behind_the_guard(world, lambda sql: sql.exec_driver_sql(f"delete from audit_entry where id = '{victim}'"))
    assert check(world, since=since).holds
    assert not check(world).holds


def test_care_23_seals_of_an_earlier_secret_key_still_hold(sqlite_world: World) -> None:
    world = sealed(sqlite_world)
    key = Fernet.generate_key().decode()
    url = world.database.url.render_as_string(hide_password=False)
    for keys, holds in (((key, SECRET), True), ((key,), False)):
        database = Database(url, Keyring(keys))
        with database.reading() as session:
            assert verify(session).holds is holds
        database.close()
