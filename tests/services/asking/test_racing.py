"""Many at once on PostgreSQL: no seat too many, no second invitation, and one consistent end whoever was faster."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from matcher.domain.errors import Conflict
from matcher.services.answers import answering
from matcher.services.asking import inviting
from matcher.services.listings import posting, vetting
from matcher.services.people import exclusions, people
from matcher.storage import outbox
from matcher.storage.tables import EventRow, InvitationRow, MatchRow, Occurrence, OpportunityRow
from tests.builders import NOW, World
from tests.forms import a_posting
from tests.worlds import At

ROUNDS = 3  # each starts two threads at one moment; who is faster differs from round to round


def _together(*deeds: Callable[[], Any]) -> list[Any]:
    """Do all of them at one moment; give back what each returned or raised."""
    gate = threading.Barrier(len(deeds))

    def run(deed: Callable[[], Any]) -> Any:
        gate.wait(10)
        try:
            return deed()
        except Exception as error:  # noqa: BLE001 - the tests look at it
            return error

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def _codes(results: list[Any]) -> list[str]:
    assert all(isinstance(one, InvitationRow | Conflict) for one in results), results
    return sorted(one.code if isinstance(one, Conflict) else "approved" for one in results)


def _occurrence(world: World) -> Occurrence:
    with world.database.reading() as session:
        return session.scalars(select(Occurrence)).one()


def _work_with_threads(world: World, threads: int = 4) -> None:
    """Handle everything that is due, several at once, as worker processes do, and what was to be tried again."""
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(50):
            with world.database.reading() as session:
                due = list(outbox.due(session, world.clock(), 500))
            if not due:
                with world.database.reading() as session:
                    waits = session.scalars(
                        select(EventRow.available_at).where(
                            EventRow.done_at.is_(None), EventRow.executions + EventRow.postponements > 0
                        )
                    ).all()
                if not waits:
                    return
                world.clock.now = max(world.clock.now, *waits)
                continue
            list(pool.map(world.handler.handle, due))
    raise AssertionError("Events keep coming due.")


def test_care_16_two_approvals_for_the_last_seat_one_wins_and_the_other_is_told_full(
    postgres_world: World,
) -> None:
    world = postgres_world
    world.an_opportunity(capacity=1)
    ids = [world.a_person(alias=f"Guest {number}") for number in range(2)]
    world.work()
    matches = [world.matches(one)[0].id for one in ids]
    results = _together(*[lambda one=one: world.approve(one) for one in matches])
    assert _codes(results) == ["approved", "full"]
    assert (_occurrence(world).taken, _occurrence(world).capacity) == (1, 1)
    with world.database.reading() as session:
        assert len(list(session.scalars(select(InvitationRow)))) == 1


def test_eight_approvals_for_three_seats_three_win(postgres_world: World) -> None:
    world = postgres_world
    world.an_opportunity(capacity=3)
    ids = [world.a_person(alias=f"Guest {number}") for number in range(8)]
    world.work()
    matches = [world.matches(one)[0].id for one in ids]
    results = _together(*[lambda one=one: world.approve(one) for one in matches])
    assert _codes(results) == ["approved"] * 3 + ["full"] * 5
    assert _occurrence(world).taken == 3


def test_care_02_ten_approvals_at_once_for_one_person_make_one_invitation(postgres_world: World) -> None:
    world = postgres_world
    person_id = world.a_person()
    organisation_id = world.an_organisation()
    for number in range(10):
        world.an_opportunity(organisation_id, title=f"Garden {number}")
    world.work()
    matches = [match.id for match in world.matches(person_id)]
    assert len(matches) == 10
    results = _together(*[lambda one=one: world.approve(one) for one in matches])
    assert _codes(results) == ["approved"] + ["live_invitation"] * 9
    with world.database.reading() as session:
        assert sum(session.scalars(select(Occurrence.taken))) == 1


def test_one_match_approved_ten_times_at_once_becomes_one_invitation(at_postgres: At) -> None:
    world, person_id = at_postgres("proposed")
    match_id = world.matches(person_id)[0].id
    results = _together(*[lambda: world.approve(match_id)] * 10)
    assert _codes(results) == ["approved"] + ["live_invitation"] * 9


def _withdraw(world: World, row: InvitationRow) -> Any:
    with world.database.writing() as session:
        return inviting.withdraw(session, session.get_one(InvitationRow, row.id), NOW)


def _pause(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        people.pause(session, people.lock(session, row.person_id), NOW)


def _exclude(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        person = people.lock(session, row.person_id)
        exclusions.exclude(
            session, person, organisation_id=row.organisation_id, other_person_id=None, now=NOW
        )


def _suspend(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        vetting.suspend(session, row.organisation_id, NOW)
    with world.database.reading() as session:
        due = session.scalars(select(EventRow.id).where(EventRow.type == "organisation.suspended")).one()
    world.handler.handle(due)


def _withdraw_posting(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        posting.withdraw(session, posting.locked(session, row.organisation_id, row.opportunity_id), NOW)
    with world.database.reading() as session:
        due = session.scalars(select(EventRow.id).where(EventRow.type == "opportunity.withdrawn")).one()
    world.handler.handle(due)


@pytest.mark.parametrize("round_number", range(ROUNDS))
@pytest.mark.parametrize(
    ("against", "ends"),
    [
        (_withdraw, {"withdrawn", "cancelled"}),
        (_pause, {"accepted", "withdrawn"}),
        (_exclude, {"withdrawn", "cancelled"}),
        (_suspend, {"withdrawn", "cancelled"}),
        (_withdraw_posting, {"withdrawn", "cancelled"}),
    ],
    ids=["withdraw", "pause", "exclude", "suspend", "withdraw_posting"],
)
def test_a_yes_racing_with_what_forbids_it_has_one_consistent_end(
    at_postgres: At, against: Callable[[World, InvitationRow], Any], ends: set[str], round_number: int
) -> None:
    world, invitation_id = at_postgres("sent")
    row = world.invitation(invitation_id)
    token = world.token(invitation_id)

    def accept() -> answering.Opened | None:
        with world.database.writing() as session:
            return answering.answer(session, token, "accept", NOW)

    opened, other = _together(accept, lambda: against(world, row))
    assert isinstance(opened, answering.Opened), opened  # a kind page whatever happened
    assert other is None or isinstance(other, InvitationRow), other
    _work_with_threads(world)
    after = world.invitation(invitation_id)
    assert after.state in ends
    assert after.live == (after.state == "accepted")
    assert after.holds_seat == (after.state == "accepted")
    assert _occurrence(world).taken == (1 if after.state == "accepted" else 0)
    states = [line.state for line in after.history]
    assert states in (["approved", "sent", after.state], ["approved", "sent", "accepted", after.state])
    told = len(world.letters("izumi@example.org"))
    assert told in ({1} if after.state == "accepted" else {0, 1, 2})


def test_ten_answers_at_once_are_one_answer(at_postgres: At) -> None:
    world, invitation_id = at_postgres("sent")
    token = world.token(invitation_id)

    def say(deed: str) -> answering.Opened | None:
        with world.database.writing() as session:
            return answering.answer(session, token, deed, NOW)

    deeds = ["accept", "not_now", "too_much", "not_for_me", "accept"] * 2
    results = _together(*[lambda deed=deed: say(deed) for deed in deeds])
    assert all(isinstance(one, answering.Opened) for one in results), results
    row = world.invitation(invitation_id)
    assert len(row.history) == 3
    assert {one.answer for one in results} == {row.answer}


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_care_16_lowering_the_capacity_while_a_seat_is_taken_always_succeeds(
    postgres_world: World, round_number: int
) -> None:
    world = postgres_world
    opportunity_id = world.an_opportunity()
    ids = [world.a_person(alias=f"Guest {number}") for number in range(2)]
    world.work()
    matches = [world.matches(one)[0].id for one in ids]
    world.approve(matches[0])
    organisation_id = _organisation(world)

    def lower() -> OpportunityRow:
        with world.database.writing() as session:
            row = posting.locked(session, organisation_id, opportunity_id)
            return posting.change(session, row, a_posting(capacity=1), NOW)

    lowered, approved = _together(lower, lambda: world.approve(matches[1]))
    assert isinstance(lowered, OpportunityRow), lowered
    assert isinstance(approved, InvitationRow | Conflict), approved
    _work_with_threads(world)
    assert (_occurrence(world).taken, _occurrence(world).capacity) == (1, 1)


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_care_16_taking_a_session_off_while_it_is_matched_always_succeeds(
    postgres_world: World, round_number: int
) -> None:
    world = postgres_world
    world.a_person()
    opportunity_id = world.an_opportunity()
    organisation_id = _organisation(world)
    with world.database.reading() as session:
        due = list(outbox.due(session, NOW, 100))

    def take_off() -> OpportunityRow:
        later = {"starts_at": "2026-12-08T13:00:00+09:00", "ends_at": "2026-12-08T13:30:00+09:00"}
        with world.database.writing() as session:
            row = posting.locked(session, organisation_id, opportunity_id)
            return posting.change(session, row, a_posting(sessions=[later]), NOW)

    results = _together(take_off, *[lambda one=one: world.handler.handle(one) for one in due])
    assert isinstance(results[0], OpportunityRow), results[0]
    _work_with_threads(world)
    with world.database.reading() as session:
        for match in session.scalars(select(MatchRow).where(MatchRow.state == "proposed")):
            assert session.get_one(Occurrence, match.occurrence_id).removed_at is None


def _organisation(world: World) -> str:
    with world.database.reading() as session:
        return session.scalars(select(OpportunityRow.organisation_id)).one()


def test_a_seat_is_given_back_once_whoever_ends_it(at_postgres: At) -> None:
    world, invitation_id = at_postgres("accepted")
    row = world.invitation(invitation_id)
    token = world.token(invitation_id)

    def cancel() -> Any:
        with world.database.writing() as session:
            return answering.answer(session, token, "cancel", NOW)

    results = _together(cancel, lambda: _withdraw(world, row), lambda: _withdraw_posting(world, row))
    assert not [one for one in results if isinstance(one, Exception) and not isinstance(one, Conflict)], (
        results
    )
    _work_with_threads(world)
    assert (_occurrence(world).taken, world.invitation(invitation_id).state) == (0, "cancelled")
    assert len(world.invitation(invitation_id).history) == 4


def test_many_listings_and_people_at_once_are_all_matched(postgres_world: World) -> None:
    world = postgres_world
    organisation_id = world.an_organisation()
    ids = [world.a_person(alias=f"Guest {number}") for number in range(6)]
    for number in range(6):
        world.an_opportunity(organisation_id, title=f"Garden {number}")
    _work_with_threads(world)
    assert [len(world.matches(one)) for one in ids] == [6] * 6
    with world.database.reading() as session:
        failed = session.execute(
            select(EventRow.type, EventRow.executions, EventRow.postponements, EventRow.error).where(
                EventRow.executions + EventRow.postponements > 1
            )
        ).all()
        assert failed == []
