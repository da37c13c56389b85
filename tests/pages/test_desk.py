"""The first page of the morning: who stands on it, why, and who does not."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from werkzeug.test import TestResponse

from matcher.domain.contact_policy import ASK_AGAIN_AFTER
from matcher.services.access.keys import Role
from matcher.services.desk.today import FITS_A_SCREEN
from matcher.services.people import people, talks
from tests.accounts import a_human
from tests.builders import World
from tests.mail.test_words import FORBIDDEN
from tests.pages.browser import Browser
from tests.pages.conftest import everything
from tests.pages.desks import SITUATIONS, Desk, another_team, set_desk
from tests.pages.test_care import POLICY, SOMEWHERE_ELSE, shown
from tests.pages.views import ALIAS, LANGUAGES, make_app

BOARDS = ("talks", "waiting", "visits", "without")

# On which lists somebody stands in each situation, and what is said of why.
STANDS: dict[str, dict[str, str]] = {
    "proposed": {"waiting": "“Weeding a garden” could suit"},
    "nothing": {"without": "Here since 23 November 2026"},
    "approved": {},
    "sent": {},
    "accepted": {},
    "over": {"visits": "“Weeding a garden” was on 1 December 2026"},
    "declined": {},
    "resting": {},
    "too_much": {"talks": "They answered that an idea was too much"},
    "visited": {"without": "Last written to on 23 November 2026"},
    "visit_too_much": {"talks": "A visit was too much"},
    "paused": {},
    "frozen": {"talks": "Everything is stopped because somebody was worried"},
}


def board(page: str, name: str) -> str:
    """What a reader sees of one list."""
    section = page.partition(f'<section aria-labelledby="{name}">')[2].partition("</section>")[0]
    assert section, name
    return unescape(re.sub(r"<[^>]+>", " ", section))


@pytest.mark.parametrize("situation", SITUATIONS)
def test_everybody_stands_where_something_is_to_be_done_and_it_says_why(world: World, situation: str) -> None:
    page = set_desk(world, situation).today()
    found = {name: board(page, name) for name in BOARDS if ALIAS in board(page, name)}
    assert found.keys() == STANDS[situation].keys()
    for name, why in STANDS[situation].items():
        assert why in found[name]


def test_an_undated_yes_is_asked_about_only_after_some_days(world: World) -> None:
    one = set_desk(world)
    world.an_opportunity(sessions=[], duration_minutes=30, open_when="Mondays")
    person_id = world.a_person(alias="Undated")
    world.work()
    match = next(each for each in world.matches(person_id) if each.occurrence.starts_at is None)
    invitation_id = world.approve(match.id).id
    world.work()
    world.answer(invitation_id, "accept")
    world.work()
    assert "Undated" not in board(one.today(), "visits")
    world.clock.advance(days=3, minutes=1)
    one.browser.sign_in(one.human)
    assert "Have they been there?" in board(one.today(), "visits")


def test_no_list_is_longer_than_a_screen(world: World) -> None:
    one = set_desk(world, "nothing")
    for number in range(FITS_A_SCREEN + 2):
        world.a_person(alias=f"Person {number}", start_point={"latitude": 43.06, "longitude": 141.35})
    world.work()
    found = board(one.today(), "without")
    assert found.count("Here since") == FITS_A_SCREEN
    assert "and 3 more" in found
    path = re.findall(r'href="(/desk\?all=without)#', one.today())[0]
    whole = board(one.browser.get(path).text, "without")
    assert whole.count("Here since") == FITS_A_SCREEN + 3
    assert "more" not in whole


def test_own_people_come_before_those_of_colleagues(world: World) -> None:
    one = set_desk(world, "nothing")
    colleague = world.a_caseworker("Ito", world.caseworker.team_id)
    elsewhere = {"latitude": 43.06, "longitude": 141.35}
    world.a_person(colleague, alias="Theirs", start_point=elsewhere)
    world.clock.advance(minutes=1)
    world.a_person(alias="Own", start_point=elsewhere)
    world.work()
    found = board(one.today(), "without")
    assert found.index("Own") < found.index("Theirs")


def test_whoever_waits_longest_comes_first(world: World) -> None:
    one = set_desk(world, "visited")  # written to on the first day
    world.a_person(alias="Newer", start_point={"latitude": 43.06, "longitude": 141.35})
    world.work()
    found = board(one.today(), "without")
    assert found.index(ALIAS) < found.index("Newer")


def test_what_their_own_pace_forbids_is_not_put_on_the_desk(world: World) -> None:
    one = set_desk(world, "proposed", pace={"min_days_between": 7, "max_per_28_days": 0})
    page = one.today()
    assert not [name for name in BOARDS if ALIAS in board(page, name)]


def test_care_24_nobody_of_another_team_is_on_the_desk(world: World) -> None:
    one = set_desk(world)
    caller, person_id = another_team(world)
    assert "Elsewhere" not in one.today()
    with world.database.writing() as session:
        people.freeze(session, people.locked(session, caller, person_id), world.clock())
    assert "Elsewhere" not in one.today()


def test_an_empty_desk_is_kind(world: World) -> None:
    browser = Browser(make_app(world))
    browser.sign_in(a_human(world))
    page = browser.get("/desk").text
    for name in BOARDS:
        assert board(page, name).strip()
    assert "No ideas are waiting. New ones come by themselves." in page


@pytest.mark.parametrize("role", [Role.organisation, Role.admin])
def test_the_desk_is_for_those_who_accompany_people(world: World, role: Role) -> None:
    person = set_desk(world)
    browser = Browser(make_app(world))
    browser.sign_in(a_human(world, role, email="else@example.org"))
    for path in ("/desk", person.path, f"{person.path}/requests"):
        assert browser.get(path).status_code == 403


def test_whoever_is_not_signed_in_is_asked_to_and_comes_back(world: World) -> None:
    one = set_desk(world)
    stranger = Browser(make_app(world))
    assert stranger.get(one.path).status_code == 303
    assert "/sign-in?next=/desk/people/" in stranger.page.headers["Location"]


def test_signing_in_leads_to_the_desk(world: World) -> None:
    one = set_desk(world)
    assert one.browser.page.headers["Location"] == "/desk"


def speaking(browser: Browser, language: str, path: str) -> TestResponse:
    return browser.client.get(path, headers={"Accept-Language": language}, base_url="http://127.0.0.1:8000")


def pages_of(one: Desk) -> list[str]:
    return ["/desk", "/desk/team", one.path, f"{one.path}/requests", f"/desk/requests/{one.ask()}"]


@pytest.mark.parametrize("situation", SITUATIONS)
def test_every_page_is_calm_in_both_languages_and_changes_nothing(world: World, situation: str) -> None:
    one = set_desk(world, situation)
    paths = pages_of(one)
    before = everything(world)
    for path in paths:
        for language in LANGUAGES:
            page = speaking(one.browser, language, path)
            assert page.status_code == 200
            assert page.headers["Content-Security-Policy"] == POLICY
            assert page.headers["Cache-Control"] == "no-store"
            assert FORBIDDEN.search(shown(page.text)) is None, FORBIDDEN.search(shown(page.text))
            assert not re.search("[!！]", shown(page.text))
            assert not re.search(r"<script|\sstyle=|\son\w+=", page.text)
            assert not SOMEWHERE_ELSE.search(page.text)
            assert f'<html lang="{language}">' in page.text
    assert everything(world) == before


def test_whom_nothing_suits_for_eight_weeks_is_asked_again_how_much_is_comfortable(world: World) -> None:
    """It is said on both pages, until they were asked: then not for another eight weeks."""
    one = set_desk(world, "nothing")
    comfort = f"{one.path}/comfort"

    def says() -> tuple[bool, bool]:
        return comfort in one.today(), "perhaps ask them once more" in one.look()

    to_eight_weeks = one.row.created_at + ASK_AGAIN_AFTER - world.clock()
    world.clock.advance(minutes=to_eight_weeks / timedelta(minutes=1) - 5)
    one.browser.sign_in(one.human)
    assert says() == (False, False)
    world.clock.advance(minutes=5)
    assert says() == (True, True)
    assert one.do(comfort, **chosen_there(one.browser.get(comfort).text)) == 303
    assert says() == (False, False)
    assert "Asked again, and as before" in one.look()
    world.clock.advance(weeks=8)
    one.browser.sign_in(one.human)
    assert says() == (True, True)


def test_a_talk_counts_as_having_asked(world: World) -> None:
    one = set_desk(world, "nothing")
    world.clock.advance(weeks=7)
    with world.database.writing() as session:
        row = people.locked(session, world.caseworker, one.person_id)
        talks.note(session, row, world.caseworker, None, world.clock())
    world.clock.advance(weeks=7)
    one.browser.sign_in(one.human)
    assert f"{one.path}/comfort" not in one.today()


@pytest.mark.parametrize("situation", ["proposed", "sent", "resting", "paused", "visited"])
def test_nobody_is_asked_again_who_has_something_or_wants_rest_or_was_just_there(
    world: World, situation: str
) -> None:
    one = set_desk(world, situation)
    assert f"{one.path}/comfort" not in one.today()
    assert "perhaps ask them once more" not in one.look()


def chosen_there(page: str) -> dict[str, str]:
    """What the form of the comfortable rungs would send as it stands."""
    names = re.findall(r'<select id="(\w+)"', page)
    return dict(zip(names, re.findall(r'<option value="([\d.]+)" selected', page), strict=True))


def test_visits_of_the_next_days_stand_on_the_first_page(world: World) -> None:
    one = set_desk(world, "accepted")
    starts_at = one.invitation.occurrence.starts_at
    assert starts_at is not None
    for before, stands in ((timedelta(days=6), True), (timedelta(hours=1), True), (timedelta(0), False)):
        world.clock.now = starts_at - before + timedelta(minutes=1)
        if not one.browser.is_signed_in():
            one.browser.sign_in(one.human)
        page = one.today()
        assert ('aria-labelledby="coming"' in page) is stands
        if stands:
            assert ALIAS in board(page, "coming")
            assert "“Weeding a garden”, 1 December 2026" in board(page, "coming")
