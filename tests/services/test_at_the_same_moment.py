"""What two do at the same moment on PostgreSQL ends as if one had come after the other."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matcher.domain.errors import InvalidInput, NotSignedIn
from matcher.services.access import staff
from matcher.services.listings import posting, vetting
from matcher.services.people import people
from matcher.storage.tables import CaseworkerRow, OpportunityRow, OrganisationRow, PersonRow, PlaceRow, new_id
from tests.builders import World
from tests.forms import a_posting, an_intake
from tests.services.beside import beside


def test_care_15_the_night_leaves_one_that_is_being_suspended_suspended(postgres_world: World) -> None:
    world = postgres_world
    organisation_id = world.an_organisation()
    world.clock.advance(days=366)
    ended = beside(
        world,
        lambda session: vetting.suspend(session, organisation_id, world.clock()),
        lambda session: vetting.end_expired_vettings(session, world.clock()),
    )
    assert ended == 0
    with world.database.reading() as session:
        assert session.get_one(OrganisationRow, organisation_id).state == "suspended"


def test_nobody_is_left_with_a_caseworker_who_leaves_at_the_same_moment(postgres_world: World) -> None:
    world = postgres_world
    leaving, following = world.caseworker, world.a_caseworker("Abe", world.caseworker.team_id)
    world.a_person()
    refused = beside(
        world,
        lambda session: staff.disable_caseworker(session, following.id, None, world.clock()),
        lambda session: staff.disable_caseworker(session, leaving.id, following.id, world.clock()),
    )
    assert isinstance(refused, InvalidInput)
    with world.database.reading() as session:
        assert session.get_one(CaseworkerRow, leaving.id).disabled_at is None


def test_of_two_who_name_each_other_the_second_is_told_to_name_somebody_else(postgres_world: World) -> None:
    world = postgres_world
    one, other = world.caseworker, world.a_caseworker("Abe", world.caseworker.team_id)
    world.a_person(one)
    world.a_person(other, alias="Aki")
    refused = beside(
        world,
        lambda session: staff.disable_caseworker(session, one.id, other.id, world.clock()),
        lambda session: staff.disable_caseworker(session, other.id, one.id, world.clock()),
    )
    assert isinstance(refused, InvalidInput)


def test_nobody_is_taken_on_by_whoever_leaves_at_the_same_moment(postgres_world: World) -> None:
    world = postgres_world
    leaving = world.caseworker
    refused = beside(
        world,
        lambda session: staff.disable_caseworker(session, leaving.id, None, world.clock()),
        lambda session: people.register(session, leaving, an_intake(), world.clock()),
    )
    assert isinstance(refused, NotSignedIn)
    with world.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(PersonRow)) == 0


def test_two_first_listings_at_one_place_share_it(postgres_world: World) -> None:
    world = postgres_world
    organisation_id = world.an_organisation()

    def post(session: Session) -> OpportunityRow:
        return posting.create(session, organisation_id, a_posting(), world.clock())

    second = beside(world, post, post)
    assert isinstance(second, OpportunityRow), second
    with world.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(PlaceRow)) == 1
        assert session.scalar(select(func.count()).select_from(OpportunityRow)) == 2


def test_the_same_form_sent_twice_at_one_moment_is_one_listing(postgres_world: World) -> None:
    world = postgres_world
    organisation_id, opportunity_id = world.an_organisation(), new_id()

    def post(session: Session) -> OpportunityRow:
        return posting.create(
            session, organisation_id, a_posting(), world.clock(), opportunity_id=opportunity_id
        )

    second = beside(world, post, post)
    assert isinstance(second, OpportunityRow), second
    assert second.id == opportunity_id


def test_a_vetting_that_runs_out_ends_every_night_anew_once(postgres_world: World) -> None:
    world = postgres_world
    world.an_organisation()
    world.clock.now += timedelta(days=366)
    ended = beside(
        world,
        lambda session: vetting.end_expired_vettings(session, world.clock()),
        lambda session: vetting.end_expired_vettings(session, world.clock()),
    )
    assert ended == 0
