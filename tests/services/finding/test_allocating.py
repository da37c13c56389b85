"""The night's seats: one a person, none twice, to where they are worth most, and those who waited longer a little ahead."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from matcher.domain.events import EventType
from matcher.services.asking import standing
from matcher.services.finding import allocating
from matcher.services.upkeep import sweeping
from matcher.storage.tables import EventRow, InvitationRow, MatchRow, OpportunityRow, PersonRow, SweepRow
from tests.builders import World
from tests.forms import STANDING_CONSENT, person_form
from tests.services.upkeep.nights import begin, due, tonight


def agreed(world: World, count: int, **changes: Any) -> list[str]:
    """So many people who agreed in advance, all alike."""
    form = person_form(approval="standing", **changes)
    form["consents"].append(STANDING_CONSENT)
    ids = [world.a_person(**{**form, "alias": f"Guest {number}"}) for number in range(count)]
    world.work()
    return ids


def invited(world: World) -> list[tuple[str, str]]:
    with world.database.reading() as session:
        return [
            tuple(row)
            for row in session.execute(select(InvitationRow.person_id, InvitationRow.opportunity_id))
        ]


def night(world: World) -> None:
    with world.database.writing() as session:
        sweeping.begin(session, world.clock())
    world.work()


@pytest.mark.parametrize("place", [0, 2])
def test_who_waited_longer_goes_first(sqlite_world: World, place: int) -> None:
    world = sqlite_world
    ids = agreed(world, 3)
    world.an_opportunity(capacity=1)
    world.work()
    assert invited(world) == []  # one seat, three people: the night decides
    with world.database.writing() as session:
        earlier = update(PersonRow).where(PersonRow.id == ids[place])
        session.execute(earlier.values(created_at=world.clock() - timedelta(weeks=8)))
    night(world)
    assert [person_id for person_id, _opportunity in invited(world)] == [ids[place]]


def test_the_seats_go_where_all_of_them_together_are_worth_most(sqlite_world: World) -> None:
    world = sqlite_world
    one, other, third = agreed(world, 3)
    things = [world.an_opportunity(title=f"Thing {number}", capacity=1) for number in range(2)]
    world.work()
    worth = {(one, things[0]): 0.9, (one, things[1]): 0.85, (other, things[0]): 0.8, (other, things[1]): 0.1}
    with world.database.writing() as session:
        for match in session.scalars(select(MatchRow).where(MatchRow.state == "proposed")):
            match.score = worth.get((match.person_id, match.opportunity_id), 0.05)
    with world.database.reading() as session:
        chosen = allocating.plan(session, world.clock())
        found = {
            (match.person_id, match.opportunity_id)
            for match in (session.get_one(MatchRow, one_id) for one_id in chosen)
        }
    assert found == {(one, things[1]), (other, things[0])}
    assert third not in {person_id for person_id, _thing in found}


def test_a_repeat_invites_nobody_twice(sqlite_world: World) -> None:
    world = sqlite_world
    agreed(world, 3)
    world.an_opportunity(capacity=2)
    world.work()
    night(world)
    assert len(invited(world)) == 2
    with world.database.reading() as session:
        assert session.scalars(select(SweepRow.invited)).one() == 2
        assert allocating.plan(session, world.clock()) == []


def test_many_invitations_let_others_have_a_turn(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, allocation = _before_the_allocation(sqlite_world, monkeypatch)
    world.handler.handle(allocation)
    assert len(invited(world)) == 2
    assert due(world, EventType.sweep_allocation_due) == [allocation]
    with world.database.reading() as session:
        assert session.get_one(EventRow, allocation).executions == 0
    world.work()
    assert len({person_id for person_id, _opportunity in invited(world)}) == len(invited(world)) == 3
    assert (tonight(world).invited, tonight(world).ended_at is None) == (3, False)


def test_a_turn_in_which_everybody_is_refused_comes_to_an_end(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, allocation = _before_the_allocation(sqlite_world, monkeypatch, refusing=True)
    world.handler.handle(allocation)
    assert due(world, EventType.sweep_allocation_due) == []


def _before_the_allocation(
    world: World, monkeypatch: pytest.MonkeyPatch, *, refusing: bool = False
) -> tuple[World, str]:
    """Four people and three seats, and the night's event; each approval or refusal takes 11 s."""
    agreed(world, 4)
    world.an_opportunity(capacity=3)
    world.work()
    begin(world)
    for step in (EventType.sweep_due, EventType.sweep_region_due):
        for event_id in due(world, step):
            world.handler.handle(event_id)
    (allocation,) = due(world, EventType.sweep_allocation_due)
    approve = standing.approve_if_possible

    def slowly(*about: Any) -> bool:
        world.clock.advance(seconds=11)
        return not refusing and approve(*about)

    monkeypatch.setattr(standing, "approve_if_possible", slowly)
    return world, allocation


@pytest.mark.parametrize(("score", "offered"), [(0.05, 0), (0.5, 1)])
def test_a_seat_that_is_worth_more_to_somebody_to_come_is_left(
    sqlite_world: World, score: float, offered: int
) -> None:
    world = sqlite_world
    agreed(world, 3)
    world.an_opportunity(capacity=1)
    world.work()
    with world.database.writing() as session:
        session.execute(update(MatchRow).values(score=score))
    with world.database.reading() as session:
        assert len(allocating.plan(session, world.clock())) == offered


@pytest.mark.parametrize(
    ("before", "led"), [("", True), ("visited", False), ("sent", True), ("sent sent", False)]
)
def test_of_ten_one_is_led_to_an_organisation_that_nobody_visits(
    sqlite_world: World, before: str, led: bool
) -> None:
    world = sqlite_world
    busy, quiet = world.an_organisation("Busy"), world.an_organisation("Quiet")
    for number, state in enumerate(before.split()):  # late in the month, two are waited for
        invitation_id = world.an_invitation(state, alias=f"Earlier {number}")
        with world.database.writing() as session:
            row = session.get_one(InvitationRow, invitation_id)
            row.organisation_id = quiet
            session.get_one(
                OpportunityRow, row.opportunity_id
            ).state = "finished"  # nobody else is invited to it
    ids = agreed(world, 11, max_group_size=12)
    large = {"group_size": {"typical": 3, "max": 12}}
    world.an_opportunity(busy, capacity=10, **large)
    elsewhere = world.an_opportunity(quiet, capacity=1, title="Elsewhere")
    world.work()
    _worth(world, dict.fromkeys(ids[:10], 0.6), elsewhere, only=ids[4])
    with world.database.reading() as session:
        chosen = [session.get_one(MatchRow, one) for one in allocating.plan(session, world.clock())]
    went = {match.person_id: match.organisation_id for match in chosen}
    assert went.get(ids[4]) == (quiet if led else busy)
    assert set(went) == set(ids[:10])


def _worth(world: World, scores: dict[str, float], elsewhere: str, *, only: str) -> None:
    """What the one listing is worth to each, nothing where it is not said; the other suits one of them alone, a little less."""
    with world.database.writing() as session:
        for match in session.scalars(select(MatchRow).where(MatchRow.state == "proposed")):
            match.score = scores.get(match.person_id, 0.0)
            if match.opportunity_id == elsewhere:
                match.score *= 0.9
                match.state = "proposed" if match.person_id == only else "stale"
