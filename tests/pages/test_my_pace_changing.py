"""My pace behind the digits: each form changes what it asks and nothing else."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from typing import Any

from matcher.domain.person import ContactHours, Pace, Person, Travel
from matcher.domain.values import Availability, DayWindow, Kind, Purpose, Requirement, Rungs, TravelMode
from matcher.pages.my_pace.subjects import SUBJECTS
from matcher.storage.tables import PersonRow
from tests.pages.conftest import SetScene, everything
from tests.pages.pace import OwnPages, own_pages


def comfort(**rungs: float) -> Callable[[Person], Rungs]:
    return lambda before: replace(before.comfort, **rungs)


FIELDS = [field.name for field in dataclasses.fields(Person)]
CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "way": ({"mode": "walk", "minutes": "10"}, {"travel": Travel(TravelMode.walk, 10, 20)}),
    "people": ({"size": "3"}, {"max_group_size": 3}),
    "together": ({"interaction": "1", "stimulation": "0"}, {"comfort": comfort(interaction=1.0, stimulation=0.0)}),
    "new": ({"companion": "yes"}, {"companion": True}),
    "time": ({"commitment": "0"}, {"comfort": comfort(commitment=0.0)}),
    "hours": ({"from": "10:00", "to": "18:30"}, {"contact_hours": ContactHours(DayWindow(600, 1110), "Asia/Tokyo")}),
    "free": (
        {"free": ["1-540-720", "1-720-1020"], "other.day": "5", "other.from": "19:00", "other.to": "22:30"},
        {"availability": (Availability(1, DayWindow(540, 1020)), Availability(5, DayWindow(1140, 1350)))},
    ),
    "often": ({"pace": "28-1"}, {"pace": Pace(28, 1)}),
    "never": ({"never": ["payment"]}, {"red_lines": frozenset({Requirement.payment})}),
    "likes": (
        {"topics.more": "rain\r\nold maps", "kinds": ["hobby"]},
        {"topics": ("rain", "old maps"), "kinds": (Kind.hobby,)},
    ),
    "helps": ({"needs": ["toilet"], "share": ["toilet"]}, {"needs": ("toilet",), "share_needs": ("toilet",)}),
}  # fmt: skip
UNREADABLE = [
    ("way", {"mode": "broom"}), ("way", {"minutes": "61"}), ("way", {"travel": "7"}), ("people", {"size": "many"}),
    ("people", {"group": "2.5"}), ("hours", {"from": "10:00", "to": "10:00"}), ("hours", {"from": "x", "to": "10:00"}),
    ("free", {"free": "9-540-720"}), ("free", {"other.day": "1", "other.from": "19:00", "other.to": "18:00"}),
    ("never", {"never": "rain"}), ("likes", {"kinds": "communal_living"}), ("likes", {"topics.more": "x" * 61}),
    ("helps", {"needs": "\u202e"}),
]  # fmt: skip


def test_each_form_saves_what_it_asks_and_nothing_else(opened: OwnPages) -> None:
    assert CHANGES.keys() == SUBJECTS.keys()
    for name, (form, expected) in CHANGES.items():
        before = opened.person()
        assert opened.post(f"/change/{name}", **form).status_code == 303, name
        after = opened.person()
        assert {field for field in FIELDS if getattr(before, field) != getattr(after, field)} == set(expected)
        for field, value in expected.items():
            assert getattr(after, field) == (value(before) if callable(value) else value), name
    assert "It is kept" in opened.get("?kept=1").text


def test_keeping_a_form_as_it_is_changes_nothing(opened: OwnPages) -> None:
    before = everything(opened.world)
    for name in SUBJECTS:
        form = as_shown(opened.get(f"/change/{name}").text)
        assert opened.post(f"/change/{name}", **form).status_code == 303
    assert everything(opened.world) == before


def as_shown(page: str) -> dict[str, list[str]]:
    """What a browser sends when nothing on a page is touched."""
    form: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        field, value = (re.search(f'{one}="([^"]*)"', tag) for one in ("name", "value"))
        if field and ('type="time"' in tag or " checked" in tag):
            form.setdefault(field[1], []).append(value[1] if value else "")
    for field, value in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>([^<]*)</textarea>', page):
        form[field] = [unescape(value)]
    return form


def test_what_cannot_be_read_changes_nothing_and_is_said(opened: OwnPages) -> None:
    before = everything(opened.world)
    for name, form in UNREADABLE:
        answer = opened.post(f"/change/{name}", **form)
        assert answer.status_code == 422, (name, form)
        assert 'class="wrong"' in answer.text, (name, form)
    assert everything(opened.world) == before


def test_care_11_living_together_is_neither_offered_nor_lost(scene: SetScene) -> None:
    mine = own_pages(scene("accepted")).open()
    assert "communal_living" not in mine.get("/change/likes").text
    mine.post("/change/likes", kinds=["hobby"])
    assert mine.person().kinds == (Kind.hobby,)


def test_what_was_learned_between_two_sentences_is_kept(opened: OwnPages) -> None:
    assert opened.person().comfort.group == 1.5
    opened.post("/change/people", group="1", size="4")
    assert opened.person().comfort.group == 1.5
    opened.post("/change/people", group="2")
    assert opened.person().comfort.group == 2.0


def test_a_change_takes_the_same_way_as_for_whoever_accompanies_them(opened: OwnPages) -> None:
    opened.post("/change/never", never=["registration_form"])
    kept = everything(opened.world)
    assert any("person.changed" in row for row in kept["event"])
    assert any("'never'" in row for row in kept["own_word"])


def test_pause_and_resume(opened: OwnPages) -> None:
    opened.post("/pause")
    assert opened.person().state == "paused"
    page = opened.get().text
    assert "I would like to hear from you again" in page
    assert "Your rest is over" in opened.post("/resume", follow=True).text
    assert opened.person().state == "open"
    assert "Pause everything" in opened.get().text


def test_care_10_a_copy_taken_back_comes_back_for_nobody_but_whoever_is_given_one(opened: OwnPages) -> None:
    for who in ("mother", "friend"):
        opened.post("/close", relation=who, address=f"{who}@example.org")
    path = re.findall(
        r'href="/me/[^/]+(/known/consents/[^"]+)"[^>]*>Take this back<span class="hidden"> That somebody close',
        opened.get("/known").text,
    )
    opened.post(path[0])
    assert [one.receives_copy for one in opened.person().supporters] == [False, False]
    opened.post("/close/0/take", address="mother@example.org")
    opened.post("/close/1/forget", address="friend@example.org")
    assert not opened.person().agreed_to(Purpose.supporter_copy, opened.world.clock())
    opened.post("/close", relation="a friend", address="friend@example.org")
    assert [(one.relation, one.receives_copy) for one in opened.person().supporters] == [
        ("mother", False), ("a friend", True),
    ]  # fmt: skip


def test_somebody_close_named_twice_is_one(opened: OwnPages) -> None:
    for address in ("sister@example.org", "Sister@example.org"):
        opened.post("/close", relation="sister", address=address)
    assert len(opened.person().supporters) == 1


def test_none_chosen_is_everything_beside_living_together_too(opened: OwnPages) -> None:
    with opened.world.database.writing() as session:
        row = session.get_one(PersonRow, opened.person().id)
        row.intake = {**row.intake, "kinds": ["hobby", "communal_living"]}
    opened.post("/change/likes")
    assert set(opened.person().kinds) == set(Kind)


def test_care_10_a_copy_is_given_and_taken_back_with_its_consent(opened: OwnPages) -> None:
    for address in ("nobody", "haru@example.org"):
        page = opened.post("/close", relation="sister", address=address)
        assert page.status_code == 422
        assert 'id="address-wrong"' in page.text
    assert opened.person().supporters == ()
    opened.post("/close", relation="sister", address="sister@example.org")
    person, now = opened.person(), opened.world.clock()
    assert [(one.relation, one.receives_copy) for one in person.supporters] == [("sister", True)]
    assert person.agreed_to(Purpose.supporter_copy, now)
    opened.post("/close/0/take", address="sister@example.org")
    person = opened.person()
    assert [one.receives_copy for one in person.supporters] == [False]
    assert not person.agreed_to(Purpose.supporter_copy, now)
    opened.world.clock.advance(minutes=1)
    opened.post("/close/0/give", address="sister@example.org")
    assert opened.person().agreed_to(Purpose.supporter_copy, opened.world.clock())
    opened.post("/close/0/forget", address="somebody.else@example.org")  # the list changed meanwhile
    assert len(opened.person().supporters) == 1
    opened.post("/close/0/forget", address="sister@example.org")
    assert opened.person().supporters == ()
    assert not opened.person().agreed_to(Purpose.supporter_copy, opened.world.clock())


def test_a_large_body_is_refused(opened: OwnPages) -> None:
    before = everything(opened.world)
    assert opened.post("/change/likes", **{"topics.more": "x" * 20_000}).status_code == 413
    assert everything(opened.world) == before
