"""What happens to a person ends, or keeps, what is live: a pause, a crisis, a consent taken back, a caseworker's word."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from matcher.domain.person import Consent
from matcher.domain.values import Purpose
from matcher.services.asking import inviting
from matcher.services.people import people
from matcher.storage.tables import ConsentRow, InvitationRow
from tests.builders import NOW, World
from tests.services.answers.ended import (
    TO_CASEWORKER,
    TO_ORGANISATION,
    TO_PERSON,
    do,
    seats_taken,
    the_person,
)
from tests.worlds import At


@pytest.mark.parametrize("point", ["approved", "sent"])
def test_care_02_a_pause_withdraws_silently_what_was_not_accepted(at: At, point: str) -> None:
    world, invitation_id = at(point)
    letters = len(world.letters())
    do(world, people.pause)
    world.work()
    row = world.invitation(invitation_id)
    assert (row.state, row.holds_seat, seats_taken(world), len(world.letters())) == (
        "withdrawn",
        False,
        0,
        letters,
    )
    assert world.matches(row.person_id) == []
    do(world, people.resume)
    world.work()
    assert len(world.matches(row.person_id)) == 1


def test_an_accepted_visit_stays_on_a_pause(at: At) -> None:
    world, invitation_id = at("accepted")
    letters = len(world.letters())
    do(world, people.pause)
    world.work()
    assert (world.invitation(invitation_id).state, len(world.letters())) == ("accepted", letters)


def test_somebody_who_resumed_at_once_keeps_what_they_have(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    do(world, people.pause)
    do(world, people.resume)
    world.work()
    assert world.invitation(invitation_id).state == "sent"


@pytest.mark.parametrize("point", ["approved", "sent", "accepted"])
def test_care_12_a_crisis_stops_everything_and_tells_a_human(at: At, point: str) -> None:
    world, invitation_id = at(point)
    to_person, to_organisation = len(world.letters(TO_PERSON)), len(world.letters(TO_ORGANISATION))
    do(world, people.freeze)
    world.work()
    row = world.invitation(invitation_id)
    assert row.state == ("cancelled" if point == "accepted" else "withdrawn")
    assert (row.live, row.holds_seat) == (False, False)
    assert len(world.letters(TO_CASEWORKER)) == 1
    assert len(world.letters(TO_PERSON)) == to_person  # a human tells them, no letter does
    assert len(world.letters(TO_ORGANISATION)) == to_organisation + (1 if point == "accepted" else 0)
    assert world.matches(row.person_id) == []


def test_care_12_a_pause_that_stood_before_a_crisis_stands_after_it(sqlite_world: World) -> None:
    world = sqlite_world
    world.a_person()
    do(world, people.pause)
    do(world, people.freeze)
    do(world, people.resume)
    assert the_person(world).state == "frozen"  # only a human ends it
    do(world, people.pause)
    do(world, people.unfreeze)
    assert the_person(world).state == "paused"
    do(world, people.resume)
    assert the_person(world).state == "open"


@pytest.mark.parametrize("point", ["approved", "sent", "accepted"])
def test_care_21_withdrawing_consent_stops_everything_in_flight(at: At, point: str) -> None:
    world, invitation_id = at(point)
    with world.database.reading() as session:
        consent_id = session.scalars(select(ConsentRow.id)).one()
    do(world, people.withdraw_consent, consent_id=consent_id)
    world.work()
    row = world.invitation(invitation_id)
    assert row.state == ("cancelled" if point == "accepted" else "withdrawn")
    assert (row.holds_seat, world.matches(row.person_id)) == (False, [])


def test_care_21_a_consent_given_again_keeps_what_rests_on_it(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    with world.database.reading() as session:
        consent_id = session.scalars(select(ConsentRow.id)).one()
    do(world, people.withdraw_consent, consent_id=consent_id)
    do(world, people.consent, given=Consent(Purpose.matching, "2026-12", world.clock()), given_by="x")
    world.work()
    assert world.invitation(invitation_id).state == "sent"


def test_care_21_another_consent_leaves_it_alone(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    do(world, people.consent, given=Consent(Purpose.supporter_copy, "2026-11", NOW), given_by="x")
    with world.database.reading() as session:
        consent_id = session.scalars(
            select(ConsentRow.id).where(ConsentRow.purpose == "supporter_copy")
        ).one()
    do(world, people.withdraw_consent, consent_id=consent_id)
    world.work()
    assert world.invitation(invitation_id).state == "sent"


def test_a_caseworker_calls_an_accepted_visit_off_and_everybody_hears_of_it(at: At) -> None:
    world, invitation_id = at("accepted")
    before = len(world.letters(TO_PERSON)), len(world.letters(TO_ORGANISATION))
    with world.database.writing() as session:
        inviting.withdraw(session, session.get_one(InvitationRow, invitation_id), NOW)
    world.work()
    assert world.invitation(invitation_id).state == "cancelled"
    assert (len(world.letters(TO_PERSON)), len(world.letters(TO_ORGANISATION))) == (
        before[0] + 1,
        before[1] + 1,
    )
    assert "METHOD:CANCEL" in (world.letters(TO_PERSON)[0].calendar or "")
