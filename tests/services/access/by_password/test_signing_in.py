"""Signing in by password and code: both steps, and what is refused."""

from __future__ import annotations

import pytest

from matcher.domain.errors import InvalidInput, NotSignedIn
from matcher.services.access import second_step, signing_in
from matcher.services.access.keys import Role
from matcher.services.access.sign_ins import CODE_DUE_WITHIN
from tests.accounts import HERE, PASSWORD, THERE, a_human, who
from tests.builders import World
from tests.services.access.by_password.at_the_door import give_password, refusal_of


def test_password_and_code_make_a_caller_of_the_right_role(each_world: World) -> None:
    world = each_world
    organisation = world.an_organisation()
    for role, owner_id in (
        (Role.admin, world.admins[0]),
        (Role.organisation, organisation),
        (Role.caseworker, world.caseworker.id),
    ):
        human = a_human(world, role, owner_id, email=f"{role}@example.org")
        found = who(world, human.sign_in())
        assert found is not None
        assert (found.caller.role, found.caller.id, found.caller.name) == (
            role,
            owner_id,
            f"{role}:{owner_id}",
        )
        assert found.caller.team_id == (world.caseworker.team_id if role is Role.caseworker else None)


def test_the_address_may_be_typed_in_capitals(world: World) -> None:
    human = a_human(world)
    human.email = " Mori@Example.ORG "
    assert who(world, human.sign_in()) is not None


def test_the_password_alone_opens_nothing(world: World) -> None:
    token = a_human(world).half_way()
    assert who(world, token) is None


def test_the_half_way_token_is_good_for_nothing_after_the_code(world: World) -> None:
    human = a_human(world)
    half_way = human.half_way()
    opened = signing_in.give_code(world.outside, half_way, human.code(), HERE)
    assert opened.token != half_way
    assert who(world, opened.token) is not None
    assert who(world, half_way) is None
    world.clock.advance(minutes=1)
    with pytest.raises(NotSignedIn):
        signing_in.give_code(world.outside, half_way, human.code(), HERE)


def test_the_code_is_due_within_minutes(world: World) -> None:
    human = a_human(world)
    half_way = human.half_way()
    world.clock.advance(seconds=CODE_DUE_WITHIN.total_seconds() + 1)
    with pytest.raises(NotSignedIn):
        signing_in.give_code(world.outside, half_way, human.code(), HERE)


def test_a_code_seen_over_the_shoulder_is_good_no_more(world: World) -> None:
    human = a_human(world)
    code, half_way, other = human.code(), human.half_way(), human.half_way(THERE)
    signing_in.give_code(world.outside, half_way, code, HERE)
    with pytest.raises(InvalidInput) as refusal:
        signing_in.give_code(world.outside, other, code, THERE)
    assert refusal.value.problems[0].pointer == "/code"


def test_a_recovery_code_stands_in_for_the_app_once(world: World) -> None:
    human = a_human(world)
    with world.database.writing() as session:
        code = second_step.new_recovery_codes(session, human.account_id)[0]
    assert signing_in.give_code(world.outside, human.half_way(), code, HERE).token
    with pytest.raises(InvalidInput):
        signing_in.give_code(world.outside, human.half_way(), code, HERE)


def test_without_an_app_only_the_embedded_mode_lets_in(world: World) -> None:
    human = a_human(world, app=False)
    assert str(refusal_of(world, human.email, PASSWORD)) == str(refusal_of(world, human.email, "wrong"))
    opened = give_password(world, human.email, code_optional=True)
    assert not opened.needs_code
    assert who(world, opened.token) is not None


def test_an_app_once_connected_is_needed_everywhere(world: World) -> None:
    opened = give_password(world, a_human(world).email, code_optional=True)
    assert opened.needs_code
    assert who(world, opened.token) is None
