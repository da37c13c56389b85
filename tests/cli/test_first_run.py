"""The sign-ins that the first run prints let each role in at once, to the page where it begins."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from dramatiq.brokers.stub import StubBroker

from matcher.bootstrap import Runtime
from matcher.cli.first_run import ACCESS_FILE, Access, first_run
from matcher.cli.seeding import is_empty, seed
from matcher.domain.errors import SettingError
from matcher.settings import load_settings
from matcher.workers.broker import Nudger
from tests.builders import SECRET, World, make_world
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


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = make_world(tmp_path)
    yield world
    world.close()


def beside(world: World, data_dir: Path) -> Runtime:
    """A Matcher on the database of this world, with another data folder."""
    keys = {"MATCHER_SECRET_KEYS": SECRET, "MATCHER_ERASED_FILE": str(data_dir.parent / "erased.txt")}
    settings = load_settings({**keys, "MATCHER_DATA_DIR": str(data_dir)})
    broker = StubBroker()
    return Runtime(settings, world.outside, broker, Nudger(broker))


def test_the_folder_for_the_ways_in_is_made_before_anything_is_seeded(world: World, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(SettingError, match="MATCHER_DATA_DIR"):
        first_run(beside(world, tmp_path / "file"))
    with world.database.reading() as session:
        assert is_empty(session)
    runtime = beside(world, tmp_path / "not" / "there")
    said = first_run(runtime)
    assert set(said.sign_ins) == set(HOMES)
    assert stat.S_IMODE(runtime.settings.data_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE((runtime.settings.data_dir / ACCESS_FILE).stat().st_mode) == 0o600
    assert first_run(runtime) == Access(said.keys, {role: [*way] for role, way in said.sign_ins.items()})  # type: ignore[misc]


def test_the_ways_into_another_database_are_not_said(world: World, tmp_path: Path) -> None:
    other = Access({"admin 1": "mk_a_of_another_database"}, {"admin 1": ("admin@example.org", "secret")})
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / ACCESS_FILE).write_text(json.dumps(asdict(other)))
    world.an_organisation()
    assert first_run(beside(world, folder)) == Access()
