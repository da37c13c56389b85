"""Organisations on the admin's pages: vetting by two, and the switch that stops everything and shows it."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from matcher.domain.opportunity import OrganisationState
from matcher.services.listings import vetting
from matcher.storage.tables import OrganisationRow
from tests.accounts import a_human
from tests.builders import World
from tests.pages.admin.admins import ODD, an_admin
from tests.pages.browser import Browser
from tests.pages.conftest import everything
from tests.pages.test_care import shown


@pytest.fixture
def mine(app: Flask, world: World) -> Browser:
    """The first admin, signed in."""
    return an_admin(app, world)


def state(world: World, organisation_id: str) -> str:
    with world.database.reading() as session:
        return vetting.get_organisation(session, organisation_id).state


def row_of(world: World, organisation_id: str) -> OrganisationRow:
    with world.database.reading() as session:
        return vetting.get_organisation(session, organisation_id)


def csrf(mine: Browser, path: str) -> str:
    """The token of a form, for one that is not shown to who has agreed already."""
    return re.findall(r'name="csrf_token" value="([^"]+)"', mine.get(f"{path}/suspend").text)[0]


def test_care_15_an_old_page_lifts_no_suspension(world: World, mine: Browser) -> None:
    organisation_id = world.an_organisation("Kamome", vetted=False)
    path = f"/admin/organisations/{organisation_id}/approve"
    mine.get(path)
    with world.database.writing() as session:
        vetting.suspend(session, organisation_id, world.clock())
    answer = mine.send(path)
    assert answer.status_code == 409
    assert "has changed since you looked" in answer.text
    assert "It has been suspended." in answer.text
    assert state(world, organisation_id) == OrganisationState.suspended


def test_care_15_a_suspended_organisation_waits_for_the_second_once_the_first_has_agreed(
    world: World, mine: Browser, app: Flask
) -> None:
    organisation_id = world.an_organisation("Kamome", vetted=False)
    with world.database.writing() as session:
        vetting.suspend(session, organisation_id, world.clock())
    path = f"/admin/organisations/{organisation_id}"
    assert f"{path}/suspend" not in mine.get(path).text
    mine.get(f"{path}/approve")
    mine.send(f"{path}/approve")
    assert state(world, organisation_id) == OrganisationState.suspended
    second = an_admin(app, world, 1)
    waiting = second.get("/admin").text.split("<h2>")[1]
    assert "Kamome" in waiting
    assert f"{path}/suspend" in second.get(path).text  # what the first has agreed to can be stopped


def test_near_the_end_of_its_year_it_waits_for_another_look(world: World, mine: Browser, app: Flask) -> None:
    organisation_id = world.an_organisation("Kamome")
    path = f"/admin/organisations/{organisation_id}"
    assert f"{path}/approve" not in mine.get(path).text
    world.clock.advance(days=310)
    again = an_admin(app, world, 1)
    assert "otherwise the visits planned then are called off" in again.get(path).text
    assert f"{path}/approve" in again.page.text
    again.get(f"{path}/approve")
    assert again.send().headers["Location"] == f"{path}?done=agreed"
    assert "You have approved. Somebody else has to look as well." in again.get(path).text


def test_care_15_two_different_admins_approve_on_the_page(app: Flask, world: World, mine: Browser) -> None:
    organisation_id = world.an_organisation("Kamome", vetted=False)
    path = f"/admin/organisations/{organisation_id}"
    assert f"{path}/approve" in mine.get(path).text
    assert "Two different people have to approve." in mine.page.text
    for _ in range(2):
        mine.get(f"{path}/approve")
        mark = vetting.mark(row_of(world, organisation_id))
        answer = mine.send(f"{path}/approve", csrf_token=csrf(mine, path), seen=mark)
        assert answer.headers["Location"] == f"{path}?done=agreed"
        assert state(world, organisation_id) == OrganisationState.applied
        page = mine.get(path).text
        assert "You have approved." in page
        assert f"{path}/approve" not in page
    other = an_admin(app, world, 1)
    page = other.get(path).text
    assert re.search(r"Admin 1 approved on 23 November 2026\.", page)
    assert "One more person has to approve." in page
    other.get(f"{path}/approve")
    other.send()
    assert state(world, organisation_id) == OrganisationState.vetted
    assert "Holds until 23 November 2027." in other.get(path).text


def test_what_it_offers_is_seen_where_one_agrees(world: World, mine: Browser) -> None:
    organisation_id = world.an_organisation("Kamome", vetted=False)
    world.an_opportunity(organisation_id)
    world.an_opportunity(organisation_id, state="draft")
    page = shown(mine.get(f"/admin/organisations/{organisation_id}").text)
    assert "Quiet gardening" in page
    assert "Drafts: 1" in page


def test_one_name_is_not_given_to_two_organisations_by_a_slip(mine: Browser) -> None:
    typed = {"name": "Kamome", "contact_email": "k@example.org", "safeguarding_contact": "Abe"}
    for status in (303, 422):
        mine.get("/admin/organisations/new")
        assert mine.send(**typed).status_code == status
    assert "There is an organisation of this name already" in mine.page.text


@pytest.mark.parametrize("odd", ODD)
def test_a_name_holds_nothing_invisible(mine: Browser, odd: str) -> None:
    fit = {"name": "Kamome", "contact_email": "k@example.org", "safeguarding_contact": "Abe"}
    for field in ("name", "safeguarding_contact"):
        mine.get("/admin/organisations/new")
        assert mine.send(**fit | {field: f"A{odd}B"}).status_code == 422
        assert f'id="{field}-wrong"' in mine.page.text
        assert "without line breaks and invisible characters" in mine.page.text
    mine.get("/admin/organisations/new")
    assert mine.send(**fit | {"name": "\u200bKamome "}).status_code == 303
    assert "<h1>Kamome</h1>" in mine.get(mine.page.headers["Location"]).text


def test_whom_letters_go_to_can_be_corrected(world: World, mine: Browser) -> None:
    organisation_id = world.an_organisation("Kamome")
    path = f"/admin/organisations/{organisation_id}"
    assert f"{path}/contacts" in mine.get(path).text
    mine.get(f"{path}/contacts")
    refused = mine.send(contact_email="nobody", safeguarding_contact="")
    assert refused.status_code == 422
    assert 'value="nobody"' in refused.text
    contacts = {"contact_email": "new@example.org", "safeguarding_contact": "Abe, 0120-000-000"}
    for _ in range(2):
        mine.get(f"{path}/contacts")
        assert mine.send(**contacts).headers["Location"] == f"{path}?done=corrected"
    page = mine.get(path).text
    assert "new@example.org" in page
    assert "Abe, 0120-000-000" in page
    assert mine.get("/admin/trail?act=organisation.corrected").text.count("<strong>Corrected") == 1


def test_agreeing_asks_for_a_fresh_code_and_stopping_never_waits_for_one(world: World, mine: Browser) -> None:
    organisation_id = world.an_organisation("Kamome", vetted=False)
    path = f"/admin/organisations/{organisation_id}"
    mine.get(f"{path}/suspend")
    world.clock.advance(minutes=11)
    for method in (mine.send, mine.get):
        assert method(f"{path}/approve").headers["Location"].startswith("/sign-in/again")
    mine.get(f"{path}/suspend")
    mine.send()
    assert state(world, organisation_id) == OrganisationState.suspended


def test_an_approval_of_an_earlier_round_is_not_shown(world: World, mine: Browser) -> None:
    organisation_id = world.an_organisation("Kamome")
    with world.database.writing() as session:
        vetting.suspend(session, organisation_id, world.clock())
    page = mine.get(f"/admin/organisations/{organisation_id}").text
    assert "approved on" not in page
    assert "Two people have to look anew" in page


def test_care_15_the_page_shows_what_was_stopped_and_since_when(world: World, mine: Browser) -> None:
    invitation_id = world.an_invitation("accepted")
    organisation_id = world.invitation(invitation_id).organisation_id
    path = f"/admin/organisations/{organisation_id}"
    page = mine.get(f"{path}/suspend")
    assert "Izumi" in page.text
    assert state(world, organisation_id) == OrganisationState.vetted
    assert mine.send().headers["Location"] == path
    before = shown(mine.get(path).text)
    assert re.search(r"Visits that were planned\s+Being stopped", before)
    assert re.search(r"Whoever planned to come\s+Is being told", before)
    assert "Look again" in before
    world.work()
    after = shown(mine.get(path).text)
    assert "being stopped" not in after.lower()
    assert re.search(r"Whoever planned to come\s+Has been told", after)
    assert "All of it has been stopped since" in after
    assert world.invitation(invitation_id).state == "cancelled"


def test_care_19_no_number_of_people_is_shown_to_an_admin(world: World, mine: Browser) -> None:
    first = world.an_invitation("accepted")
    organisation_id = world.invitation(first).organisation_id
    with world.database.writing() as session:
        vetting.suspend(session, organisation_id, world.clock())
    said = re.sub(
        r"\d{1,2}:\d{2}:\d{2}|\d+ November 202\d|\d+ Nov 202\d",
        "",
        shown(mine.get(f"/admin/organisations/{organisation_id}").text),
    )
    facts = said.partition("Nothing new of this organisation")[2].partition("The look at this organisation")[
        0
    ]
    assert not re.search(r"\d", facts), facts


def test_a_new_organisation_is_written_down_or_what_is_wrong_is_said(world: World, mine: Browser) -> None:
    mine.get("/admin/organisations/new")
    refused = mine.send(name="Kamome", contact_email="nowhere", safeguarding_contact=" ")
    assert refused.status_code == 422
    assert 'value="Kamome"' in refused.text
    assert "such as name@example.org" in refused.text
    assert "Please say who that is" in refused.text
    made = mine.send(
        name="Kamome", contact_email="kamome@example.org", safeguarding_contact="Sato, 03-0000-0000"
    )
    page = mine.get(made.headers["Location"]).text
    assert "Kamome" in page
    assert "Sato, 03-0000-0000" in page
    assert "Kamome" in mine.get("/admin").text


def test_the_pages_are_for_admins_alone(app: Flask, world: World) -> None:
    browser = Browser(app)
    assert browser.get("/admin").headers["Location"] == "/sign-in?next=/admin"
    browser.sign_in(a_human(world))
    organisation_id = world.an_organisation(vetted=False)
    worker = f"/admin/caseworkers/{world.caseworker.id}"
    paths = ("/admin", "/admin/teams", "/admin/admins", "/admin/trail", "/admin/trail/seals", "/admin/openings",
             "/admin/upkeep", worker, f"{worker}/sign-ins", f"/admin/organisations/{organisation_id}")  # fmt: skip
    for path in paths:
        assert browser.get(path).status_code == 403, path
    deeds = (f"/admin/organisations/{organisation_id}/approve", f"/admin/organisations/{organisation_id}/suspend",
             "/admin/organisations/new", "/admin/teams", "/admin/caseworkers", "/admin/admins", worker,
             f"{worker}/sign-ins", f"/admin/events/{organisation_id}/replay")  # fmt: skip
    before = everything(world)
    for path in deeds:
        browser.get("/account")
        assert browser.send(path).status_code == 403, path
        assert everything(world) == before
