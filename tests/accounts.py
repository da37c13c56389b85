"""Somebody with an account, for tests: their password, their authenticator app and their letters."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

import pyotp

from matcher.services.access import accounts, signing_in
from matcher.services.access.keys import Role
from matcher.services.access.sign_ins import SignedIn, resume
from matcher.services.access.signing_in import Opened, Origin
from tests.builders import World

PASSWORD = "three quiet herons"
HERE = Origin("192.0.2.7", "Firefox, Linux")
THERE = Origin("198.51.100.9", "Safari, iPhone")


@dataclass
class Human:
    """One account holder. `secret` is what their app holds, None without an app."""

    world: World
    account_id: str
    email: str = "mori@example.org"
    password: str = PASSWORD
    secret: str | None = field(default_factory=pyotp.random_base32)

    def code(self, at: datetime | None = None) -> str:
        """What the app shows now, or at another moment."""
        assert self.secret is not None
        return pyotp.TOTP(self.secret).at(at or self.world.clock())

    def half_way(self, origin: Origin = HERE) -> str:
        """The token after the password."""
        return signing_in.give_password(
            self.world.outside, self.email, self.password, origin, code_optional=False
        ).token

    def sign_in(self, origin: Origin = HERE) -> str:
        """The token after both steps; the clock moves on by a minute, so that the next code is another."""
        opened: Opened = signing_in.give_code(self.world.outside, self.half_way(origin), self.code(), origin)
        self.world.clock.advance(minutes=1)
        return opened.token

    def signed_in(self, origin: Origin = HERE) -> SignedIn:
        """Who that is to the services."""
        found = who(self.world, self.sign_in(origin))
        assert found is not None
        return found


def who(world: World, token: str) -> SignedIn | None:
    """Who is signed in with a token."""
    with world.database.reading() as session:
        return resume(session, token, world.clock())


def a_human(
    world: World,
    role: Role = Role.caseworker,
    owner_id: str | None = None,
    *,
    email: str = "mori@example.org",
    app: bool = True,
) -> Human:
    """Somebody whose account is set up, for a new caseworker or organisation, or for the first admin."""
    if owner_id is None:
        owner_id = {
            Role.admin: lambda: world.admins[0],
            Role.organisation: world.an_organisation,
            Role.caseworker: lambda: world.caseworker.id,
        }[role]()
    secret = pyotp.random_base32() if app else None
    with world.database.writing() as session:
        row = accounts.create_account(session, role, owner_id, email, PASSWORD, secret, world.clock())
    return Human(world, row.id, email, secret=secret)


def link_in(text: str) -> str:
    """The token of the link in a letter."""
    found = re.search(r"/sign-in/link/(\S+)", text)
    assert found is not None, text
    return found.group(1)


def newest_link(world: World, email: str = "mori@example.org") -> str:
    """The token that came by letter; the workers do their part first."""
    world.work()
    return link_in(world.letters(to=email)[0].text)
