"""Opening somebody of another team at the desk: asked for, seen by both sides, and gone after an hour (CARE 24)."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from matcher.storage.tables import AuditEntryRow
from tests.accounts import a_human
from tests.builders import World
from tests.mail.test_words import FORBIDDEN
from tests.pages.browser import Browser
from tests.pages.conftest import everything
from tests.pages.desks import another_team, set_desk
from tests.pages.test_care import shown
from tests.pages.views import LANGUAGES, make_app

WHY = "Their own team is away and they called us"


def test_care_24_without_an_opening_it_is_as_if_there_were_nobody(world: World) -> None:
    desk = set_desk(world)
    _, elsewhere = another_team(world)
    missing = desk.browser.get("/desk/people/00000000-0000-7000-8000-000000000000")
    theirs = desk.browser.get(f"/desk/people/{elsewhere}")
    assert (theirs.status_code, theirs.text) == (missing.status_code, missing.text)
    assert theirs.status_code == 404


def test_care_24_with_a_reason_the_page_opens_for_an_hour_and_says_so(world: World) -> None:
    desk = set_desk(world)
    _, elsewhere = another_team(world)
    here = desk.browser
    assert '/desk/opening"' in here.get("/desk").text
    here.get("/desk/opening")
    assert here.send(person=elsewhere, reason="urgent").status_code == 422
    assert f'value="{elsewhere}"' in here.page.text
    assert here.send(person="nobody", reason=WHY).status_code == 422
    made = here.send(person=f"http://127.0.0.1:8000/desk/people/{elsewhere}", reason=WHY)
    assert made.headers["Location"] == f"/desk/people/{elsewhere}"
    page = here.get(f"/desk/people/{elsewhere}")
    assert page.status_code == 200
    said = shown(page.text)
    for words in ("Opened for an hour", WHY, "Elsewhere", "haru@example.org"):
        assert words in said
    # It opens a page and nothing else: no letter can be sent, nothing changed.
    actions = set(re.findall(r'action="([^"]+)"', page.text))
    at = f"/desk/people/{elsewhere}/opening"
    assert actions == {f"{at}/close", f"{at}/freeze", "/sign-in/out", "/language"}
    assert here.send(f"/desk/people/{elsewhere}/pause").status_code == 404
    assert here.get(f"/desk/people/{elsewhere}/record").status_code == 404
    world.clock.advance(minutes=61)
    assert here.get(f"/desk/people/{elsewhere}").status_code == 404


def test_care_24_it_can_be_closed_before_and_a_crisis_can_be_stopped(world: World) -> None:
    desk = set_desk(world)
    _, elsewhere = another_team(world)
    desk.browser.get("/desk/opening")
    desk.browser.send(person=elsewhere, reason=WHY)
    desk.browser.get(f"/desk/people/{elsewhere}")
    desk.browser.send(f"/desk/people/{elsewhere}/opening/freeze")
    page = desk.browser.get(f"/desk/people/{elsewhere}").text
    assert "Everything is stopped for them" in page
    assert "/opening/freeze" not in page
    desk.browser.send(f"/desk/people/{elsewhere}/opening/close")
    assert desk.browser.get(f"/desk/people/{elsewhere}").status_code == 404


def test_care_24_their_own_caseworker_reads_who_it_was_and_why(world: World) -> None:
    desk = set_desk(world)
    ito, elsewhere = another_team(world)
    app = make_app(world)
    theirs = Browser(app)
    theirs.sign_in(a_human(world, owner_id=ito.id, email="ito@example.org"))
    assert "Opened from another team" not in theirs.get(f"/desk/people/{elsewhere}").text
    desk.browser.get("/desk/opening")
    desk.browser.send(person=elsewhere, reason=WHY)
    page = shown(theirs.get(f"/desk/people/{elsewhere}").text)
    assert "Opened from another team" in page
    assert WHY in page
    assert "Mori" in page


def test_care_23_every_page_of_the_desk_about_somebody_stands_in_the_trail(world: World) -> None:
    desk = set_desk(world)
    ids = {"person_id": desk.person_id}
    rules = [
        rule
        for rule in desk.browser.client.application.url_map.iter_rules()
        if rule.rule.startswith("/desk/people/")
        and "GET" in (rule.methods or ())
        and rule.arguments == set(ids)
    ]
    assert len(rules) > 5
    for rule in rules:
        path = rule.rule.replace("<person_id>", desk.person_id)
        before = lines(world, desk.person_id)
        status = desk.browser.get(path).status_code
        assert (lines(world, desk.person_id) > before) is (status == 200), (path, status)


def lines(world: World, person_id: str) -> int:
    """How often somebody was looked at."""
    with world.database.reading() as session:
        query = select(func.count()).select_from(AuditEntryRow).filter_by(person_id=person_id)
        return session.scalar(query) or 0


def test_care_24_it_needs_a_fresh_code(world: World) -> None:
    desk = set_desk(world)
    desk.browser.get("/desk")
    world.clock.advance(minutes=11)
    for method in (desk.browser.send, desk.browser.get):
        assert method("/desk/opening").headers["Location"].startswith("/sign-in/again")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_read_calmly_and_looking_changes_nothing(world: World, language: str) -> None:
    desk = set_desk(world, language=language)
    _, elsewhere = another_team(world)
    desk.browser.get("/desk/opening")
    desk.browser.send(person=elsewhere, reason=WHY)
    before = everything(world)
    for path in ("/desk/opening", f"/desk/people/{elsewhere}"):
        page = desk.browser.get(path)
        assert page.status_code == 200
        assert FORBIDDEN.search(shown(page.text)) is None
        assert not re.search("[!！]", shown(page.text))
    assert everything(world) == before
