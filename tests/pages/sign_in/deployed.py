"""The pages as they are deployed elsewhere, and an address that nobody has."""

from __future__ import annotations

from dataclasses import replace

from flask import Flask

from matcher import pages
from tests.builders import World

UNKNOWN = "nobody@example.org"


def an_app(world: World, base_url: str = "http://127.0.0.1:8000", redis_url: str | None = None) -> Flask:
    """The same pages as they are deployed elsewhere."""
    made = Flask("matcher", static_folder=None)
    pages.register(made, replace(world.outside, base_url=base_url), mail_folder=None, redis_url=redis_url)
    return made
