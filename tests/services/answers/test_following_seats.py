"""What an organisation can learn from its own postings, and what becomes of seats it takes away or adds (CARE 16)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from matcher.api.forms.opportunity import OpportunityForm
from matcher.storage.opportunities import opportunity_of
from matcher.storage.tables import EventRow, OpportunityRow
from tests.builders import World
from tests.forms import OPPORTUNITY
from tests.services.answers.followed import NEXT_WEEK, change, invite, occurrences, states, the_posting
from tests.worlds import At


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
    assert occurrences(world) == [(1, 2, False)]


def test_care_16_lowering_the_capacity_always_succeeds_and_the_newest_unanswered_go(at: At) -> None:
    world, first = at("accepted")
    (second,) = invite(world, 1)
    change(world, capacity=4)
    world.work()
    third, fourth = invite(world, 2)
    assert occurrences(world) == [(4, 4, False)]
    lowered = change(world, capacity=2)
    assert (lowered.capacity, lowered.state) == (2, "published")
    assert occurrences(world) == [(4, 4, False)]  # held seats stay held until their invitations have ended
    world.work()
    assert states(world, [first, second, third, fourth]) == ["accepted", "sent", "withdrawn", "withdrawn"]
    assert occurrences(world) == [(2, 2, False)]


def test_care_16_a_capacity_below_what_was_accepted_ends_no_accepted_visit(at: At) -> None:
    world, first = at("accepted")
    (second,) = invite(world, 1)
    world.answer(second, "accept")
    world.work()
    change(world, capacity=1)
    world.work()
    assert states(world, [first, second]) == ["accepted", "accepted"]
    assert occurrences(world) == [(2, 2, False)]
    world.answer(second, "cancel")
    world.work()
    assert occurrences(world) == [(1, 1, False)]


def test_care_16_two_changes_in_a_row_withdraw_no_more_than_the_capacity_asks(at: At) -> None:
    world, first = at("sent")
    (second,) = invite(world, 1)
    change(world, capacity=1)
    change(world, capacity=1, title="Gardening")
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
    assert states(world, [first, second]) == ["sent", "withdrawn"]


def test_care_16_a_session_taken_off_and_put_back_is_the_same_one_for_everybody(world: World) -> None:
    """Whether its id stayed must not tell whether somebody was matched to it."""
    world.an_opportunity(sessions=[*OPPORTUNITY["sessions"], NEXT_WEEK])
    before = _seen(world)
    change(world, sessions=[NEXT_WEEK])
    assert len(_seen(world)[0]["sessions"]) == 1
    change(world, sessions=[*OPPORTUNITY["sessions"], NEXT_WEEK])
    assert _seen(world)[0] == before[0]


def test_sessions_of_a_draft_leave_nothing_behind(sqlite_world: World) -> None:
    world = sqlite_world
    world.an_opportunity(state="draft")
    change(world, state="draft", sessions=[NEXT_WEEK])
    assert occurrences(world) == [(0, 2, False)]


def test_a_raised_capacity_offers_more_seats(at: At) -> None:
    world, _ = at("sent")
    change(world, capacity=4)
    assert occurrences(world) == [(1, 4, False)]


def test_a_change_that_changes_nothing_emits_nothing(at_sqlite: At) -> None:
    world, _ = at_sqlite("sent")
    before = the_posting(world)
    with world.database.reading() as session:
        events = len(list(session.scalars(select(EventRow.id))))
    assert change(world).version == before.version
    with world.database.reading() as session:
        assert len(list(session.scalars(select(EventRow.id)))) == events
