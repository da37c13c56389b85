"""Those whom columns leave are those whom the rules leave, read from the database a moment before."""

from __future__ import annotations

from sqlalchemy import select

from matcher.services.suitability.judging import fits, judge_people
from matcher.services.suitability.narrowing import likely_people
from matcher.storage.opportunities import opportunity_of
from matcher.storage.reach import candidate_ids
from matcher.storage.tables import OpportunityRow, PersonRow
from tests.builders import World
from tests.forms import OPPORTUNITY
from tests.services.test_memory import crowd


def _fitting(world: World) -> dict[str, tuple[set[str], list[str]]]:
    """For each posting whom the explained rules leave, and whom the columns."""
    found = {}
    with world.database.reading() as session:
        everybody = session.scalars(select(PersonRow.id)).all()
        for row in session.scalars(select(OpportunityRow)):
            judged = judge_people(session, row, everybody, world.clock())
            left = {one.person.id for one in judged if fits(one.evaluation, world.clock())}
            posting = opportunity_of(row, at=world.clock())
            reachable = candidate_ids(session, posting)
            found[row.id] = left, list(likely_people(session, posting, reachable, world.clock()))
    return found


def test_nobody_is_left_out_and_hardly_anybody_is_judged_in_vain(world: World) -> None:
    crowd(world)
    found = _fitting(world)
    assert any(left for left, _likely in found.values())
    for left, likely in found.values():
        assert left <= set(likely)
        assert len(likely) == len(set(likely))
    assert sum(len(likely) for _left, likely in found.values()) <= 2 * sum(
        len(left) for left, _ in found.values()
    )


def test_a_change_counts_at_once(world: World) -> None:
    people, _things = crowd(world)
    with world.database.writing() as session:
        for row in session.scalars(select(PersonRow).where(PersonRow.id.in_(people))):
            row.state = "paused"
    assert all(not likely for _left, likely in _fitting(world).values())


def test_a_place_that_nobody_can_reach(world: World) -> None:
    world.an_opportunity(place={**OPPORTUNITY["place"], "latitude": -10.0, "longitude": 10.0})
    ((left, likely),) = _fitting(world).values()
    assert not left
    assert not likely


def test_something_online_while_nobody_is_there(world: World) -> None:
    world.an_opportunity(place=None, interaction="text_only")
    ((left, likely),) = _fitting(world).values()
    assert not left
    assert not likely
