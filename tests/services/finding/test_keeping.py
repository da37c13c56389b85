"""What stands proposed goes only when it no longer fits: not for a limit, an older reading, or a change of words."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from matcher.domain.values import Kind
from matcher.services.asking import inviting
from matcher.services.finding import matching, requesting
from matcher.services.finding.proposing import make_stale
from matcher.services.people import people
from matcher.storage.tables import EventRow, MatchRow, new_id
from tests.builders import World
from tests.forms import OPPORTUNITY, an_intake
from tests.services.answers.followed import change

MORE_THAN_A_LISTING_STORES = 210
UNDATED = {"sessions": [], "duration_minutes": 30, "open_when": "Tuesdays, 13 to 15"}


def how_many(world: World) -> int:
    with world.database.reading() as session:
        query = select(func.count()).select_from(MatchRow).where(MatchRow.state == "proposed")
        return session.scalar(query) or 0


def changes_due(world: World) -> list[str]:
    with world.database.reading() as session:
        query = select(EventRow.id).where(EventRow.type == "opportunity.changed", EventRow.done_at.is_(None))
        return list(session.scalars(query.order_by(EventRow.id)))


def match_again(world: World, person_id: str) -> None:
    with world.database.writing() as session:
        matching.match_person(session, person_id, world.clock())


def test_everybody_whom_a_listing_fits_keeps_it_when_some_words_of_it_change(sqlite_world: World) -> None:
    world = sqlite_world
    world.an_opportunity()
    world.work()
    with world.database.writing() as session:
        for number in range(MORE_THAN_A_LISTING_STORES):
            people.register(session, world.caseworker, an_intake(alias=f"Guest {number}"), world.clock())
    world.work()
    assert how_many(world) == MORE_THAN_A_LISTING_STORES
    change(world, summary="Other words, and nothing else.")
    world.work()
    assert how_many(world) == MORE_THAN_A_LISTING_STORES


def test_what_more_have_than_one_event_can_judge_is_left_to_the_night(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = sqlite_world
    opportunity_id = world.an_opportunity()
    for number in range(3):
        world.a_person(alias=f"Guest {number}")
    world.work()
    monkeypatch.setattr(matching, "NARROWED_MOST", 1)
    monkeypatch.setattr(matching, "BEST_OF_A_LISTING", 1)
    with world.database.writing() as session:
        matching.match_opportunity(session, opportunity_id, world.clock())
    assert how_many(world) == 3


def test_what_a_caseworker_asked_for_stays_beside_as_many_better_as_are_kept(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = sqlite_world
    monkeypatch.setattr(matching, "KEPT_FOR_A_PERSON", 1)
    organisation_id = world.an_organisation()
    world.an_opportunity(organisation_id, title="Near", topics=["gardening", "cats"])
    far = {**OPPORTUNITY["place"], "name": "Far", "latitude": 35.632, "longitude": 139.579}
    world.an_opportunity(organisation_id, title="Tea", kind="communal_space", place=far, topics=["tea"])
    person_id = world.a_person()
    world.work()
    with world.database.writing() as session:
        row = people.lock(session, person_id)
        requesting.request(session, row, world.caseworker, [Kind.communal_space], None, world.clock())
    world.work()
    asked = [one.id for one in world.matches(person_id) if one.requested]
    assert len(asked) == 1
    match_again(world, person_id)
    assert [one.id for one in world.matches(person_id) if one.requested] == asked


def test_what_was_set_aside_stays_away_from_then_on_not_from_when_it_was_proposed(world: World) -> None:
    world.an_opportunity(**UNDATED)
    person_id = world.a_person()
    world.work()
    (match,) = world.matches(person_id)
    world.clock.advance(days=91)
    with world.database.writing() as session:
        inviting.set_aside(session, session.get_one(MatchRow, match.id), "Not for her", world.clock())
    world.clock.advance(days=89)
    match_again(world, person_id)
    assert world.matches(person_id) == []
    world.clock.advance(days=2)
    match_again(world, person_id)
    assert len(world.matches(person_id)) == 1


def test_any_number_of_proposals_can_go_at_once(world: World) -> None:
    with world.database.writing() as session:
        make_stale(session, [MatchRow(id=new_id()) for _ in range(70_000)])


@pytest.mark.servers
def test_of_two_changes_matched_at_once_the_later_one_has_the_last_word(
    postgres_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = postgres_world
    world.an_opportunity()
    person_id = world.a_person()
    world.work()
    change(world, stimulation="busy")  # too much for Haru
    (first,) = changes_due(world)
    really, turned = matching._best_people, []

    def slowly(*arguments: Any) -> Any:
        best = really(*arguments)
        if not turned:
            turned.append(
                change(world)
            )  # as it was, and another worker takes that up before this one goes on
            (second,) = (one for one in changes_due(world) if one != first)
            world.handler.handle(second)
        return best

    monkeypatch.setattr(matching, "_best_people", slowly)
    world.handler.handle(first)
    world.clock.advance(seconds=2)
    world.work()
    assert len(world.matches(person_id)) == 1


@pytest.mark.servers
def test_an_approved_match_says_what_it_was_approved_for(
    postgres_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = postgres_world
    world.an_opportunity()
    person_id = world.a_person()
    world.work()
    (match,) = world.matches(person_id)
    change(world, topics=["tea"])
    (changed,) = changes_due(world)
    really, approved = matching._best_people, []

    def then_it_is_approved(*arguments: Any) -> Any:
        best = really(*arguments)
        if not approved:
            approved.append(world.approve(match.id))
        return best

    monkeypatch.setattr(matching, "_best_people", then_it_is_approved)
    world.handler.handle(changed)
    with world.database.reading() as session:
        after = session.get_one(MatchRow, match.id)
        assert (after.state, after.score, after.explanation) == ("approved", match.score, match.explanation)
