"""Asking what there is for somebody, and reading what came of it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from matcher.domain.values import Kind
from matcher.services.finding import requesting
from matcher.storage.tables import MatchRequestRow
from tests.builders import World
from tests.pages.conftest import everything
from tests.pages.desks import Desk, another_team, set_desk
from tests.pages.views import LANGUAGES


def only_request(world: World) -> MatchRequestRow:
    with world.database.reading() as session:
        return session.scalars(select(MatchRequestRow)).one()


def answer(one: Desk, request_id: str) -> str:
    page = one.browser.get(f"/desk/requests/{request_id}")
    assert page.status_code == 200
    return page.text


def test_asking_leads_to_the_answer(world: World) -> None:
    one = set_desk(world)
    form = one.browser.get(f"{one.path}/requests").text
    assert 'value="volunteering" checked' in form
    assert 'value="hobby">' in form
    assert one.do(f"{one.path}/requests", kinds="volunteering", note="For the spring") == 303
    made = only_request(world)
    assert (made.kinds, made.note, made.state) == (["volunteering"], "For the spring", "pending")
    assert one.browser.page.headers["Location"] == f"/desk/requests/{made.id}?wait=yes"
    pending = answer(one, made.id)
    assert "This is being worked out" in pending
    assert f'href="/desk/requests/{made.id}?wait=yes">Look again' in pending
    world.work()
    ready = answer(one, made.id)
    assert "This is being worked out" not in ready
    assert "Weeding a garden" in ready
    assert "For the spring" in ready
    assert "Send them this" in ready
    assert f"/desk/requests/{made.id}" in one.look()


def test_what_was_found_can_be_sent_from_there(world: World) -> None:
    one = set_desk(world)
    request_id = one.ask()
    world.work()
    answer(one, request_id)
    assert one.do(f"/desk/matches/{one.match_id()}/approve") == 303
    assert one.invitation.state == "approved"
    assert "This one has been decided" in answer(one, request_id)


@pytest.mark.parametrize("language", LANGUAGES)
def test_gaps_are_said_in_words(world: World, language: str) -> None:
    one = set_desk(world, language=language, max_group_size=2)
    request_id = one.ask()
    world.work()
    with world.database.reading() as session:
        gaps = requesting.get_request(session, world.caseworker, request_id).gaps
    assert gaps
    page = answer(one, request_id)
    for gap in gaps:
        assert gap["example"][language] in page
        assert gap["reason"] not in page


def test_a_kind_there_is_not_is_refused(world: World) -> None:
    one = set_desk(world)
    one.browser.get(f"{one.path}/requests")
    before = everything(world)
    assert one.do(f"{one.path}/requests", kinds="skydiving") == 422
    assert everything(world) == before


@pytest.mark.parametrize("note", ["n" * 2001, "For the\0spring", "For the \u202espring"])
def test_a_note_that_cannot_be_kept_is_refused_and_still_on_the_form(world: World, note: str) -> None:
    one = set_desk(world)
    one.browser.get(f"{one.path}/requests")
    before = everything(world)
    assert one.do(f"{one.path}/requests", kinds="hobby", note=note) == 422
    assert everything(world) == before
    page = one.browser.page.text
    assert f"{note}</textarea>" in page
    assert "longer than fits" in page
    assert 'value="hobby" checked' in page
    assert 'value="volunteering">' in page


def test_a_note_is_kept_whole(world: World) -> None:
    one = set_desk(world)
    one.browser.get(f"{one.path}/requests")
    assert one.do(f"{one.path}/requests", kinds="hobby", note="n" * 2000) == 303
    assert only_request(world).note == "n" * 2000


def test_care_24_a_request_of_another_team_is_not_found(world: World) -> None:
    one = set_desk(world)
    caller, person_id = another_team(world)
    own, world.caseworker, own_person = world.caseworker, caller, one.person_id
    one.person_id = person_id
    request_id = one.ask(Kind.hobby)
    world.caseworker, one.person_id = own, own_person
    assert one.browser.get(f"/desk/requests/{request_id}").status_code == 404
    assert one.browser.get("/desk/requests/none").status_code == 404
