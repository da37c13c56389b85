"""Accounts: invited by an admin and set up by a link that is good once."""

from __future__ import annotations

import contextlib
import threading

import pytest

from matcher.domain.errors import Conflict, InvalidInput, NotFound
from matcher.services.access import account_links, accounts, signing_in
from matcher.services.access.keys import Role
from matcher.services.access.signing_in import Opened
from tests.accounts import HERE, PASSWORD, Human, a_human, newest_link, who
from tests.builders import World
from tests.services.access.by_password.setting_up import EMAIL, ask_recovery, invite, offered, set_up


def test_an_invitation_leads_to_an_account_and_a_first_sign_in(each_world: World) -> None:
    world = each_world
    account_id = invite(world)
    token = newest_link(world)
    secret = offered(world, token)
    opened = set_up(world, token)
    found = who(world, opened.token)
    assert found is not None
    assert (found.account_id, found.caller.id) == (account_id, world.caseworker.id)
    assert len(opened.recovery_codes) == 10
    world.clock.advance(minutes=1)
    assert who(world, Human(world, account_id, EMAIL, PASSWORD, secret).sign_in()) is not None


def test_looking_at_a_link_changes_nothing(world: World) -> None:
    invite(world)
    token = newest_link(world)
    assert offered(world, token) == offered(world, token)


def test_the_code_of_the_set_up_is_good_only_there(world: World) -> None:
    account_id = invite(world)
    token = newest_link(world)
    secret = offered(world, token)
    set_up(world, token)
    with pytest.raises(InvalidInput):
        Human(world, account_id, EMAIL, PASSWORD, secret).sign_in()


def test_a_link_is_good_once(world: World) -> None:
    invite(world)
    token = newest_link(world)
    set_up(world, token)
    with pytest.raises(NotFound):
        offered(world, token)
    with pytest.raises(NotFound):
        signing_in.follow_link(world.outside, token, PASSWORD, "000000", HERE)


def test_two_at_once_with_one_link_are_one(postgres_world: World) -> None:
    invite(postgres_world)
    token = newest_link(postgres_world)
    opened: list[Opened] = []

    def follow() -> None:
        with contextlib.suppress(NotFound):
            opened.append(set_up(postgres_world, token))

    threads = [threading.Thread(target=follow) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(opened) == 1


def test_a_slip_does_not_use_a_link_up(world: World) -> None:
    invite(world)
    token = newest_link(world)
    with pytest.raises(InvalidInput) as refusal:
        signing_in.follow_link(world.outside, token, PASSWORD, "abc", HERE)
    assert refusal.value.problems[0].pointer == "/code"
    with pytest.raises(InvalidInput) as refusal:
        set_up(world, token, "short")
    assert refusal.value.problems[0].pointer == "/password"
    assert set_up(world, token).token


@pytest.mark.parametrize("purpose", [account_links.SET_UP, account_links.RECOVER])
def test_a_link_ends_by_itself(world: World, purpose: str) -> None:
    if purpose == account_links.SET_UP:
        invite(world)
    else:
        a_human(world)
        ask_recovery(world)
    token = newest_link(world)
    world.clock.advance(seconds=account_links.LASTS[purpose].total_seconds() - 1)
    offered(world, token)
    world.clock.advance(seconds=1)
    with pytest.raises(NotFound):
        offered(world, token)


def test_a_newer_link_voids_the_earlier_one(world: World) -> None:
    invite(world)
    first = newest_link(world)
    world.clock.advance(minutes=1)
    invite(world)
    second = newest_link(world)
    assert first != second
    with pytest.raises(NotFound):
        offered(world, first)
    assert set_up(world, second).token


def test_a_mistyped_invitation_can_be_sent_to_the_right_address(world: World) -> None:
    wrong = invite(world, "mroi@example.org")
    assert invite(world) == wrong
    set_up(world, newest_link(world))
    with world.database.reading() as session:
        assert accounts.find(session, "mroi@example.org") is None


def test_an_organisation_has_as_many_members_as_it_needs_and_others_one_account(world: World) -> None:
    organisation = world.an_organisation()
    first = invite(world, "one@example.org", Role.organisation, organisation)
    second = invite(world, "two@example.org", Role.organisation, organisation)
    assert first != second
    with world.database.reading() as session:
        members = accounts.accounts_of(session, Role.organisation, organisation)
    assert [one.id for one in members] == [first, second]
    set_up_account = a_human(world, Role.admin, email="admin@example.org")
    with pytest.raises(Conflict):
        invite(world, "admin2@example.org", Role.admin, world.admins[0])
    with pytest.raises(Conflict):
        invite(world, set_up_account.email, Role.admin, world.admins[1])


def test_there_is_no_account_for_nobody(world: World) -> None:
    for role in Role:
        with pytest.raises(NotFound):
            invite(world, role=role, owner_id="01a20000-0000-7000-8000-000000000000")


@pytest.mark.parametrize(
    "email", ["", "mori", "mori@", "a@example.org, b@example.org", "a@example.org\nBcc: b"]
)
def test_what_is_no_address_is_refused(world: World, email: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        invite(world, email)
    assert refusal.value.problems[0].pointer == "/email"
