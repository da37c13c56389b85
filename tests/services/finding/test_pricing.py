"""A seat has the price that those still to come would pay for it, by those who came before."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import select, update

from matcher.scoring.allocation import Cases, Night, Pairs
from matcher.scoring.weights import WEIGHTS
from matcher.services.finding import pricing
from matcher.storage.tables import InvitationRow, MatchRow, Occurrence
from tests.builders import NOW, World
from tests.services.finding.test_allocating import agreed

CAME = 4


def _two_sessions(world: World, capacity: int = CAME) -> tuple[list[str], str]:
    """People who agreed in advance, and a posting of which the first session takes them all."""
    ids = agreed(world, CAME)
    sessions = [
        {"starts_at": start.isoformat(), "ends_at": (start + timedelta(minutes=30)).isoformat()}
        for start in (NOW + timedelta(days=8), NOW + timedelta(weeks=12))
    ]
    opportunity_id = world.an_opportunity(capacity=capacity, sessions=sessions)
    world.work()
    return ids, opportunity_id


def _later(world: World) -> Occurrence:
    with world.database.reading() as session:
        return session.scalars(select(Occurrence).order_by(Occurrence.starts_at.desc())).first()  # type: ignore[return-value]


def _price(world: World, seats: int = 1, worth: float = 0.1) -> float:
    """Of one seat in the later session, which one person wants tonight."""
    one = np.ones(1)
    night = Night(
        pairs=Pairs.of([0], [0], [worth]), chance=0.9 * one, doubt=0.5 * one, interest=one,
        organisation=np.zeros(1, int), visits=np.zeros(1, int), wanted=np.zeros(1, int),
        may_ask=np.ones(1, np.bool_), weeks_waiting=0 * one, capacity=np.array([seats]), held=np.array([0]),
    )  # fmt: skip
    with world.database.reading() as session:
        return float(pricing.prices(session, night, [_later(world)], world.clock())[0])


def test_whoever_came_before_stands_for_whoever_is_still_to_come(world: World) -> None:
    _ids, opportunity_id = _two_sessions(world)
    with world.database.reading() as session:
        assert len(session.scalars(select(InvitationRow)).all()) == CAME
        cases = pricing.past_cases(session, [_later(world)], world.clock())
        assert len(cases) == CAME
        assert cases.options.session.tolist() == [0] * CAME
        assert (cases.options.worth > 0).all()
    assert opportunity_id
    world.clock.advance(weeks=WEIGHTS.past_weeks + 1)
    with world.database.reading() as session:
        assert len(pricing.past_cases(session, [_later(world)], world.clock())) == 0


def test_a_scarce_seat_costs_what_somebody_to_come_would_gain(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _two_sessions(sqlite_world)
    monkeypatch.setattr(Cases, "enough", True)
    scarce = _price(sqlite_world, seats=1)
    assert scarce > 0.1
    assert scarce == _price(sqlite_world, seats=1)  # the same whenever it is asked that night
    assert _price(sqlite_world, seats=50) == 0


def test_while_little_is_known_a_price_falls_with_each_night_that_needs_no_seat(sqlite_world: World) -> None:
    world = sqlite_world
    _two_sessions(world)
    with world.database.writing() as session:
        session.execute(update(MatchRow).values(occurrence_id=_later(world).id))
    assert _price(world) == WEIGHTS.descent_first_price
    fallen = []
    for _night in range(3):
        world.clock.advance(days=1)
        fallen.append(_price(world))
    assert WEIGHTS.descent_first_price >= fallen[0] > fallen[1] > fallen[2] > 0


def test_while_little_is_known_a_price_rises_with_each_night_that_takes_many(sqlite_world: World) -> None:
    world = sqlite_world
    _two_sessions(world)
    with world.database.writing() as session:
        for table in (MatchRow, InvitationRow):
            session.execute(update(table).values(occurrence_id=_later(world).id))
    world.clock.advance(days=1)
    assert _price(world) > WEIGHTS.descent_first_price
