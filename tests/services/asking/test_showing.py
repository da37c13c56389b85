"""Whom an organisation is shown, from when on, and what hides a guest again (CARE 12, 15, 16, 17, 21)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from matcher.services.asking import showing
from matcher.services.listings import vetting
from matcher.services.people import people
from matcher.storage.people import fill_person, person_of
from matcher.storage.tables import ConsentRow, InvitationRow, OpportunityRow, OrganisationRow, PersonRow
from tests.builders import NOW, World
from tests.services.asking.handing import TO_ORGANISATION, handle
from tests.services.asking.sending import the_letter
from tests.worlds import At


def test_care_17_the_organisation_learns_alias_session_and_agreed_needs_only(at: At) -> None:
    world, invitation_id = at("sent")
    person_id = world.invitation(invitation_id).person_id
    with world.database.writing() as session:
        row = session.get_one(PersonRow, person_id)
        fill_person(
            row,
            replace(person_of(row), topics=("secret-topic",), notes="secret-note", needs=("secret-need",)),
        )
    world.answer(invitation_id, "accept")
    world.work()
    (told,) = world.letters(TO_ORGANISATION)
    everything = f"{told.subject} {told.text} {told.html} {told.calendar}"
    assert "Haru" in told.text
    assert "13:00" in told.text
    assert "step" in told.text.lower()  # step-free access: the need that may be shared
    for secret in (
        "haru@example.org",
        "35.63",
        "139.58",
        "secret",
        "1994",
        "Mori",
        invitation_id,
        person_id,
        "/i/",
    ):
        assert secret not in everything


def test_care_16_the_organisation_hears_nothing_before_a_yes(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    with world.database.reading() as session:
        row = session.scalars(select(OpportunityRow)).unique().one()
        assert showing.visitors(session, row.id, row.organisation_id, NOW) == []
    world.answer(invitation_id, "not_now")
    world.clock.advance(minutes=15)
    world.work()
    assert world.letters(TO_ORGANISATION) == []


def test_visitors_of_an_opportunity_are_those_still_to_come(at: At) -> None:
    world, invitation_id = at("accepted")
    with world.database.reading() as session:
        row = session.scalars(select(OpportunityRow)).unique().one()
        (visitor,) = showing.visitors(session, row.id, row.organisation_id, NOW)
        assert (visitor.alias, visitor.needs) == ("Haru", ("step_free",))
        assert visitor.occurrence.id == world.invitation(invitation_id).occurrence_id
        assert showing.visitors(session, row.id, "another", NOW) == []
    world.visit(invitation_id, "ok")
    with world.database.reading() as session:
        assert showing.visitors(session, row.id, row.organisation_id, NOW) == []


def test_whose_visit_is_over_is_no_visitor_any_more_recorded_or_not(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    row = world.invitation(invitation_id)
    ends_at = row.occurrence.ends_at
    assert ends_at is not None
    with world.database.reading() as session:
        for now, coming in ((ends_at - timedelta(minutes=1), 1), (ends_at, 0)):
            assert len(showing.visitors(session, row.opportunity_id, row.organisation_id, now)) == coming
            assert len(showing.visitors_to_come(session, row.organisation_id, now)) == coming


def _suspend(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        vetting.suspend(session, row.organisation_id, NOW)


def _let_the_vetting_end(world: World, row: InvitationRow) -> None:
    """Before the sweep has had its turn."""
    with world.database.writing() as session:
        session.get_one(OrganisationRow, row.organisation_id).vetted_until = NOW


def _freeze(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        people.freeze(session, people.lock(session, row.person_id), NOW)


def _withdraw_consent(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        consent = session.scalars(select(ConsentRow).where(ConsentRow.purpose == "matching")).one()
        people.withdraw_consent(session, people.lock(session, row.person_id), consent.id, NOW)


def _withdraw_posting(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        session.get_one(OpportunityRow, row.opportunity_id).state = "withdrawn"


@pytest.mark.parametrize(
    "forbid",
    [_suspend, _let_the_vetting_end, _freeze, _withdraw_consent, _withdraw_posting],
    ids=lambda one: one.__name__.strip("_"),
)
def test_care_12_15_21_a_guest_is_not_revealed_after_what_forbids_it(at: At, forbid: Any) -> None:
    world, invitation_id = at("sent")
    world.answer(invitation_id, "accept")
    handle(world, "invitation.accepted")
    forbid(world, world.invitation(invitation_id))
    row = world.invitation(invitation_id)
    with world.database.reading() as session:
        assert showing.visitors(session, row.opportunity_id, row.organisation_id, NOW) == []
    handle(world, "letter.due")
    assert world.letters(TO_ORGANISATION) == []
    assert the_letter(world, "visitor_announced").state == "dropped"


def test_a_pause_hides_no_guest(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    world.answer(invitation_id, "accept", pause=True)
    world.work()
    assert len(world.letters(TO_ORGANISATION)) == 1
