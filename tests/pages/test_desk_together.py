"""Living together at the desk: only when it is asked for, with its own written yes, step by step."""

from __future__ import annotations

import re
from typing import Any

import pytest

from matcher.domain.values import Kind
from matcher.storage.tables import HistoryRow, OpportunityRow, new_id
from tests.builders import World
from tests.pages.desks import Desk, set_desk
from tests.pages.test_care import shown
from tests.pages.test_desk_asking import answer, only_request

YES = [
    {"purpose": purpose, "text_version": "2026-11", "given_at": "2026-11-01T00:00:00Z"}
    for purpose in ("matching", "communal_living")
]
HOUSE: dict[str, Any] = {
    "title": "The quiet house", "languages": ["en", "ja"], "kind": "communal_living", "stay_step": "visit", "free_exit": "Say so, and we bring you home.",
}  # fmt: skip
OPEN_TO_IT: dict[str, Any] = {"consents": YES, "kinds": ["volunteering", "communal_living"], "needs": []}


def form(one: Desk) -> str:
    page = one.browser.get(f"{one.path}/requests")
    assert page.status_code == 200
    return page.text


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", shown(page))


def stepped(world: World, one: Desk, opportunity_id: str, step: str, outcome: str) -> None:
    with world.database.writing() as session:
        place_id = session.get_one(OpportunityRow, opportunity_id).place_id
        session.add(
            HistoryRow(
                person_id=one.person_id, at=world.clock(), outcome=outcome, stay_step=step, place_id=place_id,
                opportunity_id=opportunity_id, source=new_id(),
            )
        )  # fmt: skip


def test_care_11_without_their_own_written_yes_there_is_nothing_to_press(world: World) -> None:
    one = set_desk(world, kinds=["volunteering", "communal_living"])
    page = form(one)
    assert 'value="communal_living"' not in page
    assert "There is none yet." in page
    assert f'href="{one.path}/agreements#communal_living"' in page


def test_care_11_it_is_asked_about_on_its_own_and_every_step_is_said(world: World) -> None:
    one = set_desk(world, **OPEN_TO_IT)
    world.an_opportunity(**HOUSE)
    page = plain(form(one))
    for said in (
        "A visit. By day",
        "A trial night. After a visit there",
        "A stay. After a trial night there",
    ):
        assert said in page
    assert "Given on 1 November 2026." in page
    assert one.do(f"{one.path}/requests", kinds="communal_living") == 303
    world.work()
    found = answer(one, only_request(world).id)
    assert "The quiet house" in found
    assert "Which step it is" in found
    assert "Say so, and we bring you home." in found


def test_care_11_asking_for_everything_does_not_ask_for_living_together(world: World) -> None:
    one = set_desk(world, **OPEN_TO_IT)
    world.an_opportunity(**HOUSE)
    form(one)
    assert one.do(f"{one.path}/requests") == 303
    assert Kind.communal_living not in only_request(world).kinds
    world.work()
    found = answer(one, only_request(world).id)
    assert "Weeding a garden" in found
    assert "The quiet house" not in found
    assert "Of these kinds" not in found


def test_care_11_it_is_not_mixed_with_other_kinds(world: World) -> None:
    one = set_desk(world, **OPEN_TO_IT)
    form(one)
    assert one.browser.client.post(
        f"{one.path}/requests", data={"csrf_token": token(one), "kinds": ["hobby", "communal_living"]},
        base_url="http://127.0.0.1:8000", environ_base={"REMOTE_ADDR": "192.0.2.7"},
        headers={"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0"},
    ).status_code == 422  # fmt: skip


def token(one: Desk) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', one.browser.page.text)
    assert found is not None
    return found.group(1)


@pytest.mark.parametrize(
    ("taken", "following"),
    [
        ([("visit", "too_much")], "a visit, to see the place"),
        ([("visit", "ok")], "one night, to see what it is like"),
        ([("visit", "ok"), ("trial_night", "left_early")], "one night, to see what it is like"),
        ([("visit", "ok"), ("trial_night", "ok")], "a stay"),
    ],
)
def test_care_11_the_next_step_opens_only_after_one_that_was_all_right(
    world: World, taken: list[tuple[str, str]], following: str
) -> None:
    one = set_desk(world, **OPEN_TO_IT)
    house = world.an_opportunity(**HOUSE)
    for step, outcome in taken:
        stepped(world, one, house, step, outcome)
    page = plain(form(one))
    assert f"What could come next there: {following}" in page.replace(" .", ".")
