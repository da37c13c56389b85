"""An organisation is suspended: everything live of it ends, told kindly (CARE 15)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from matcher.services.answers import suspension
from matcher.services.listings import vetting
from matcher.storage.tables import InvitationRow, MatchRow, OpportunityRow
from tests.builders import NOW
from tests.services.answers.followed import (
    TO_ORGANISATION,
    TO_PERSON,
)
from tests.worlds import At


@pytest.mark.parametrize("point", ["proposed", "approved", "sent", "accepted", "declined"])
def test_care_15_one_switch_stops_every_live_path(at: At, point: str) -> None:
    world, some_id = at(point)
    with world.database.writing() as session:
        organisation_id = session.scalars(select(OpportunityRow.organisation_id)).one()
        vetting.suspend(session, organisation_id, NOW)
    world.work()
    with world.database.reading() as session:
        assert list(session.scalars(select(MatchRow.id).where(MatchRow.state == "proposed"))) == []
        live = session.scalars(select(InvitationRow.state).where(InvitationRow.live)).all()
    assert live == (["declined"] if point == "declined" else [])
    if point == "declined":  # taken back, it finds the door closed
        world.answer(some_id, "undo")
        world.work()
        assert world.invitation(some_id).state == "withdrawn"


@pytest.mark.parametrize("point", ["sent", "accepted"])
def test_a_suspension_is_told_kindly_and_blames_nobody(at_sqlite: At, point: str) -> None:
    world, invitation_id = at_sqlite(point)
    before, told = len(world.letters(TO_PERSON)), len(world.letters(TO_ORGANISATION))
    with world.database.writing() as session:
        vetting.suspend(session, world.invitation(invitation_id).organisation_id, NOW)
    world.work()
    assert len(world.letters(TO_PERSON)) == before + 1
    assert "主催者" not in world.letters(TO_PERSON)[0].text
    assert len(world.letters(TO_ORGANISATION)) == told


def test_care_15_a_suspension_that_was_lifted_before_its_event_ends_nothing(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    organisation_id = world.invitation(invitation_id).organisation_id
    with world.database.writing() as session:
        vetting.suspend(session, organisation_id, NOW)
        for admin_id in world.admins:
            vetting.vet(session, organisation_id, admin_id, NOW)
    world.work()
    assert world.invitation(invitation_id).state == "accepted"


def test_whoever_planned_to_come_has_been_told_though_another_waits_for_their_hours(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    organisation_id = world.invitation(invitation_id).organisation_id
    world.clock.advance(hours=12)  # two at night
    with world.database.writing() as session:
        vetting.suspend(session, organisation_id, world.clock())
    world.work()
    with world.database.reading() as session:
        found = suspension.stopping(session, organisation_id)
    assert found is not None
    assert (found.told, all(found.paths.values())) == (True, True)
