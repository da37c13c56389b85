"""A menu is of two organisations where possible (SCORING §7), however many better ones a single organisation has."""

from __future__ import annotations

import pytest

from matcher.services.finding import matching
from matcher.services.listings import posting
from matcher.services.memory import equip
from matcher.storage.tables import OpportunityRow
from tests.builders import World
from tests.services.upkeep.nights import begin, remembering, tonight

MANY = matching.LISTED_FOR_A_PERSON + 2


def two_organisations(world: World, busy: int) -> tuple[str, str]:
    """One organisation with so many listings, and another with one that suits a little less; the id of that and its owner."""
    large, small = world.an_organisation("Large"), world.an_organisation("Small")
    for number in range(busy):
        world.an_opportunity(large, title=f"Thing {number}")
    return small, world.an_opportunity(small, title="Other", topics=["music"])


def on_the_menu(world: World, person_id: str) -> set[str]:
    with world.database.reading() as session:
        return {row.opportunity_id for row in matching.current_menu(session, person_id, world.clock())}


@pytest.mark.parametrize("with_memory", [False, True])
@pytest.mark.parametrize("busy", [matching.KEPT_FOR_A_PERSON, MANY])
def test_whoever_is_new_sees_both(sqlite_world: World, busy: int, with_memory: bool) -> None:
    world = sqlite_world
    _small, other = two_organisations(world, busy)
    world.work()
    if with_memory:
        remembering(world)
    person_id = world.a_person()
    world.work()
    assert len(world.matches(person_id)) == matching.KEPT_FOR_A_PERSON
    assert other in on_the_menu(world, person_id)


def test_the_night_leaves_such_a_menu_alone(sqlite_world: World) -> None:
    world = sqlite_world
    _small, other = two_organisations(world, MANY)
    world.work()
    person_id = world.a_person()
    world.work()
    remembering(world)
    begin(world)
    world.work()
    assert tonight(world).renewed == 0
    assert other in on_the_menu(world, person_id)


def test_where_what_was_listed_of_the_other_no_longer_suits_everything_is_looked_through(
    sqlite_world: World,
) -> None:
    world = sqlite_world
    small, other = two_organisations(world, MANY)
    third = world.an_opportunity(small, title="Third", topics=["music"])
    world.work()
    memory = remembering(world)
    person_id = world.a_person()
    world.work()
    (listed,) = on_the_menu(world, person_id) & {other, third}
    with world.database.writing() as session:
        posting.withdraw(session, session.get_one(OpportunityRow, listed), world.clock())
        equip(session, memory)  # which has not heard of it
        matching.match_person(session, person_id, world.clock())
    assert on_the_menu(world, person_id) & {other, third} == {other, third} - {listed}
