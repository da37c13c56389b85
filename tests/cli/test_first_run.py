"""The sign-ins that the first run prints let each role in at once, to the page where it begins."""

from __future__ import annotations

from pathlib import Path

from matcher.cli.seeding import seed
from tests.builders import make_world
from tests.pages.browser import Browser
from tests.pages.views import make_app

HOMES = {"admin 1": "/admin", "admin 2": "/admin", "organisation": "/portal", "caseworker": "/desk"}


def test_every_printed_sign_in_works_at_once(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    seeded = seed(world.outside, world.clock())
    assert set(seeded.sign_ins) == set(HOMES)
    for role, (email, password) in seeded.sign_ins.items():
        browser = Browser(make_app(world))
        browser.get("/sign-in")
        assert browser.send(email=email, password=password).headers["Location"] == HOMES[role]
        assert browser.get(HOMES[role]).status_code == 200
        browser.get("/sign-in/again")  # what is grave asks once more, here for the password
        assert browser.send(code=password).status_code == 303
    world.close()
