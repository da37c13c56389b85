"""Only vetted organisations are matched: two different admins, twelve months, one switch (CARE 15)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from matcher.domain.errors import NotFound
from matcher.services.listings import vetting
from matcher.services.upkeep import sweeping
from matcher.storage.tables import EventRow, InvitationRow, OrganisationRow, VettingApprovalRow
from tests.builders import NOW, World
from tests.worlds import At


def _vet(world: World, organisation_id: str, admin: int) -> OrganisationRow:
    with world.database.writing() as session:
        return vetting.vet(session, organisation_id, world.admins[admin], world.clock())


def _row(world: World, organisation_id: str) -> OrganisationRow:
    with world.database.reading() as session:
        return session.get_one(OrganisationRow, organisation_id)


def _events(world: World, kind: str) -> int:
    with world.database.reading() as session:
        return len(list(session.scalars(select(EventRow.id).where(EventRow.type == kind))))


def test_care_15_two_different_admins_are_needed(world: World) -> None:
    organisation_id = world.an_organisation(vetted=False)
    for _ in range(3):  # the same admin again is still one
        assert _vet(world, organisation_id, 0).state == "applied"
    with world.database.reading() as session:
        assert len(list(session.scalars(select(VettingApprovalRow)))) == 1
    row = _vet(world, organisation_id, 1)
    assert (row.state, row.vetted_until) == ("vetted", NOW + timedelta(days=365))
    assert _events(world, "organisation.vetted") == 1


def test_vetting_again_changes_nothing(world: World) -> None:
    organisation_id = world.an_organisation()
    before = _row(world, organisation_id)
    world.clock.advance(days=100)
    after = _vet(world, organisation_id, 0)
    assert (after.vetted_until, after.version) == (before.vetted_until, before.version)
    assert _events(world, "organisation.vetted") == 1


def test_care_15_two_look_again_before_the_end_and_nothing_stops_in_between(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    with world.database.reading() as session:
        organisation_id = session.scalars(select(InvitationRow.organisation_id)).one()
    world.clock.advance(days=310)
    for _ in range(2):  # the same admin again is still one
        assert _vet(world, organisation_id, 0).vetted_until == NOW + timedelta(days=365)
    row = _vet(world, organisation_id, 1)
    assert (row.state, row.vetted_until) == ("vetted", world.clock() + timedelta(days=365))
    world.clock.advance(days=60)
    with world.database.writing() as session:
        assert vetting.end_expired_vettings(session, world.clock()) == 0
    assert world.invitation(invitation_id).state == "accepted"


def test_care_15_a_yes_for_the_next_year_does_not_outlast_a_suspension(world: World) -> None:
    organisation_id = world.an_organisation()
    world.clock.advance(days=310)
    _vet(world, organisation_id, 0)
    with world.database.writing() as session:
        vetting.suspend(session, organisation_id, world.clock())
    assert _vet(world, organisation_id, 1).state == "suspended"
    assert _vet(world, organisation_id, 0).state == "vetted"


def test_care_15_who_agreed_talked_with_whoever_was_responsible_then(world: World) -> None:
    organisation_id = world.an_organisation(vetted=False)
    _vet(world, organisation_id, 0)
    with world.database.writing() as session:
        vetting.correct_contacts(
            session,
            organisation_id,
            contact_email="new@example.org",
            safeguarding_contact="Abe",
            now=world.clock(),
        )
    assert _vet(world, organisation_id, 1).state == "applied"
    assert _vet(world, organisation_id, 0).state == "vetted"


def test_care_15_nothing_is_matched_before_both_have_approved(at_sqlite: At) -> None:
    world, _ = at_sqlite("nothing")
    organisation_id = world.an_organisation(vetted=False)
    world.an_opportunity(organisation_id)
    person_id = world.a_person()
    world.work()
    assert world.matches(person_id) == []
    _vet(world, organisation_id, 0)
    world.work()
    assert world.matches(person_id) == []
    _vet(world, organisation_id, 1)
    world.work()
    assert len(world.matches(person_id)) == 1


def test_care_15_approvals_from_before_a_suspension_never_count_again(world: World) -> None:
    organisation_id = world.an_organisation()
    for _ in range(2):  # a repeat changes nothing
        with world.database.writing() as session:
            assert vetting.suspend(session, organisation_id, NOW).state == "suspended"
    assert _events(world, "organisation.suspended") == 1
    assert _vet(world, organisation_id, 0).state == "suspended"
    assert _vet(world, organisation_id, 0).state == "suspended"
    assert _vet(world, organisation_id, 1).state == "vetted"


def test_care_15_suspended_once_more_what_one_has_agreed_to_meanwhile_does_not_count(world: World) -> None:
    organisation_id = world.an_organisation()
    for admin in (0, 1):
        with world.database.writing() as session:
            vetting.suspend(session, organisation_id, NOW)
        assert _vet(world, organisation_id, admin).state == "suspended"
    assert _vet(world, organisation_id, 0).state == "vetted"


def test_care_15_one_approval_before_a_suspension_does_not_help_afterwards(world: World) -> None:
    organisation_id = world.an_organisation(vetted=False)
    _vet(world, organisation_id, 0)
    with world.database.writing() as session:
        vetting.suspend(session, organisation_id, NOW)
    assert _vet(world, organisation_id, 1).state == "suspended"
    assert _vet(world, organisation_id, 0).state == "vetted"


def test_care_15_after_twelve_months_it_is_over_and_what_is_live_stops(at: At) -> None:
    world, invitation_id = at("accepted")
    organisation_id = world.invitation(invitation_id).organisation_id
    world.clock.now = NOW + timedelta(days=365)
    with world.database.writing() as session:
        assert vetting.end_expired_vettings(session, world.clock() - timedelta(seconds=1)) == 0
        assert vetting.end_expired_vettings(session, world.clock()) == 1
        assert vetting.end_expired_vettings(session, world.clock()) == 0
    assert _row(world, organisation_id).state == "applied"
    assert _vet(world, organisation_id, 0).state == "applied"
    assert _vet(world, organisation_id, 1).state == "vetted"


@pytest.mark.parametrize("admin", [0, 1])
def test_care_15_one_admin_alone_never_renews_a_vetting_that_ran_out(at: At, admin: int) -> None:
    """Also in the hours before the nightly sweep has come to it."""
    world, invitation_id = at("sent")
    organisation_id = world.invitation(invitation_id).organisation_id
    world.clock.now = NOW + timedelta(days=365)
    for _ in range(2):
        row = _vet(world, organisation_id, admin)
        assert (row.state, row.vetted_until) == ("applied", None)
    assert _events(world, "organisation.suspended") == 1  # what rested on the old one stops
    assert _vet(world, organisation_id, 1 - admin).state == "vetted"


def test_care_15_the_nightly_sweep_ends_vettings_that_ran_out(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    organisation_id = world.invitation(invitation_id).organisation_id
    world.clock.now = NOW + timedelta(days=365)
    with world.database.writing() as session:
        assert sweeping.begin(session, world.clock())
    world.work()
    assert _row(world, organisation_id).state == "applied"
    assert not world.invitation(invitation_id).live


def test_an_organisation_that_does_not_exist_is_not_found(sqlite_world: World) -> None:
    with sqlite_world.database.writing() as session:
        for deed in (vetting.suspend, vetting.get_organisation):
            with pytest.raises(NotFound):
                deed(session, "no-such-one", *([NOW] if deed is vetting.suspend else []))
        with pytest.raises(NotFound):
            vetting.vet(session, "no-such-one", sqlite_world.admins[0], NOW)
