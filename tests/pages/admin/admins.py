"""An admin at work, for tests."""

from __future__ import annotations

from flask import Flask

from matcher.services.access.keys import Role
from tests.accounts import Human, a_human
from tests.builders import World
from tests.pages.browser import Browser

ODD = ("\r\n", "\r", "\0", "\u202e", "\u2028")
"""What has no place in a name."""


def an_admin(app: Flask, world: World, number: int = 0, language: str = "en") -> Browser:
    """An admin, signed in just now."""
    made = Browser(app, language=language)
    made.sign_in(the_human(world, number))
    return made


def the_human(world: World, number: int = 0) -> Human:
    """Who that admin is."""
    return a_human(world, Role.admin, world.admins[number], email=f"admin{number}@example.org")
