"""Writing a listing in the portal: step by step, published when nothing is missing, copied, and taken back."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from matcher.domain.opportunity import Opportunity, OpportunityState, missing_facts
from matcher.pages.portal import views
from matcher.pages.portal.stated import stated
from matcher.pages.portal.steps import STEPS, answered
from matcher.services.access.keys import Role
from tests.accounts import a_human
from tests.builders import World
from tests.forms import a_posting
from tests.pages.browser import Browser
from tests.pages.listings import TYPED, read, rows, write
from tests.pages.test_care import shown


def test_a_listing_is_written_step_by_step_and_published(
    world: World, mine: Browser, organisation: str
) -> None:
    listing_id = write(mine)
    assert mine.page.request.path == f"/portal/listings/{listing_id}/publish"
    assert missing_facts(read(world, organisation, listing_id)) == ()
    answer = mine.send()
    assert answer.headers["Location"] == f"/portal/listings/{listing_id}?done=published"
    said = read(world, organisation, listing_id)
    assert said.state is OpportunityState.published
    assert [one.starts_at and one.starts_at.isoformat() for one in said.sessions] == [
        "2026-12-01T04:00:00+00:00",
        "2026-12-08T04:00:00+00:00",
        "2026-12-15T04:00:00+00:00",
    ]
    page = shown(mine.get(answer.headers["Location"]).text)
    assert "Aoki meets you at the door." in page


def test_nothing_is_saved_before_the_first_answers(world: World, mine: Browser, organisation: str) -> None:
    mine.get("/portal/listings/new")
    assert rows(world, organisation) == []


def test_a_draft_opens_at_the_first_step_that_lacks_something(mine: Browser) -> None:
    listing_id = write(mine, until="where")
    assert mine.get(f"/portal/listings/{listing_id}").headers["Location"].endswith("/people")
    page = shown(mine.get("/portal").text)
    assert "how many people are usually there" in page
    assert "what it is called" not in page


def test_drafts_stand_under_what_they_need_next_and_finished_ones_come_first(mine: Browser) -> None:
    for until in ("what", "people", "newcomer"):
        write(mine, until)
    page = mine.get("/portal").text
    headings = re.findall(r"<h2>([^<]+)</h2>", page)
    assert headings == [
        "Drafts with everything said",
        "Drafts that still need: Where it is",
        "Drafts that still need: What it is like",
    ]


def test_what_does_not_fit_stands_at_its_question_and_stays_as_typed(
    world: World, mine: Browser, organisation: str
) -> None:
    listing_id = write(mine, until="when")
    typed = {"group_size.typical": "9", "group_size.max": "4", "capacity": "two"}
    answer = mine.send(f"/portal/listings/{listing_id}/people", **typed)
    assert answer.status_code == 422
    for name, value in typed.items():
        field = re.search(rf'<input id="{re.escape(name)}"[^>]*>', answer.text)
        assert field is not None
        assert f'value="{value}"' in field.group()
        assert ("aria-invalid" in field.group()) == (name == "capacity")
    answer = mine.send(f"/portal/listings/{listing_id}/people", **typed | {"capacity": "2"})
    assert 'id="group_size.typical-wrong"' in answer.text
    assert read(world, organisation, listing_id).capacity is None


def test_an_address_no_map_knows_asks_for_the_place_itself(
    world: World, mine: Browser, organisation: str
) -> None:
    listing_id = write(mine, until="what")
    fields = TYPED["where"] | {
        "place.address": "Somewhere 1-2-3",
        "place.latitude": "",
        "place.longitude": "",
    }
    answer = mine.send(**fields)
    assert answer.headers["Location"].endswith("/where")
    assert "not known exactly on our map" in mine.get(answer.headers["Location"]).text
    said = read(world, organisation, listing_id)
    assert said.place is not None
    assert said.place.address == "Somewhere 1-2-3"
    mine.send(**fields | {"place.latitude": "35.635", "place.longitude": "139.578"})
    said = read(world, organisation, listing_id)
    assert said.place is not None
    assert said.place.point is not None


def test_a_new_address_forgets_the_old_spot_on_the_map(
    mine: Browser, world: World, organisation: str
) -> None:
    listing_id = write(mine, until="where")
    mine.send(f"/portal/listings/{listing_id}/where", **TYPED["where"] | {"place.address": "Somewhere 1-2-3"})
    said = read(world, organisation, listing_id)
    assert said.place is not None
    assert said.place.point is None


def test_what_belongs_together_in_two_steps_is_named(mine: Browser) -> None:
    listing_id = write(mine)
    answer = mine.send(f"/portal/listings/{listing_id}/where", online="yes")
    assert answer.status_code == 422
    assert f'href="/portal/listings/{listing_id}/like"' in answer.text
    assert "does not go together" in answer.text


def test_an_unfinished_listing_is_not_published(world: World, mine: Browser, organisation: str) -> None:
    listing_id = write(mine, until="when")
    answer = mine.send(f"/portal/listings/{listing_id}/publish")
    assert answer.status_code == 422
    assert "who waits there" in answer.text
    assert read(world, organisation, listing_id).state is OpportunityState.draft


def test_a_day_can_be_added_and_taken_out_again(world: World, mine: Browser, organisation: str) -> None:
    listing_id = write(mine)
    path = f"/portal/listings/{listing_id}/when"
    first, *_ = read(world, organisation, listing_id).sessions
    answer = mine.send(path, drop=str(first.id))
    assert (
        answer.headers["Location"] == f"{path}?dropped=yes"
    )  # the same step once more, and what became of it
    assert "no longer takes place" in mine.get(answer.headers["Location"]).text
    assert len(read(world, organisation, listing_id).sessions) == 2
    mine.get(path)
    wrong = {"session.on": "2026-11-01", "session.from": "13:00", "session.until": "13:30"}
    answer = mine.send(path, **wrong)
    assert answer.status_code == 422
    assert 'id="session-wrong"' in answer.text
    assert 'value="2026-11-01"' in answer.text


def test_the_last_day_goes_with_the_whole_listing_and_the_way_there_is_beside_it(
    world: World, mine: Browser, organisation: str
) -> None:
    listing_id = write(mine)
    path = f"/portal/listings/{listing_id}/when"
    mine.get(f"/portal/listings/{listing_id}/publish")
    assert mine.send(f"/portal/listings/{listing_id}/publish").status_code == 303
    ids = [str(one.id) for one in read(world, organisation, listing_id).sessions]
    mine.get(path)
    answer = mine.send(path, drop=ids)
    assert answer.status_code == 422
    assert "This would leave no day at all" in answer.text
    assert f'href="/portal/listings/{listing_id}/withdraw"' in answer.text
    assert 'id="session-wrong"' not in answer.text
    assert len(read(world, organisation, listing_id).sessions) == len(ids)
    assert f'href="{path}"' in mine.get(f"/portal/listings/{listing_id}/withdraw").text


@pytest.mark.parametrize(
    ("day", "begins", "ends", "said"),
    [
        ("2026-12-09", "14:00", "13:00", "This day ends before it begins."),
        ("2026-11-01", "13:00", "14:00", "This day is over."),
        ("2026-12-01", "13:00", "13:30", "This day is there already."),
        ("2026-12-09", "", "14:00", "all three."),
    ],
)
def test_what_is_wrong_with_a_day_is_said(mine: Browser, day: str, begins: str, ends: str, said: str) -> None:
    listing_id = write(mine)
    typed = {"session.on": day, "session.from": begins, "session.until": ends}
    answer = mine.send(f"/portal/listings/{listing_id}/when", **typed)
    assert answer.status_code == 422
    assert said in answer.text


def test_all_days_are_read_before_publishing(mine: Browser) -> None:
    listing_id = write(mine)
    page = shown(mine.get(f"/portal/listings/{listing_id}/publish").text)
    assert page.count("13:00") >= 3


def test_a_copy_is_a_draft_without_dates(world: World, mine: Browser, organisation: str) -> None:
    listing_id = write(mine)
    copied = mine.send(f"/portal/listings/{listing_id}/copy").headers["Location"].split("/")[-2]
    said = read(world, organisation, copied)
    assert copied != listing_id
    assert said.title == "Weeding a garden"
    assert said.state is OpportunityState.draft
    assert said.sessions == ()


def test_a_listing_is_taken_back_after_a_question(world: World, mine: Browser, organisation: str) -> None:
    listing_id = world.an_opportunity(organisation)
    mine.get(f"/portal/listings/{listing_id}/withdraw")
    assert read(world, organisation, listing_id).state is OpportunityState.published
    assert mine.send().headers["Location"] == "/portal?done=withdrawn"
    assert "It is taken back." in mine.get("/portal?done=withdrawn").text
    assert "Take it back for good" not in mine.get(f"/portal/listings/{listing_id}/withdraw").text
    assert read(world, organisation, listing_id).state is OpportunityState.withdrawn
    assert "Taken back" in mine.get("/portal").text
    mine.get("/portal/listings/new")
    assert mine.send(f"/portal/listings/{listing_id}/what", **TYPED["what"]).status_code == 409


def test_a_draft_can_be_put_away(world: World, mine: Browser, organisation: str) -> None:
    listing_id = write(mine, until="where")
    assert f'href="/portal/listings/{listing_id}/withdraw"' in mine.page.text
    assert "Put this draft away" in mine.get(f"/portal/listings/{listing_id}/withdraw").text
    mine.send()
    assert read(world, organisation, listing_id).state is OpportunityState.withdrawn
    assert "Drafts that still need" not in mine.get("/portal").text


def test_the_newest_stand_first_and_a_long_list_has_a_page_of_its_own(
    mine: Browser, world: World, organisation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "LISTINGS_OF_A_GROUP", 2)
    monkeypatch.setattr(views, "LISTINGS_ON_A_PAGE", 2)
    for title in ("First", "Second", "Third"):
        world.an_opportunity(organisation, title=title)
    page = mine.get("/portal").text
    assert re.findall(r"<h3><a[^>]*>([^<]+)<", page) == ["Third", "Second"]
    assert "All 3 of them" in page
    page = mine.get("/portal?show=published").text
    assert re.findall(r"<h3><a[^>]*>([^<]+)<", page) == ["Third", "Second"]
    earlier = unescape(re.findall(r'href="(/portal\?show=published[^"]+)"', page)[0])
    assert re.findall(r"<h3><a[^>]*>([^<]+)<", mine.get(earlier).text) == ["First"]


def test_weeks_without_a_day_and_a_spot_in_the_sea_are_said_at_their_questions(mine: Browser) -> None:
    listing_id = write(mine)
    answer = mine.send(f"/portal/listings/{listing_id}/when", **{"session.weeks": "4"})
    assert answer.status_code == 422
    assert 'id="session-wrong"' in answer.text
    sea = TYPED["where"] | {"place.latitude": "0", "place.longitude": "0.0"}
    answer = mine.send(f"/portal/listings/{listing_id}/where", **sea)
    assert answer.status_code == 422
    assert 'id="place.latitude-wrong"' in answer.text


@pytest.mark.parametrize("field", ["requires", "requires.more"])
def test_a_word_beside_a_fixed_list_is_refused_or_not_read(mine: Browser, field: str) -> None:
    listing_id = write(mine)
    answer = mine.send(f"/portal/listings/{listing_id}/newcomer", **TYPED["newcomer"] | {field: "foo"})
    assert answer.status_code in (303, 422)


def test_a_published_listing_of_an_organisation_nobody_looked_at_does_not_say_that_it_is_passed_on(
    app: Flask, world: World
) -> None:
    applied = world.an_organisation("Kamome", vetted=False)
    listing_id = world.an_opportunity(applied)
    mine = Browser(app)
    mine.sign_in(a_human(world, Role.organisation, applied, email="kamome@example.org"))
    page = mine.get(f"/portal/listings/{listing_id}").text
    assert "nobody is invited to it yet" in page
    assert "passed on gently" not in page


def test_a_place_without_the_choice_is_asked_for_and_not_lost(
    world: World, mine: Browser, organisation: str
) -> None:
    listing_id = write(mine, until="what")
    answer = mine.send(**TYPED["where"] | {"online": ""})
    assert answer.status_code == 422
    assert 'id="online-wrong"' in answer.text
    assert 'value="Izumi allotment"' in answer.text
    assert read(world, organisation, listing_id).online is None


def test_what_is_stated_comes_back_the_same_through_every_step() -> None:
    said = a_posting(
        provides=["step_free", "a stove"], languages=[], topics=[], not_expected=["talking", "knowing plants"],
        requires=["real_name"], age={"min": None, "max": None}, how_to_join=None,
    )  # fmt: skip
    for step in STEPS:
        assert answered(step, stated(said), said) == said, step


def test_a_list_left_alone_is_not_stated_and_nothing_is_a_statement() -> None:
    assert answered("newcomer", MultiDict(), Opportunity()).requires is None
    assert answered("newcomer", MultiDict({"requires.none": "yes"}), Opportunity()).requires == ()
