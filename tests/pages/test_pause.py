"""The pause link: one page with one button, and the mail program's own click."""

from __future__ import annotations

import re

import pytest

from matcher.storage.tables import PersonRow
from tests.pages.conftest import SetScene, everything
from tests.pages.views import Scene

MULTIPART = "--x\r\nContent-Disposition: form-data; name=List-Unsubscribe\r\n\r\nOne-Click\r\n--x--\r\n"


def is_paused(one: Scene) -> bool:
    with one.world.database.reading() as session:
        return session.get_one(PersonRow, one.row.person_id).paused_at is not None


def test_the_link_opens_a_page_with_one_button(scene: SetScene) -> None:
    one = scene()
    page = one.client.get(one.pause_path, headers={"Accept-Language": "ja,en;q=0.5"})
    assert page.status_code == 200
    assert re.findall(r"<button[^>]*>([^<]+)</button>", page.text) == ["すべてお休みする"]
    assert not is_paused(one)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("", None),
        ("List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"),  # RFC 8058
        (MULTIPART, "multipart/form-data; boundary=x"),
        ("answer=accept&undo=1", "application/x-www-form-urlencoded"),
        ("x" * 100_000, "text/plain"),
    ],
)
def test_a_post_pauses_whatever_its_body_says(scene: SetScene, body: str, content_type: str | None) -> None:
    one = scene()
    for _ in range(2):
        page = one.client.post(one.pause_path, data=body, content_type=content_type)
        assert page.status_code == 200
        assert "You are having a rest" in page.text
        assert is_paused(one)
    assert one.row.answer is None


def test_care_4_the_pause_link_can_only_pause(scene: SetScene) -> None:
    one = scene()
    token = one.pause_path.removeprefix("/pause/")
    before = everything(one.world)
    for method in ("PUT", "DELETE", "PATCH"):
        assert one.client.open(one.pause_path, method=method).status_code == 405
    assert one.client.get(f"/i/{token}").status_code == 404
    assert one.client.post(f"/i/{token}", data={"answer": "accept"}).status_code == 404
    assert everything(one.world) == before


def test_care_4_the_link_of_an_old_letter_still_pauses(scene: SetScene) -> None:
    one = scene()
    assert f"{one.world.outside.base_url}{one.pause_path}" in one.world.letters()[0].text
    one.world.clock.advance(days=4000)
    assert one.client.post(one.pause_path).status_code == 200
    assert is_paused(one)


def test_who_has_their_rest_already_is_told_so(scene: SetScene) -> None:
    one = scene()
    one.client.post(one.pause_path)
    page = one.client.get(one.pause_path).text
    assert "You are having a rest" in page
    assert "<button" not in page


def test_care_25_the_page_says_nothing_of_whom(scene: SetScene) -> None:
    first, second = scene("open", "ja"), scene("accepted", "en")
    assert first.pause_path != second.pause_path
    assert first.client.get(first.pause_path).data == second.client.get(second.pause_path).data
    assert first.client.post(first.pause_path).data == second.client.post(second.pause_path).data


def test_a_link_that_nobody_was_given_gets_a_kind_page(scene: SetScene) -> None:
    one = scene()
    before = everything(one.world)
    for method in ("GET", "POST"):
        page = one.client.open("/pause/nobodys", method=method)
        assert page.status_code == 404
        assert "There is nothing at this address" in page.text
    assert everything(one.world) == before
