"""Two who must not meet are kept apart at match, approval, sending, acceptance and reveal, in silence (CARE 18)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from matcher.domain.errors import Conflict, InvalidInput
from matcher.domain.events import EventType
from matcher.services.asking import showing
from matcher.services.my_pace import privacy
from matcher.services.people import exclusions, people
from matcher.storage.tables import EventRow, ExclusionRow, InvitationRow, LetterRow, OpportunityRow
from tests.builders import NOW, World
from tests.worlds import At

TO_ORGANISATION, TO_PERSON = "izumi@example.org", "haru@example.org"


def _keep_apart(
    world: World, one: str, *, organisation_id: str | None = None, other: str | None = None
) -> str:
    with world.database.writing() as session:
        person = people.lock(session, one)
        return people.exclude(
            session, person, organisation_id=organisation_id, other_person_id=other, now=world.clock()
        ).id


def _visitors(world: World) -> list[str]:
    with world.database.reading() as session:
        row = session.scalars(select(OpportunityRow)).unique().one()
        found = showing.visitors(session, row.id, row.organisation_id, world.clock())
        return [visitor.alias for visitor in found]


def _deliver(world: World, kind: str = "letter.due") -> None:
    """Send letters alone: the event of the exclusion has not had its turn."""
    with world.database.reading() as session:
        due = list(
            session.scalars(select(EventRow.id).where(EventRow.type == kind, EventRow.done_at.is_(None)))
        )
    for event_id in due:
        world.handler.handle(event_id)


def _two(world: World, state: str) -> tuple[str, str]:
    """Invitations of two new people to one session."""
    first, second = world.a_person(alias="Aki"), world.a_person(alias="Ren")
    world.work()
    ids = [world.approve(world.matches(one)[0].id).id for one in (first, second)]
    world.work()
    if state == "accepted":
        for one in ids:
            world.answer(one, "accept")
    return ids[0], ids[1]


def test_care_18_an_excluded_organisation_is_not_matched(world: World) -> None:
    organisation_id = world.an_organisation()
    person_id = world.a_person()
    _keep_apart(world, person_id, organisation_id=organisation_id)
    world.an_opportunity(organisation_id)
    world.work()
    assert world.matches(person_id) == []


def test_care_18_a_proposal_goes_when_it_is_excluded(at: At) -> None:
    world, person_id = at("proposed")
    organisation_id = world.matches(person_id)[0].organisation_id
    _keep_apart(world, person_id, organisation_id=organisation_id)
    world.work()
    assert world.matches(person_id) == []


@pytest.mark.parametrize("point", ["approved", "sent", "accepted"])
def test_care_18_an_exclusion_ends_what_would_bring_them_together(at: At, point: str) -> None:
    world, invitation_id = at(point)
    row = world.invitation(invitation_id)
    _keep_apart(world, row.person_id, organisation_id=row.organisation_id)
    world.work()
    after = world.invitation(invitation_id)
    assert after.state == ("cancelled" if point == "accepted" else "withdrawn")
    assert after.holds_seat is False
    assert _visitors(world) == []


def test_care_18_the_other_side_hears_nothing_of_why(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    row = world.invitation(invitation_id)
    _keep_apart(world, row.person_id, organisation_id=row.organisation_id)
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
    _deliver(world, "invitation.accepted")
    _keep_apart(world, row.person_id, organisation_id=row.organisation_id)
    _deliver(world)
    assert world.letters(TO_ORGANISATION) == []
    with world.database.reading() as session:
        letter = session.scalars(select(LetterRow).where(LetterRow.kind == "visitor_announced")).one()
    assert letter.state == "dropped"
    world.work()
    assert world.letters(TO_ORGANISATION) == []  # nor is anything called off that they never heard of


def test_care_18_an_exclusion_hides_a_guest_at_once(at: At) -> None:
    world, invitation_id = at("accepted")
    row = world.invitation(invitation_id)
    assert _visitors(world) == ["Haru"]
    _keep_apart(world, row.person_id, organisation_id=row.organisation_id)
    assert _visitors(world) == []  # before its event has had its turn


def test_care_18_two_who_must_not_meet_are_not_matched_to_one_session(at: At) -> None:
    world, invitation_id = at("sent")
    there = world.invitation(invitation_id).person_id
    one, other = world.a_person(), world.a_person()
    _keep_apart(world, one, other=there)  # whichever of the two said so
    _keep_apart(world, there, other=other)
    world.work()
    assert world.matches(one) == world.matches(other) == []
    assert world.invitation(invitation_id).state == "sent"


def test_care_18_what_was_proposed_to_both_can_be_approved_for_one(at: At) -> None:
    world, first = at("proposed")
    second = world.a_person(alias="Ren")
    world.work()
    _keep_apart(world, first, other=second)
    world.work()
    matches = [world.matches(one)[0].id for one in (first, second)]
    world.approve(matches[0])
    with pytest.raises(Conflict) as refused:
        world.approve(matches[1])
    assert refused.value.code == "stale"


def test_care_18_somebody_apart_may_go_to_another_session(sqlite_world: World) -> None:
    world = sqlite_world
    first, second = world.a_person(), world.a_person(alias="Ren")
    _keep_apart(world, first, other=second)
    world.an_opportunity(
        sessions=[
            {"starts_at": f"2026-12-{day}T13:00:00+09:00", "ends_at": f"2026-12-{day}T13:30:00+09:00"}
            for day in ("01", "08")
        ]
    )
    world.work()
    row = world.approve(world.matches(first)[0].id)
    with world.database.writing() as session:  # as the nightly sweep does
        people.tell(session, EventType.person_changed, people.lock(session, second), NOW)
    world.work()
    (match,) = world.matches(second)
    assert match.occurrence_id != row.occurrence_id


@pytest.mark.parametrize("who_asks", [0, 1])
def test_care_18_of_two_invited_the_one_who_has_not_answered_goes(at_sqlite: At, who_asks: int) -> None:
    world, _ = at_sqlite("nothing")
    world.an_opportunity()
    ids = _two(world, "sent")
    world.answer(ids[0], "accept")
    world.work()
    rows = [world.invitation(one) for one in ids]
    _keep_apart(world, rows[who_asks].person_id, other=rows[1 - who_asks].person_id)
    letters = len(world.letters(TO_PERSON))
    world.work()
    assert [world.invitation(one).state for one in ids] == ["accepted", "withdrawn"]
    assert len(world.letters(TO_PERSON)) == letters


def test_care_18_of_two_yeses_that_of_the_one_who_asked_goes(at_sqlite: At) -> None:
    world, _ = at_sqlite("nothing")
    world.an_opportunity()
    ids = _two(world, "accepted")
    world.work()
    rows = [world.invitation(one) for one in ids]
    _keep_apart(world, rows[1].person_id, other=rows[0].person_id)
    assert _visitors(world) == ["Aki"]  # at once
    world.work()
    assert [world.invitation(one).state for one in ids] == ["accepted", "cancelled"]
    assert _visitors(world) == ["Aki"]


def test_care_18_two_invited_to_different_sessions_both_keep_theirs(sqlite_world: World) -> None:
    world = sqlite_world
    world.an_opportunity()
    first = world.a_person(alias="Aki")
    world.work()
    ids = [world.approve(world.matches(first)[0].id).id]
    second = world.a_person(alias="Ren", topics=["cats"])
    world.an_opportunity(title="Cats", topics=["cats"])
    world.work()
    ids.append(world.approve(world.matches(second)[0].id).id)
    world.work()
    rows = [world.invitation(one) for one in ids]
    assert rows[0].occurrence_id != rows[1].occurrence_id
    _keep_apart(world, first, other=second)
    world.work()
    assert [world.invitation(one).state for one in ids] == ["sent", "sent"]


def test_care_18_of_two_yeses_only_one_is_announced(at_sqlite: At) -> None:
    world, _ = at_sqlite("nothing")
    world.an_opportunity()
    ids = _two(world, "accepted")
    _deliver(world, "invitation.accepted")
    rows = [world.invitation(one) for one in ids]
    _keep_apart(world, rows[1].person_id, other=rows[0].person_id)
    _deliver(world)
    told = " ".join(letter.text for letter in world.letters(TO_ORGANISATION))
    assert "Aki" in told
    assert "Ren" not in told
    world.work()
    assert "Ren" not in " ".join(letter.text for letter in world.letters(TO_ORGANISATION))


def test_care_18_a_yes_is_refused_kindly_when_the_other_is_there(at_sqlite: At) -> None:
    world, _ = at_sqlite("nothing")
    world.an_opportunity()
    ids = _two(world, "sent")
    rows = [world.invitation(one) for one in ids]
    with world.database.writing() as session:  # said in a past of which no event is left
        session.add(
            ExclusionRow(person_id=rows[0].person_id, other_person_id=rows[1].person_id, created_at=NOW)
        )
    opened = world.answer(ids[1], "accept")
    assert opened is not None
    assert opened.view == "withdrawn"
    opened = world.answer(ids[0], "accept")
    assert opened is not None
    assert opened.view == "accepted"


@pytest.mark.parametrize("how", ["lifted", "erased"])
def test_an_exclusion_that_is_gone_before_its_event_had_its_turn_ends_quietly(world: World, how: str) -> None:
    person_id, other = world.a_person(alias="Aki"), world.a_person(alias="Ren")
    world.work()
    made = _keep_apart(world, person_id, other=other)
    with world.database.reading() as session:
        event_id = session.scalars(select(EventRow.id).where(EventRow.type == "exclusion.added")).one()
    with world.database.writing() as session:
        if how == "lifted":
            row = people.locked(session, world.caseworker, person_id)
            exclusions.lift(session, row, made, "They made it up.", world.caseworker, world.clock())
        else:
            privacy.erase(session, people.locked(session, world.caseworker, other), world.clock())
    _deliver(world, "person.erased")
    world.handler.handle(event_id)
    with world.database.reading() as session:
        row = session.get_one(EventRow, event_id)
        assert session.get(ExclusionRow, made) is None
    assert (row.error, row.done_at) == (None, world.clock())


def test_an_exclusion_again_changes_nothing(world: World) -> None:
    organisation_id, person_id, other = world.an_organisation(), world.a_person(), world.a_person()
    assert _keep_apart(world, person_id, organisation_id=organisation_id) == _keep_apart(
        world, person_id, organisation_id=organisation_id
    )
    assert _keep_apart(world, person_id, other=other) == _keep_apart(world, person_id, other=other)
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
            _keep_apart(world, person_id, **wrong)
        assert refused.value.problems[0].pointer == pointer
    with world.database.reading() as session:
        assert list(session.scalars(select(ExclusionRow))) == []
        assert list(session.scalars(select(InvitationRow))) == []
