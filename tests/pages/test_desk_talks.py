"""What somebody says is comfortable now, noted with the talk after something was too much: in words, each as one likes."""

from __future__ import annotations

import re

import pytest

from matcher.domain.values import Aspect
from matcher.scoring.kernel import half_way_rung
from matcher.storage.people import comfort_of, comfort_path_of
from tests.builders import World
from tests.pages.conftest import everything
from tests.pages.desks import Desk, set_desk
from tests.pages.test_care import shown
from tests.pages.views import LANGUAGES

ON_A_PHONE = {"en": 42, "ja": 22}  # letters of a list that a phone of 390 points shows
UNSAID = {"en": "We did not speak of it", "ja": "話には出なかった"}


def form_of(page: str) -> str:
    """The form of a talk."""
    return page.partition('/talks">')[2].partition("</form>")[0]


def lists(page: str) -> dict[str, str]:
    """The lists of the form by name."""
    return dict(re.findall(r'<select id="\w+" name="(\w+)"[^>]*>(.*?)</select>', form_of(page), re.DOTALL))


def rungs(one: Desk) -> tuple[float, ...]:
    return comfort_of(one.row).rungs.as_tuple()


def seen(one: Desk) -> str:
    """The mark of what the page was filled from."""
    (found,) = re.findall(r'name="seen" value="([^"]+)"', one.look())
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("situation", ["visit_too_much", "too_much"])
def test_after_something_was_too_much_each_aspect_can_be_spoken_of_or_not(
    world: World, situation: str, language: str
) -> None:
    one = set_desk(world, situation, language)
    page = one.look()
    found = lists(page)
    assert list(found) == [aspect.value for aspect in Aspect]
    for aspect, options in found.items():
        values = re.findall(r'<option value="([\d.]*)"', options)
        assert values == ["", *[str(half / 2) for half in range(9)]]
        assert re.findall(r"<option[^>]*>([^<]+)</option>", options)[0] == UNSAID[language]
        assert "selected" not in options  # so the first one is
        beginnings = {said[: ON_A_PHONE[language]] for said in re.findall(r"<option[^>]*>([^<]+)<", options)}
        assert len(beginnings) == len(values), aspect
        assert page.count(f'id="{aspect}"') == page.count(f'id="{aspect}-now"') == 1
    form = form_of(page)
    assert form.index("<textarea") < form.index("<fieldset") < form.index('name="talked"')
    assert f'href="{one.path}/comfort"' in form
    assert not re.search(r"\d\.\d", shown("<body>" + form))  # in words, never in numbers


@pytest.mark.parametrize("situation", ["proposed", "resting", "visited"])
def test_a_talk_that_nothing_waits_for_asks_for_no_more_than_a_note(world: World, situation: str) -> None:
    form = form_of(set_desk(world, situation).look())
    assert "<textarea" in form
    assert "<select" not in form
    assert "<fieldset" not in form


def test_what_is_chosen_goes_half_the_way_and_the_rest_stays(world: World) -> None:
    one = set_desk(world, "visit_too_much")
    stood = rungs(one)
    fields = dict.fromkeys(Aspect, "") | {Aspect.group: "4.0", Aspect.travel: "0.0"}
    assert one.do(f"{one.path}/talks", talked="on", notes="", seen=seen(one), **fields) == 303
    group, travel = half_way_rung(stood[0], 4), half_way_rung(stood[3], 0)
    assert rungs(one) == (group, *stood[1:3], travel, *stood[4:])
    assert one.row.talk_reason is None
    page = one.look()
    assert "Comfortable from here on" in page
    assert lists(page) == {}


def test_a_talk_sent_twice_goes_half_the_way_once(world: World) -> None:
    one = set_desk(world, "visit_too_much")
    (once,) = re.findall(r'name="once" value="([^"]+)"', one.look())
    mark, found = seen(one), []
    for _ in range(2):
        assert one.do(f"{one.path}/talks", talked="on", once=once, seen=mark, stimulation="4.0") == 303
        found.append(rungs(one))
        one.look()
    assert found[0] == found[1]
    assert len(comfort_path_of(one.row)) == 3  # at first, after the visit, after the talk


def test_half_the_way_is_from_where_the_page_says_it_is(world: World) -> None:
    one = set_desk(world, "visit_too_much")
    earlier = seen(one)
    assert one.do(f"{one.path}/talks", talked="on", seen=earlier, stimulation="4.0") == 303
    one.look()
    before = everything(world)
    assert one.do(f"{one.path}/talks", talked="on", seen=earlier, stimulation="0.0") == 409
    assert "What you see now is current" in one.browser.page.text
    assert everything(world) == before


def test_what_was_chosen_still_stands_when_the_tick_is_missing(world: World) -> None:
    one = set_desk(world, "visit_too_much")
    one.look()
    before = everything(world)
    assert one.do(f"{one.path}/talks", notes="Not yet.", group="0.5", interaction="") == 409
    found = lists(one.browser.page.text)
    assert re.findall(r'value="([\d.]+)" selected', found["group"]) == ["0.5"]
    assert "selected" not in found["interaction"]
    assert everything(world) == before


@pytest.mark.parametrize("wrong", ["9", "0.3", "much", " "])
def test_what_is_no_rung_is_said_and_nothing_is_noted(world: World, wrong: str) -> None:
    one = set_desk(world, "visit_too_much")
    one.look()
    before = everything(world)
    assert one.do(f"{one.path}/talks", talked="on", notes="By the river.", group=wrong, travel="1.0") == 409
    page = one.browser.page.text
    assert "nothing is noted yet. Please choose once more below." in page
    assert "By the river." in page
    assert re.findall(r'value="([\d.]+)" selected', lists(page)["travel"]) == ["1.0"]
    assert everything(world) == before
