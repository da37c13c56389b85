"""The card beside a listing that is being written, and the hints of what could be gentler (CARE 19)."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from matcher.domain.opportunity import Opportunity
from matcher.pages.portal.preview import hints, preview
from matcher.services.access.keys import Role
from tests.accounts import a_human
from tests.builders import NOW, World
from tests.forms import a_posting
from tests.pages.browser import Browser
from tests.pages.views import LANGUAGES


def test_the_card_has_blanks_for_what_is_not_said() -> None:
    empty = preview(Opportunity(), NOW, language="en", asked_by="Mori")
    assert all(detail.lines == () for detail in empty.details)
    whole = preview(a_posting(), NOW, language="en", asked_by="Mori")
    assert all(detail.lines for detail in whole.details)


def test_hints_speak_of_what_is_stated_only() -> None:
    assert hints(Opportunity()) == ()
    assert hints(a_posting()) == ()
    hard = a_posting(
        host={"name": "A", "role": "b", "greets_at_door": False}, leave_any_time=False, watch_first=False,
        group_size={"typical": 9, "max": 12}, stimulation="loud", requires=["phone_call"], not_expected=[],
    )  # fmt: skip
    assert hints(hard) == ("door", "leaving", "watching", "smaller", "quieter", "simpler", "not_expected")


@pytest.mark.parametrize("language", LANGUAGES)
def test_care_19_every_hint_stands_beside_the_card_and_none_counts_people(
    app: Flask, world: World, organisation: str, language: str
) -> None:
    hard = world.an_opportunity(
        organisation, host={"name": "A", "role": "b", "greets_at_door": False}, leave_any_time=False,
        watch_first=False, group_size={"typical": 9, "max": 12}, stimulation="loud", requires=["phone_call"],
        not_expected=[], sessions=[{"starts_at": "2026-12-01T10:00:00+09:00", "ends_at": "2026-12-01T16:00:00+09:00"}],
    )  # fmt: skip
    mine = Browser(app, language=language)
    mine.sign_in(a_human(world, Role.organisation, organisation, email="izumi@example.org"))
    page = mine.get(f"/portal/listings/{hard}").text
    found = re.findall("<li>(.*?)</li>", page.partition('<ul class="hints">')[2].partition("</ul>")[0])
    assert len(found) == len(set(found)) == 8
    assert not re.search(
        r"\d|\b(one|two|three|four|five) (person|people)|[一二三四五六七八九十]、?[一二三四五六七八九十]?人",
        " ".join(found),
    )


@pytest.mark.parametrize(
    ("title", "hinted"),
    [
        ("Tea for hikikomori", True), ("引きこもりの方の畑", True), ("社会復帰のための作業", True), ("Patient gardening", True),
        ("Weeding a garden", False), ("畑の草とり", False), ("Impatiently waiting", False),
    ],
)  # fmt: skip
def test_a_word_that_names_the_person_is_hinted_at(title: str, hinted: bool) -> None:
    assert ("words" in hints(Opportunity(title=title))) == hinted


@pytest.mark.parametrize(
    ("said", "hinted"),
    [
        ("Nothing happens.", False), ("なにも起こりません。", False), ("Please call us the day before.", True),
        ("来られない日は、必ず前日までに電話してください。", True),
    ],
)  # fmt: skip
def test_whoever_has_to_say_that_they_do_not_come_is_hinted_at(said: str, hinted: bool) -> None:
    assert ("not_coming" in hints(a_posting(if_you_do_not_come=said))) is hinted


def test_a_word_that_names_the_person_is_found_wherever_it_is_read() -> None:
    host = {"name": "A", "role": "リハビリの担当です", "greets_at_door": True}
    assert "words" in hints(a_posting(host=host))
