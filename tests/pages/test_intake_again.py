"""The twelve questions about somebody who is known: each saved by itself, and never over somebody else's answer."""

from __future__ import annotations

import re

import pytest

from matcher.pages.desk.intake.questions import NAMES
from matcher.storage.people import person_of
from matcher.storage.tables import PersonRow
from tests.accounts import a_human
from tests.builders import World
from tests.pages.conftest import everything
from tests.pages.intakes import HARU, Intake
from tests.pages.test_care import shown
from tests.pages.views import LANGUAGES


def known(world: World, **changes: object) -> tuple[Intake, str]:
    person_id = world.a_person(**changes)
    one = Intake(world)
    one.path = f"/desk/people/{person_id}/intake/you"
    return one, person_id


def colleague(world: World, one: Intake) -> Intake:
    """Somebody else of the same team at the same questions."""
    world.caseworker = world.a_caseworker("Sato", team_id=world.caseworker.team_id)
    two = Intake(world, a_human(world, email="sato@example.org"))
    two.path = one.path
    return two


def row_of(world: World, person_id: str) -> PersonRow:
    with world.database.reading() as session:
        return session.get_one(PersonRow, person_id)


def test_saving_every_question_as_it_stands_changes_nothing(world: World) -> None:
    one, person_id = known(
        world,
        travel={"mode": "bicycle", "max_minutes": 27.5, "half_life_minutes": 13},
        availability=[{"weekday": 1, "from": "12:15", "to": "17:00"}, {"weekday": 5, "from": "09:00", "to": "21:00"}],
        pace={"min_days_between": 5, "max_per_28_days": 4},
        max_group_size=7,
        needs=["staffed", "a dog"],
        supporters=[
            {"relation": "mother", "contact": {"channel": "email", "address": "m@example.org"}, "receives_copy": False}
        ],
    )  # fmt: skip
    before = everything(world)
    for name in NAMES:
        page = one.open(name)
        form = page.partition('<form class="fields" method="post">')[2].partition("</form>")[0]
        fields = {"seen": re.findall(r'name="seen" value="(\w+)"', form)[0]} | stated(form)
        assert one.browser.send(None, **fields).status_code == 303, name
    assert everything(world) == before
    assert row_of(world, person_id).version == 1


def stated(form: str) -> dict[str, list[str]]:
    """What a browser would send of a form nobody has touched."""
    fields: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = (re.search(rf' {key}="([^"]*)"', tag) for key in ("name", "value"))
        hidden = 'type="hidden"' in tag or not re.search('type="(radio|checkbox)"', tag)
        if name and name[1] not in ("csrf_token", "seen") and (hidden or " checked" in tag):
            fields.setdefault(name[1], []).append(value[1] if value else "")
    for name, inside in re.findall(r'<select id="[^"]+" name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.findall(r'value="([^"]*)" selected', inside) or re.findall(r'value="([^"]*)"', inside)[:1]
        fields[name] = chosen
    for name, inside in re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        fields[name] = [inside.strip()]
    return fields


def test_somebody_close_at_their_own_address_as_once_kept_keeps_nothing_else_from_being_said(
    world: World,
) -> None:
    one, person_id = known(world)
    with world.database.writing() as session:
        row = session.get_one(PersonRow, person_id)
        row.supporters = [{"relation": "mother", "contact": row.contact, "receives_copy": False}]
    one.open("letters")
    close = {"supporter.relation": ["mother"], "supporter.address": [row.contact["address"]]}
    assert one.send({**HARU["letters"], **close, "hours.to": "18:00"}) == 303
    assert person_of(row_of(world, person_id)).contact_hours.window.end == 18 * 60


@pytest.mark.parametrize("question", [name for name in NAMES if name != "agreed"])
def test_one_question_changes_only_what_it_asks_for(world: World, question: str) -> None:
    one, person_id = known(world, companion=False, topics=["trains"], alias="Nana", birth_year=1970)
    before = person_of(row_of(world, person_id))
    one.open(question)
    assert one.send(HARU[question]) == 303
    assert one.browser.page.headers["Location"] == f"/desk/people/{person_id}/intake#{question}"
    after = person_of(row_of(world, person_id))
    differs = {name for name in before.__slots__ if getattr(before, name) != getattr(after, name)}
    may = {
        "you": {"alias", "birth_year"}, "letters": {"contact", "contact_hours", "pace"}, "start": {"start_point"},
        "way": {"comfort", "travel"}, "people": {"comfort", "max_group_size"}, "together": {"comfort"},
        "first_time": {"comfort", "companion"}, "helps": {"needs", "share_needs"}, "never": {"red_lines"},
        "likes": {"topics", "kinds"}, "time": {"comfort", "availability"},
    }  # fmt: skip
    assert differs <= may[question]


def test_a_half_that_no_sentence_tells_stays_until_another_sentence_is_chosen(world: World) -> None:
    one, person_id = known(world)
    assert row_of(world, person_id).comfort["rungs"][0] == 1.5
    one.open("people")
    one.send({"group": "1", "max_group_size": "6"})
    assert row_of(world, person_id).comfort["rungs"][0] == 1.5
    one.open("people")
    one.send({"group": "2", "max_group_size": "6"})
    assert row_of(world, person_id).comfort["rungs"][0] == 2


def test_two_who_change_the_same_answer_are_told_and_lose_nothing(world: World) -> None:
    one, person_id = known(world)
    two = colleague(world, one)
    one.open("people")
    two.open("people")
    assert two.send({"group": "3", "max_group_size": "10"}) == 303
    assert one.send({"group": "0", "max_group_size": "2"}) == 409
    page = one.browser.page.text
    assert "This has been answered elsewhere meanwhile" in page
    assert "Up to about eight others" in shown(page)
    assert re.findall(r'name="group" value="(\d)" checked', page) == ["0"]  # what was typed still stands
    assert row_of(world, person_id).max_group_size == 10
    assert one.send({"group": "0", "max_group_size": "2"}) == 303  # knowingly now
    assert row_of(world, person_id).max_group_size == 2


def test_two_who_change_different_answers_both_count(world: World) -> None:
    one, person_id = known(world)
    two = colleague(world, one)
    one.open("never")
    two.open("likes")
    assert two.send({"topics.more": "trains"}) == 303
    assert one.send({"red_lines": ["payment"]}) == 303
    person = person_of(row_of(world, person_id))
    assert (person.topics, person.red_lines) == (("trains",), {"payment"})


def test_what_is_no_longer_agreed_to_is_taken_back(world: World) -> None:
    one, person_id = known(world)
    one.open("agreed")
    assert one.send({"agreed": ["standing_approval"]}) == 303
    person = person_of(row_of(world, person_id))
    taken, given = person.consents
    assert (taken.purpose, taken.withdrawn_at) == ("matching", world.clock())
    assert (given.purpose, given.withdrawn_at, given.given_by) == (
        "standing_approval", None, world.caseworker.name,
    )  # fmt: skip
    assert person.approval == "standing"


def test_care_10_a_copy_is_refused_at_its_field_without_a_yes(world: World) -> None:
    one, person_id = known(world)
    one.open("letters")
    close = {**HARU["letters"], "supporter.relation": ["mother"], "supporter.address": ["m@example.org"]}
    assert one.send({**close, "supporter.copy": "0"}) == 422
    assert "A copy needs your own yes as well" in one.browser.page.text
    assert person_of(row_of(world, person_id)).supporters == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_care_24_what_they_said_is_read_by_their_team_alone(world: World, language: str) -> None:
    person_id = world.a_person()
    one = Intake(world, language=language)
    page = one.browser.get(f"/desk/people/{person_id}/intake")
    assert "haru@example.org" in page.text
    assert page.text.count('class="read"') == len(NAMES)
    world.caseworker = world.a_caseworker("Ito")
    stranger = Intake(world, a_human(world, email="ito@example.org"))
    before = everything(world)
    for path in ("", "/you", "/nothing"):
        assert stranger.browser.get(f"/desk/people/{person_id}/intake{path}").status_code == 404
    stranger.browser.get("/desk/intakes/new")
    assert stranger.browser.send(f"/desk/people/{person_id}/intake/you", **HARU["you"]).status_code == 404
    assert everything(world) == before


def test_the_page_of_a_person_leads_to_what_they_said(world: World) -> None:
    one, person_id = known(world)
    assert f'href="/desk/people/{person_id}/intake"' in one.browser.get(f"/desk/people/{person_id}").text
    assert 'href="/desk/intakes"' in one.browser.get("/desk").text
