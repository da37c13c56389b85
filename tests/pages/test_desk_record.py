"""Handing over and erasing what is kept, at the desk: with a fresh code, and with nothing left afterwards."""

from __future__ import annotations

import pytest

from tests.builders import World
from tests.pages.conftest import everything
from tests.pages.desks import Desk, another_team, set_desk
from tests.pages.views import ALIAS


def stepped_up(desk: Desk) -> str:
    """The page of the record, after the fresh code that it asks for."""
    path = f"{desk.path}/record"
    desk.world.clock.advance(minutes=11)
    asked = desk.browser.get(path)
    assert asked.headers["Location"].startswith("/sign-in/again")
    desk.browser.get(asked.headers["Location"])
    back = desk.browser.send(code=desk.human.code())
    assert back.headers["Location"] == path
    return path


def test_care_23_both_are_behind_a_fresh_code(world: World) -> None:
    desk = set_desk(world, "accepted")
    path = stepped_up(desk)
    page = desk.browser.get(path)
    assert page.status_code == 200
    file = desk.browser.get(f"{path}/export.json")
    assert file.headers["Content-Disposition"] == 'attachment; filename="record.json"'
    assert file.json["kept"]["person"][0]["alias"] == ALIAS
    assert not {"match", "match_request"} & file.json["kept"].keys()  # it is handed over (CARE 5)
    assert file.json["in_words"]["comfortable"]
    world.clock.advance(minutes=11)
    for stale in (path, f"{path}/export.json"):
        assert desk.browser.get(stale).headers["Location"].startswith("/sign-in/again")


def test_erasing_needs_a_tick_and_leads_back_to_today(world: World) -> None:
    desk = set_desk(world, "accepted")
    path = stepped_up(desk)
    desk.browser.get(path)
    before = everything(world)
    unsure = desk.browser.send(path)
    assert unsure.status_code == 422
    assert "Please tick first" in unsure.text
    assert everything(world)["person"] == before["person"]
    erased = desk.browser.send(path, sure="on")
    assert erased.headers["Location"] == "/desk?done=erased"
    assert "Within a day every entry about them is gone." in desk.browser.get("/desk?done=erased").text
    assert desk.browser.get(desk.path).status_code == 404
    assert ALIAS not in desk.today()
    for _ in range(3):
        world.work()
        world.clock.advance(minutes=1)
    assert everything(world)["person"] == []


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_way_there_stands_on_the_persons_page(world: World, language: str) -> None:
    desk = set_desk(world, "proposed", language)
    assert f'href="{desk.path}/record"' in desk.look()


def test_care_24_another_team_finds_nothing(world: World) -> None:
    desk = set_desk(world)
    stepped_up(desk)
    _, elsewhere = another_team(world)
    for path in (f"/desk/people/{elsewhere}/record", f"/desk/people/{elsewhere}/record/export.json"):
        assert desk.browser.get(path).status_code == 404
