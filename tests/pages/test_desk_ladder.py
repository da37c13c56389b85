"""The ladder on a person's page: what was comfortable over time, drawn and as a table, in sentences and never in numbers."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from matcher.domain.values import Aspect, Rungs
from matcher.pages.drawing.staircase import height
from matcher.services.people import people
from matcher.storage.people import comfort_path_of, person_of
from tests.builders import World
from tests.pages.desks import Desk, live_through, set_desk
from tests.pages.test_care import shown

BEYOND = {"group": 3.0}


def side(page: str, aspect: str) -> str:
    return page.partition(f'<section aria-labelledby="side-{aspect}">')[2].partition("</section>")[0]


def steps(page: str, aspect: str) -> list[tuple[float, float]]:
    found = re.findall(
        r'<line class="stair" x1="[\d.]+%" x2="[\d.]+%" y1="([\d.]+)%" y2="([\d.]+)%"', side(page, aspect)
    )
    return [(float(one), float(other)) for one, other in found]


def rows(page: str) -> list[list[str]]:
    table = page.partition("<tbody>")[2].partition("</tbody>")[0]
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in table.split("</tr>")[:-1]]
    return [[" ".join(unescape(re.sub("<[^>]+>", " ", cell)).split()) for cell in row] for row in cells]


@pytest.fixture
def lived(world: World) -> Desk:
    """Two visits with more people that were all right, one they left earlier, and one that was too loud."""
    one = set_desk(world)
    live_through(
        world, one.person_id, (10, "ok", BEYOND), (10, "left_early", {}), (10, "ok", BEYOND), (10, "too_much", {}),
    )  # fmt: skip
    one.browser.sign_in(one.human)
    return one


def test_the_line_rises_where_two_visits_were_all_right_and_falls_after_one_that_was_too_much(
    lived: Desk,
) -> None:
    page = lived.look()
    group = list(dict.fromkeys(steps(page, "group")))
    assert group == [(height(1.5),) * 2, (height(1.5), height(3.0)), (height(3.0),) * 2]
    assert steps(page, "stimulation")[0] == (height(1.0), height(1.0))
    assert steps(page, "stimulation")[-1] == (height(0.5), height(0.5))


def test_each_visit_that_took_place_is_a_mark_told_by_its_shape(lived: Desk) -> None:
    assert re.findall(r'class="(disc|ring|cross)"', side(lived.look(), "group")) == [
        "disc",
        "ring",
        "disc",
        "cross",
    ]


def test_somebody_who_stayed_at_home_is_no_mark(world: World) -> None:
    one = set_desk(world)
    live_through(world, one.person_id, (1, "did_not_come", {}))
    one.browser.sign_in(one.human)
    assert not re.findall(r'class="(?:disc|ring|cross)"', side(one.look(), "group"))


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("en", ["Two others + a little", "A room with many people", "Quiet, like a library"]),
        ("ja", ["ほかに2人＋少し", "人がたくさんいる部屋", "図書館のように静か"]),
    ],
)
def test_rungs_are_said_in_sentences_and_never_in_numbers(
    world: World, language: str, sentences: list[str]
) -> None:
    page = set_desk(world, language=language).look()
    said = shown("<body>" + side(page, "group") + side(page, "stimulation"))
    for sentence in sentences:
        assert sentence in said
    assert "1.5" not in said


def test_the_table_says_what_the_pictures_show(lived: Desk) -> None:
    found = rows(lived.look())
    assert [row[1] for row in found] == [
        "Comfortable from here on", "It was all right", "They left earlier", "It was all right", "Comfortable from here on",
        "It was too much", "Comfortable from here on",
    ]  # fmt: skip
    assert [row[2] for row in found if row[1] == "Comfortable from here on"] == [
        "Two others + a little", "Up to about eight others", "Up to about eight others",
    ]  # fmt: skip
    assert found[0][0] == "23 November 2026"


def test_rungs_set_by_hand_are_on_the_path_and_a_repeat_adds_nothing(world: World) -> None:
    one = set_desk(world)
    world.clock.advance(days=1)
    rungs = Rungs(*[1.0] * len(Aspect))
    for _ in range(2):
        with world.database.writing() as session:
            row = people.locked(session, world.caseworker, one.person_id)
            changed = replace(person_of(row), comfort=rungs)
            people.change(session, row, changed, world.clock(), given_by="Mori")
    path = comfort_path_of(one.row)
    assert [rungs.group for _, rungs in path] == [1.5, 1.0]
    assert path[1][0] == world.clock()


def test_whoever_was_there_before_the_path_was_kept_starts_with_today(world: World) -> None:
    one = set_desk(world)
    row = one.row
    row.comfort_path = []
    assert comfort_path_of(row) == ((row.created_at, person_of(row).comfort),)
