"""Somebody and an organisation are kept apart at match, approval, sending, acceptance and reveal, in silence (CARE 18)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from matcher.domain.errors import InvalidInput
from matcher.services.my_pace import privacy
from matcher.services.people import exclusions, people
from matcher.storage.tables import EventRow, ExclusionRow, InvitationRow, LetterRow
from tests.builders import World
from tests.services.people.apart import TO_ORGANISATION, deliver, keep_apart, visitors
from tests.worlds import At


def test_care_18_an_excluded_organisation_is_not_matched(world: World) -> None:
    organisation_id = world.an_organisation()
    person_id = world.a_person()
    keep_apart(world, person_id, organisation_id=organisation_id)
    world.an_opportunity(organisation_id)
    world.work()
    assert world.matches(person_id) == []


def test_care_18_a_proposal_goes_when_it_is_excluded(at: At) -> None:
    world, person_id = at("proposed")
    organisation_id = world.matches(person_id)[0].organisation_id
    keep_apart(world, person_id, organisation_id=organisation_id)
    world.work()
    assert world.matches(person_id) == []


@pytest.mark.parametrize("point", ["approved", "sent", "accepted"])
def test_care_18_an_exclusion_ends_what_would_bring_them_together(at: At, point: str) -> None:
    world, invitation_id = at(point)
    row = world.invitation(invitation_id)
    keep_apart(world, row.person_id, organisation_id=row.organisation_id)
    world.work()
    after = world.invitation(invitation_id)
    assert after.state == ("cancelled" if point == "accepted" else "withdrawn")
    assert after.holds_seat is False
    assert visitors(world) == []


def test_care_18_the_other_side_hears_nothing_of_why(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    row = world.invitation(invitation_id)
    keep_apart(world, row.person_id, organisation_id=row.organisation_id)
    world.work()
    cancelled = world.letters(TO_ORGANISATION)[0]
    by_themselves = _cancelled_by_themselves(world)
    assert (cancelled.subject, cancelled.text) == (by_themselves.subject, by_themselves.text)


def _cancelled_by_themselves(world: World) -> Any:
    """What the organisation reads of somebody of the same alias who cancelled."""
    person_id = world.a_person()
    world.work()
    invitation_id = world.approve(world.matches(person_id)[0].id).id
    world.work()
    world.answer(invitation_id, "accept")
    world.work()
    world.answer(invitation_id, "cancel")
    world.work()
    return world.letters(TO_ORGANISATION)[0]


def test_care_18_an_exclusion_keeps_a_guest_unannounced(at: At) -> None:
    world, invitation_id = at("sent")
    row = world.invitation(invitation_id)
    world.answer(invitation_id, "accept")
    deliver(world, "invitation.accepted")
    keep_apart(world, row.person_id, organisation_id=row.organisation_id)
    deliver(world)
    assert world.letters(TO_ORGANISATION) == []
    with world.database.reading() as session:
        letter = session.scalars(select(LetterRow).where(LetterRow.kind == "visitor_announced")).one()
    assert letter.state == "dropped"
    world.work()
    assert world.letters(TO_ORGANISATION) == []  # nor is anything called off that they never heard of


def test_care_18_an_exclusion_hides_a_guest_at_once(at: At) -> None:
    world, invitation_id = at("accepted")
    row = world.invitation(invitation_id)
    assert visitors(world) == ["Haru"]
    keep_apart(world, row.person_id, organisation_id=row.organisation_id)
    assert visitors(world) == []  # before its event has had its turn


@pytest.mark.parametrize("how", ["lifted", "erased"])
def test_an_exclusion_that_is_gone_before_its_event_had_its_turn_ends_quietly(world: World, how: str) -> None:
    person_id, other = world.a_person(alias="Aki"), world.a_person(alias="Ren")
    world.work()
    made = keep_apart(world, person_id, other=other)
    with world.database.reading() as session:
        event_id = session.scalars(select(EventRow.id).where(EventRow.type == "exclusion.added")).one()
    with world.database.writing() as session:
        if how == "lifted":
            row = people.locked(session, world.caseworker, person_id)
            exclusions.lift(session, row, made, "They made it up.", world.caseworker, world.clock())
        else:
            privacy.erase(session, people.locked(session, world.caseworker, other), world.clock())
    deliver(world, "person.erased")
    world.handler.handle(event_id)
    with world.database.reading() as session:
        row = session.get_one(EventRow, event_id)
        assert session.get(ExclusionRow, made) is None
    assert (row.error, row.done_at) == (None, world.clock())


def test_an_exclusion_again_changes_nothing(world: World) -> None:
    organisation_id, person_id, other = world.an_organisation(), world.a_person(), world.a_person()
    assert keep_apart(world, person_id, organisation_id=organisation_id) == keep_apart(
        world, person_id, organisation_id=organisation_id
    )
    assert keep_apart(world, person_id, other=other) == keep_apart(world, person_id, other=other)
    with world.database.reading() as session:
        added = list(session.scalars(select(EventRow.id).where(EventRow.type == "exclusion.added")))
    assert len(added) == 2


def test_exclusions_name_somebody_there_is(world: World) -> None:
    person_id = world.a_person()
    stranger = world.a_person(caller=world.a_caseworker("Abe"))
    for pointer, wrong in [
        ("/organisation_id", {"organisation_id": "nobody"}),
        ("/person_id", {"other": "nobody"}),
        ("/person_id", {"other": person_id}),
        ("/person_id", {"other": stranger}),  # whether they exist does not show
    ]:
        with pytest.raises(InvalidInput) as refused:
            keep_apart(world, person_id, **wrong)
        assert refused.value.problems[0].pointer == pointer
    with world.database.reading() as session:
        assert list(session.scalars(select(ExclusionRow))) == []
        assert list(session.scalars(select(InvitationRow))) == []
