"""Who did or read what is written in the transaction of the act, and only ever added to (CARE 23)."""

from __future__ import annotations

from contextlib import suppress

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from matcher.domain.audit import Act
from matcher.domain.errors import InvalidInput
from matcher.services.access import keys, signing_in
from matcher.services.access.keys import Role
from matcher.services.asking import inviting
from matcher.services.audit import auditing
from matcher.services.audit import trail as reading
from matcher.services.listings import vetting
from matcher.services.people import people
from matcher.storage.tables import AuditEntryRow, AuditSealedRow, AuditSealRow, InvitationRow
from tests.accounts import HERE, a_human, newest_link
from tests.builders import World
from tests.worlds import At


def trail(world: World) -> list[AuditEntryRow]:
    """Everything written so far, oldest first."""
    with world.database.reading() as session:
        return list(session.scalars(select(AuditEntryRow).order_by(AuditEntryRow.id)))


def acts(world: World) -> list[str]:
    return [one.act for one in trail(world)]


def test_care_23_each_line_is_found_by_the_id_of_what_it_was_about(at_sqlite: At) -> None:
    world, _ = at_sqlite("accepted")
    about = {one.about for one in trail(world) if one.about and ":" in one.about}
    assert {one.partition(":")[0] for one in about} >= {"admin", "match", "organisation", "person"}
    with world.database.reading() as session:
        for one in about:
            found = reading.page(session, reading.Wanted(about=one.partition(":")[2]), None, 50)
            assert one in {each.about for each in found}


def test_care_23_nothing_is_written_about_a_kind_that_nobody_could_look_for(sqlite_world: World) -> None:
    with sqlite_world.database.writing() as session, pytest.raises(ValueError, match="knows no 'thing'"):
        auditing.record(session, Act.person_read, sqlite_world.clock(), about="thing:1")


@pytest.mark.parametrize("table", [AuditEntryRow, AuditSealRow, AuditSealedRow])
def test_care_23_the_database_itself_refuses_to_change_or_delete(world: World, table: type) -> None:
    with world.database.writing() as session:
        session.add(AuditSealRow(number=1, hour=world.clock(), entries=1, mark="-", sealed_at=world.clock()))
        session.flush()
        entry_id = session.scalars(select(AuditEntryRow.id)).first()
        session.add(AuditSealedRow(entry_id=entry_id, seal_number=1, digest="-"))
    first = next(column for column in table.__table__.columns if not column.primary_key)
    for statement in (delete(table), update(table).values({first: first})):
        with pytest.raises(DBAPIError, match="append-only"), world.database.writing() as session:
            session.execute(statement)
    if not world.database.is_sqlite:
        with pytest.raises(DBAPIError, match="append-only"), world.database.engine.begin() as connection:
            connection.exec_driver_sql(f"truncate {table.__tablename__} cascade")


def test_care_23_the_story_leaves_who_did_what_and_ids_alone(sqlite_world: World) -> None:
    world = sqlite_world
    with auditing.acting(world.caseworker):
        invitation_id = world.an_invitation("visited")
    row = world.invitation(invitation_id)
    found = [one for one in trail(world) if one.actor_id == world.caseworker.id]
    assert [one.act for one in found if one.person_id == row.person_id] == [
        "person.registered", "match.approved", "visit.recorded",
    ]  # fmt: skip
    assert found[-1].about == f"invitation:{invitation_id}"
    assert {one.actor_role for one in found} == {"caseworker"}
    said = " ".join(str(vars(one)) for one in trail(world))
    for word in ("Haru", "haru@", "Mori", "mori@", "Izumi", "gardening", "Sato"):
        assert word not in said


def test_care_23_what_is_rolled_back_leaves_no_line(sqlite_world: World) -> None:
    before = acts(sqlite_world)
    with suppress(InvalidInput), sqlite_world.database.writing() as session:
        keys.create_admin(session, "Another", sqlite_world.clock())
        raise InvalidInput([])
    assert acts(sqlite_world) == before


def test_care_23_keys_are_written_when_made_and_when_taken_back(sqlite_world: World) -> None:
    world = sqlite_world
    organisation_id = world.an_organisation()
    with world.database.writing() as session:
        keys.issue_key(session, Role.organisation, organisation_id, world.clock())
    made = trail(world)[-1]
    assert made.act == Act.key_made
    for _ in range(2):  # the second time nothing happens
        with world.database.writing() as session:
            key_id = str(made.about).removeprefix("key:")
            keys.revoke_organisation_key(session, organisation_id, key_id, world.clock())
    assert acts(world)[-2:] == ["key.made", "key.revoked"]
    assert trail(world)[-1].about == made.about


def test_care_23_vetting_and_suspending_say_who(sqlite_world: World) -> None:
    world = sqlite_world
    organisation_id = world.an_organisation(vetted=False)
    for number in (0, 1):
        with (
            auditing.acting(auditing.Somebody("admin", world.admins[number])),
            world.database.writing() as session,
        ):
            vetting.vet(session, organisation_id, world.admins[number], world.clock())
    with world.database.writing() as session:
        vetting.suspend(session, organisation_id, world.clock())
    found = [one for one in trail(world) if one.about == f"organisation:{organisation_id}"]
    assert [(one.act, one.actor_id) for one in found] == [
        ("organisation.registered", None),
        ("organisation.approved", world.admins[0]),
        ("organisation.approved", world.admins[1]),
        ("organisation.vetted", world.admins[1]),
        ("organisation.suspended", None),
    ]


def test_care_23_signing_in_is_written_and_so_is_who_was_not_let_in(sqlite_world: World) -> None:
    world = sqlite_world
    human = a_human(world)
    human.sign_in()
    assert trail(world)[-1].act == Act.signed_in
    assert (trail(world)[-1].actor_id, trail(world)[-1].about) == (
        world.caseworker.id,
        f"account:{human.account_id}",
    )
    for email, about in ((human.email, f"account:{human.account_id}"), ("nobody@example.org", None)):
        with pytest.raises(signing_in.NotSignedIn):
            signing_in.give_password(world.outside, email, "wrong", HERE, code_optional=False)
        refused = trail(world)[-1]
        assert (refused.act, refused.about, refused.actor_role) == ("sign_in.refused", about, "unknown")
    with pytest.raises(InvalidInput):
        signing_in.give_code(world.outside, human.half_way(), "000000", HERE)
    assert acts(world)[-1] == "sign_in.refused"


def test_care_23_a_recovery_and_a_new_password_are_written(sqlite_world: World) -> None:
    world = sqlite_world
    human = a_human(world)
    signing_in.ask_recovery(world.outside, human.email, HERE)
    assert acts(world)[-1] == "recovery.asked"
    token = newest_link(world)
    signing_in.follow_link(world.outside, token, "four loud herons", human.code(), HERE)
    assert acts(world)[-2:] == ["account.changed", "sign_in.done"]


def test_care_23_what_a_person_or_matcher_itself_does_is_told_apart(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    row = world.invitation(invitation_id)
    with world.database.writing() as session:
        people.pause(session, people.lock(session, row.person_id), world.clock())
    with world.database.writing() as session, auditing.acting(auditing.OPERATOR):
        inviting.withdraw(session, session.get_one(InvitationRow, invitation_id), world.clock())
    assert [(one.act, one.actor_role) for one in trail(world)[-2:]] == [
        ("person.paused", "system"),
        ("invitation.withdrawn", "operator"),
    ]
