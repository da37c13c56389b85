"""Drawings of rungs: each aspect has one for each, no two alike, and a sentence for each in every language."""

from __future__ import annotations

import re

import pytest
from flask import render_template_string
from flask_babel import force_locale

from matcher.domain.values import Aspect
from matcher.pages.pictures import HEIGHT, RUNGS, WIDTH, nearest, picture
from tests.builders import World
from tests.pages.views import LANGUAGES, make_app

CHOICE = "{% from 'pictures.html' import rung_choice with context %}{{ rung_choice(aspect, chosen) }}"


@pytest.mark.parametrize("aspect", Aspect)
def test_no_two_rungs_look_alike(aspect: Aspect) -> None:
    assert len({picture(aspect, rung) for rung in RUNGS}) == len(RUNGS)


@pytest.mark.parametrize("aspect", Aspect)
def test_a_drawing_stays_on_its_paper_and_needs_no_style(aspect: Aspect) -> None:
    for rung in RUNGS:
        drawn = picture(aspect, rung)
        assert "style=" not in drawn
        for axis, most in (("x", WIDTH), ("y", HEIGHT)):
            found = re.findall(rf' c?{axis}[12]?="([\d.]+)"', drawn)
            assert all(0 <= float(at) <= most for at in found), (aspect, rung, axis, found)


def test_as_many_people_are_drawn_as_the_rung_means() -> None:
    drawn = [picture("group", rung).count('<circle class="other"') for rung in RUNGS]
    assert drawn == [1, 2, 4, 8, 16]
    assert all(picture("group", rung).count('<circle class="me"') == 1 for rung in RUNGS)


def test_a_rung_in_between_is_said_as_the_smaller_one() -> None:
    assert [nearest(rung) for rung in (0, 0.5, 1.5, 3.9, 4, 9, -1)] == [0, 0, 1, 3, 4, 4, 0]
    assert picture("group", 1.5) == picture("group", 1)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("aspect", Aspect)
def test_every_rung_has_a_sentence_of_its_own_and_one_is_chosen(
    world: World, aspect: Aspect, language: str
) -> None:
    with make_app(world).test_request_context(), force_locale(language):
        page = render_template_string(CHOICE, aspect=aspect, chosen=2)
    sentences = re.findall(r"<span>(.+?)</span>", page)
    assert len(set(sentences)) == len(RUNGS)
    assert re.findall(r'value="(\d)" checked', page) == ["2"]
