"""A copy goes to somebody close by a flag and a consent, and only while both hold (CARE 10)."""

from __future__ import annotations

from sqlalchemy import select

from matcher.services.people import people
from matcher.storage.tables import ConsentRow, PersonRow
from tests.builders import NOW, World
from tests.services.asking.handing import TO_MOTHER, handle, with_mother
from tests.services.asking.sending import the_letter


def test_care_10_a_supporter_gets_a_copy_by_flag_and_consent(sqlite_world: World) -> None:
    world = sqlite_world
    with_mother(world)
    world.work()
    (copy,) = world.letters(TO_MOTHER)
    assert "/i/" not in copy.text  # a copy can neither accept nor decline
    assert "/pause/" not in copy.text
    assert "13:00" in copy.text


def test_care_10_without_the_flag_there_is_no_copy(sqlite_world: World) -> None:
    world = sqlite_world
    with_mother(world, receives_copy=False)
    world.work()
    assert world.letters(TO_MOTHER) == []


def test_care_10_a_flag_taken_back_before_it_goes_stops_the_copy(sqlite_world: World) -> None:
    world = sqlite_world
    invitation_id = with_mother(world)
    handle(world, "invitation.accepted")
    person_id = world.invitation(invitation_id).person_id
    with world.database.writing() as session:
        row = session.get_one(PersonRow, person_id)
        row.supporters = [{**row.supporters[0], "receives_copy": False}]
    world.work()
    assert world.letters(TO_MOTHER) == []


def test_care_10_a_consent_taken_back_before_it_goes_stops_the_copy(sqlite_world: World) -> None:
    world = sqlite_world
    invitation_id = with_mother(world)
    handle(world, "invitation.accepted")
    person_id = world.invitation(invitation_id).person_id
    with world.database.writing() as session:
        consent = session.scalars(select(ConsentRow).where(ConsentRow.purpose == "supporter_copy")).one()
        people.withdraw_consent(session, people.lock(session, person_id), consent.id, NOW)
    world.work()
    assert world.letters(TO_MOTHER) == []
    assert the_letter(world, "supporter_copy").state == "dropped"


def test_care_10_a_visit_called_off_before_it_goes_stops_the_copy(sqlite_world: World) -> None:
    world = sqlite_world
    invitation_id = with_mother(world)
    handle(world, "invitation.accepted")
    world.answer(invitation_id, "undo")
    world.work()
    assert world.letters(TO_MOTHER) == []


def test_care_12_no_copy_goes_out_once_everything_is_stopped(sqlite_world: World) -> None:
    """The freeze itself has not had its turn: what is written about a yes looks for itself."""
    world = sqlite_world
    invitation_id = with_mother(world)
    handle(world, "invitation.accepted")
    with world.database.writing() as session:
        people.freeze(session, people.lock(session, world.invitation(invitation_id).person_id), NOW)
    handle(world, "letter.due")
    assert world.letters(TO_MOTHER) == []
