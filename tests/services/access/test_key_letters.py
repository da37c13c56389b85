"""Whoever signs in for somebody hears that a key was made in their name: nobody makes one unnoticed (CARE 25)."""

from __future__ import annotations

import pytest

from matcher.services.access import keys
from matcher.services.access.keys import Role
from tests.accounts import a_human
from tests.builders import World


def owner(world: World, role: Role) -> str:
    return {
        Role.caseworker: lambda: str(world.caseworker.id),
        Role.organisation: world.an_organisation,
        Role.admin: lambda: world.admins[0],
    }[role]()


@pytest.mark.parametrize("role", list(Role))
def test_a_key_is_told_of_to_its_owner_and_to_nobody_else(sqlite_world: World, role: Role) -> None:
    world, theirs = sqlite_world, f"{role}@example.org"
    owner_id = owner(world, role)
    a_human(world, role, owner_id, email=theirs)
    a_human(world, Role.organisation, world.an_organisation(), email="other@example.org")
    world.work()
    before = len(world.letters())
    with world.database.writing() as session:
        made = keys.issue_key(session, role, owner_id, world.clock())
    world.work()
    (letter,) = world.letters()[: len(world.letters()) - before]
    assert letter.to == theirs
    assert made not in letter.text
    assert made[:12] not in letter.text


def test_who_cannot_sign_in_is_not_written_to(sqlite_world: World) -> None:
    world = sqlite_world
    with world.database.writing() as session:
        keys.issue_key(session, Role.caseworker, str(world.caseworker.id), world.clock())
    world.work()
    assert world.letters() == []
