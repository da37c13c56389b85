"""How invitations follow what an organisation does, and what it can learn from its own postings (CARE 15, 16)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from matcher.api.forms.opportunity import OpportunityForm
from matcher.services.listings import posting, vetting
from matcher.storage.opportunities import opportunity_of
from matcher.storage.tables import EventRow, InvitationRow, MatchRow, Occurrence, OpportunityRow
from tests.builders import NOW, OPPORTUNITY, World, a_posting
from tests.worlds import At

TO_ORGANISATION, TO_PERSON = "izumi@example.org", "haru@example.org"
NEXT_WEEK = {"starts_at": "2026-12-08T13:00:00+09:00", "ends_at": "2026-12-08T13:30:00+09:00"}


def _row(world: World) -> OpportunityRow:
    with world.database.reading() as session:
        return session.scalars(select(OpportunityRow)).unique().one()


def _change(world: World, **facts: Any) -> OpportunityRow:
    known = _row(world)
    with world.database.writing() as session:
        row = posting.locked(session, known.organisation_id, known.id)
        return posting.change(session, row, a_posting(**facts), world.clock())


def _withdraw(world: World) -> None:
    known = _row(world)
    with world.database.writing() as session:
        posting.withdraw(session, posting.locked(session, known.organisation_id, known.id), world.clock())


def _occurrences(world: World) -> list[tuple[int, int, bool]]:
    with world.database.reading() as session:
        rows = session.scalars(select(Occurrence).order_by(Occurrence.starts_at, Occurrence.id))
        return [(row.taken, row.capacity, row.removed_at is not None) for row in rows]


def _invite(world: World, count: int) -> list[str]:
    """Invitations of so many new people, oldest first, all sent."""
    person_ids = [world.a_person() for _ in range(count)]
    world.work()
    ids = [world.approve(world.matches(person_id)[0].id).id for person_id in person_ids]
    world.work()
    return ids


def _states(world: World, ids: list[str]) -> list[str]:
    return [world.invitation(one).state for one in ids]


MATERIAL = [
    {"sessions": [NEXT_WEEK]},
    {"place": {**OPPORTUNITY["place"], "latitude": 35.64}},
    {"place": {**OPPORTUNITY["place"], "entry": "By the blue door."}},
    {"host": {**OPPORTUNITY["host"], "name": "Ito"}},
    {"group_size": {"typical": 4, "max": 4}},
    {"interaction": "conversation"},
    {"stimulation": "calm"},
]
IMMATERIAL = [{"title": "Gardening"}, {"topics": ["weeds"]}, {"summary": "Other words."}, {"capacity": 3}]


@pytest.mark.parametrize("facts", MATERIAL, ids=lambda facts: next(iter(facts)))
def test_a_change_of_what_was_said_withdraws_it_with_a_kind_note(
    at_sqlite: At, facts: dict[str, Any]
) -> None:
    world, invitation_id = at_sqlite("sent")
    before = len(world.letters(TO_PERSON))
    _change(world, **facts)
    world.work()
    row = world.invitation(invitation_id)
    assert (row.state, row.live, row.holds_seat) == ("withdrawn", False, False)
    assert len(world.letters(TO_PERSON)) == before + 1


@pytest.mark.parametrize("facts", MATERIAL[1:], ids=lambda facts: next(iter(facts)))
def test_accepted_visitors_are_told_of_a_change_at_once(at_sqlite: At, facts: dict[str, Any]) -> None:
    world, invitation_id = at_sqlite("accepted")
    before = len(world.letters(TO_PERSON))
    world.clock.now = NOW.replace(hour=18)  # at three in the night, outside their hours
    _change(world, **facts)
    world.work()
    assert world.invitation(invitation_id).state == "accepted"
    newest = world.letters(TO_PERSON)[0]
    assert len(world.letters(TO_PERSON)) == before + 1
    assert "METHOD:PUBLISH" in (newest.calendar or "")
    assert len(world.letters(TO_ORGANISATION)) == 1


def test_a_place_that_changed_changed_for_every_posting_there(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    organisation_id = world.invitation(invitation_id).organisation_id
    before = len(world.letters(TO_PERSON))
    world.an_opportunity(organisation_id, title="Tea", topics=["tea"])  # the same place, said the same way
    world.work()
    assert world.invitation(invitation_id).state == "sent"
    elsewhere = {**OPPORTUNITY["place"], "name": "Hall", "entry": "Ring twice."}
    world.an_opportunity(organisation_id, title="Cards", place=elsewhere)
    world.work()
    assert world.invitation(invitation_id).state == "sent"
    blue_door = {**OPPORTUNITY["place"], "entry": "By the blue door."}
    world.an_opportunity(organisation_id, title="Coffee", place=blue_door)
    world.work()
    assert world.invitation(invitation_id).state == "withdrawn"
    assert len(world.letters(TO_PERSON)) == before + 1


@pytest.mark.parametrize("facts", IMMATERIAL, ids=lambda facts: next(iter(facts)))
@pytest.mark.parametrize("point", ["sent", "accepted"])
def test_any_other_change_leaves_invitations_as_they_are(
    at_sqlite: At, point: str, facts: dict[str, Any]
) -> None:
    world, invitation_id = at_sqlite(point)
    letters = len(world.letters())
    _change(world, **facts)
    world.work()
    assert (world.invitation(invitation_id).state, len(world.letters())) == (point, letters)


def test_one_more_session_leaves_those_invited_to_the_others_alone(at: At) -> None:
    world, invitation_id = at("sent")
    _change(world, sessions=[*OPPORTUNITY["sessions"], NEXT_WEEK])
    world.work()
    assert world.invitation(invitation_id).state == "sent"


def test_a_change_of_one_session_touches_only_those_invited_to_it(at: At) -> None:
    world, first = at("sent")
    _change(world, sessions=[*OPPORTUNITY["sessions"], NEXT_WEEK])
    world.work()
    with (
        world.database.writing() as session
    ):  # make the first session full, so that the next goes to the second
        session.get_one(Occurrence, world.invitation(first).occurrence_id).taken = 2
    (second,) = _invite(world, 1)
    assert world.invitation(second).occurrence_id != world.invitation(first).occurrence_id
    later = {"starts_at": "2026-12-08T15:00:00+09:00", "ends_at": "2026-12-08T15:30:00+09:00"}
    _change(world, sessions=[*OPPORTUNITY["sessions"], later])
    world.work()
    assert _states(world, [first, second]) == ["sent", "withdrawn"]


def test_a_session_that_is_gone_calls_its_visitors_off(at: At) -> None:
    world, invitation_id = at("accepted")
    _change(world, sessions=[NEXT_WEEK])
    world.work()
    assert world.invitation(invitation_id).state == "cancelled"
    assert "METHOD:CANCEL" in (world.letters(TO_PERSON)[0].calendar or "")
    assert len(world.letters(TO_ORGANISATION)) == 1  # they know: it was they who took it off


def test_nobody_is_told_of_what_they_never_saw(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("approved")
    with world.database.reading() as session:
        approved = session.scalars(select(EventRow.id).where(EventRow.type == "invitation.approved")).one()
    _change(world, stimulation="calm")
    with world.database.reading() as session:
        changed = session.scalars(
            select(EventRow.id).where(EventRow.type == "opportunity.changed", EventRow.done_at.is_(None))
        ).one()
    world.handler.handle(changed)
    world.handler.handle(approved)
    world.work()
    assert (world.invitation(invitation_id).state, world.letters()) == ("withdrawn", [])


@pytest.mark.parametrize("point", ["approved", "sent", "accepted"])
def test_a_withdrawn_posting_ends_everything_with_a_kind_note(at: At, point: str) -> None:
    world, invitation_id = at(point)
    before = len(world.letters(TO_PERSON))
    _withdraw(world)
    world.work()
    row = world.invitation(invitation_id)
    assert row.state == ("cancelled" if point == "accepted" else "withdrawn")
    assert row.holds_seat is False
    assert len(world.letters(TO_PERSON)) == before + (0 if point == "approved" else 1)
    assert world.matches(row.person_id) == []


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


def test_care_15_a_suspension_that_was_lifted_before_its_event_ends_nothing(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    organisation_id = world.invitation(invitation_id).organisation_id
    with world.database.writing() as session:
        vetting.suspend(session, organisation_id, NOW)
        for admin_id in world.admins:
            vetting.vet(session, organisation_id, admin_id, NOW)
    world.work()
    assert world.invitation(invitation_id).state == "accepted"


# What an organisation sees of its own posting.


def _seen(world: World) -> tuple[Any, ...]:
    """Everything of a posting that an answer to its organisation is made of."""
    with world.database.reading() as session:
        row = session.scalars(select(OpportunityRow)).unique().one()
        return OpportunityForm().show(opportunity_of(row)), row.version, row.state, row.capacity


def test_care_16_nothing_an_organisation_sees_moves_with_seats_or_proposals(sqlite_world: World) -> None:
    world = sqlite_world
    world.an_opportunity()
    world.work()
    before = _seen(world)
    person_id = world.a_person()
    world.work()
    assert len(world.matches(person_id)) == 1
    assert _seen(world) == before
    invitation_id = world.approve(world.matches(person_id)[0].id).id
    assert _seen(world) == before
    world.work()
    assert _seen(world) == before
    world.answer(invitation_id, "accept")
    world.work()
    assert _seen(world) == before
    assert _occurrences(world) == [(1, 2, False)]


def test_care_16_lowering_the_capacity_always_succeeds_and_the_newest_unanswered_go(at: At) -> None:
    world, first = at("accepted")
    (second,) = _invite(world, 1)
    _change(world, capacity=4)
    world.work()
    third, fourth = _invite(world, 2)
    assert _occurrences(world) == [(4, 4, False)]
    lowered = _change(world, capacity=2)
    assert (lowered.capacity, lowered.state) == (2, "published")
    assert _occurrences(world) == [(4, 4, False)]  # held seats stay held until their invitations have ended
    world.work()
    assert _states(world, [first, second, third, fourth]) == ["accepted", "sent", "withdrawn", "withdrawn"]
    assert _occurrences(world) == [(2, 2, False)]


def test_care_16_a_capacity_below_what_was_accepted_ends_no_accepted_visit(at: At) -> None:
    world, first = at("accepted")
    (second,) = _invite(world, 1)
    world.answer(second, "accept")
    world.work()
    _change(world, capacity=1)
    world.work()
    assert _states(world, [first, second]) == ["accepted", "accepted"]
    assert _occurrences(world) == [(2, 2, False)]
    world.answer(second, "cancel")
    world.work()
    assert _occurrences(world) == [(1, 1, False)]


def test_care_16_two_changes_in_a_row_withdraw_no_more_than_the_capacity_asks(at: At) -> None:
    world, first = at("sent")
    (second,) = _invite(world, 1)
    _change(world, capacity=1)
    _change(world, capacity=1, title="Gardening")
    with (
        world.database.reading() as session
    ):  # both changes have their turn before the end of the first gives its seat back
        due = list(
            session.scalars(
                select(EventRow.id).where(EventRow.type == "opportunity.changed", EventRow.done_at.is_(None))
            )
        )
    assert len(due) == 2
    for event_id in due:
        world.handler.handle(event_id)
    world.work()
    assert _states(world, [first, second]) == ["sent", "withdrawn"]


def test_care_16_a_session_taken_off_and_put_back_is_the_same_one_for_everybody(world: World) -> None:
    """Whether its id stayed must not tell whether somebody was matched to it."""
    world.an_opportunity(sessions=[*OPPORTUNITY["sessions"], NEXT_WEEK])
    before = _seen(world)
    _change(world, sessions=[NEXT_WEEK])
    assert len(_seen(world)[0]["sessions"]) == 1
    _change(world, sessions=[*OPPORTUNITY["sessions"], NEXT_WEEK])
    assert _seen(world)[0] == before[0]


def test_sessions_of_a_draft_leave_nothing_behind(sqlite_world: World) -> None:
    world = sqlite_world
    world.an_opportunity(state="draft")
    _change(world, state="draft", sessions=[NEXT_WEEK])
    assert _occurrences(world) == [(0, 2, False)]


def test_a_raised_capacity_offers_more_seats(at: At) -> None:
    world, _ = at("sent")
    _change(world, capacity=4)
    assert _occurrences(world) == [(1, 4, False)]


def test_a_change_that_changes_nothing_emits_nothing(at_sqlite: At) -> None:
    world, _ = at_sqlite("sent")
    before = _row(world)
    with world.database.reading() as session:
        events = len(list(session.scalars(select(EventRow.id))))
    assert _change(world).version == before.version
    with world.database.reading() as session:
        assert len(list(session.scalars(select(EventRow.id)))) == events
