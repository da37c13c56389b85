"""Inviting somebody and setting their account up, in tests."""

from __future__ import annotations

import pyotp

from matcher.services.access import accounts, signing_in
from matcher.services.access.keys import Role
from matcher.services.access.signing_in import Opened
from tests.accounts import HERE, PASSWORD
from tests.builders import World

EMAIL = "mori@example.org"


OTHER_PASSWORD = "four loud herons"


def invite(
    world: World, email: str = EMAIL, role: Role = Role.caseworker, owner_id: str | None = None
) -> str:
    with world.database.writing() as session:
        return accounts.invite(session, role, owner_id or world.caseworker.id, email, world.clock()).id


def offered(world: World, token: str) -> str | None:
    """The secret that the page of a link offers."""
    with world.database.reading() as session:
        offer = signing_in.offered_app(session, token, world.clock())
    return offer.secret if offer is not None else None


def set_up(world: World, token: str, password: str = PASSWORD) -> Opened:
    secret = offered(world, token)
    assert secret is not None
    return signing_in.follow_link(world.outside, token, password, pyotp.TOTP(secret).at(world.clock()), HERE)


def ask_recovery(world: World, email: str = EMAIL) -> None:
    signing_in.ask_recovery(world.outside, email, HERE)
