"""Who is coming, and how it was from the organisation's side: without blame, and for the caseworker alone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from matcher.domain.values import Outcome
from matcher.services.access.keys import Role
from matcher.services.asking import host_words
from matcher.services.listings import vetting
from matcher.services.my_pace import privacy
from matcher.services.people import exclusions, people
from matcher.storage.tables import PersonRow
from tests.accounts import a_human
from tests.builders import World
from tests.mail.test_words import FORBIDDEN
from tests.pages.browser import Browser
from tests.pages.conftest import everything
from tests.pages.test_care import shown
from tests.pages.views import LANGUAGES

VISITORS = "/portal/visitors"


def over(world: World, outcome: str | None = None) -> str:
    """The id of an invitation whose session was yesterday."""
    invitation_id = world.an_invitation("accepted", alias="Zwölfender")
    world.clock.advance(days=9)
    if outcome is not None:
        world.visit(invitation_id, outcome)
    world.work()
    return invitation_id


def theirs(app: Flask, world: World, invitation_id: str, language: str = "en") -> Browser:
    """Somebody of the organisation that was visited, signed in."""
    made = Browser(app, language=language)
    organisation_id = world.invitation(invitation_id).organisation_id
    made.sign_in(a_human(world, Role.organisation, organisation_id, email="theirs@example.org"))
    return made


def form_of(mine: Browser) -> str:
    """Where the first visit can be written about."""
    found = re.search(rf'href="({VISITORS}/[0-9a-f]+)"', mine.get(VISITORS).text)
    assert found is not None
    return found.group(1)


def written(world: World, invitation_id: str) -> list[Any]:
    with world.database.reading() as session:
        return host_words.about(session, world.invitation(invitation_id).person_id)


def test_some_calm_words_reach_whoever_accompanies_the_guest(app: Flask, world: World) -> None:
    invitation_id = over(world)
    mine = theirs(app, world, invitation_id)
    at = form_of(mine)
    mine.get(at)
    assert mine.send(words="quiet", note="The room next door is free.").headers["Location"] == VISITORS
    (one,) = written(world, invitation_id)
    assert (one.words, one.note, one.title) == (("quiet",), "The room next door is free.", "Quiet gardening")
    assert "The room next door is free." in mine.get(at).text
    desk = Browser(app)
    desk.sign_in(a_human(world))
    page = shown(desk.get(f"/desk/people/{world.invitation(invitation_id).person_id}").text)
    assert "It was a quiet day here." in page
    assert "The room next door is free." in page


def test_a_second_writing_replaces_the_first_and_an_empty_one_takes_it_back(app: Flask, world: World) -> None:
    invitation_id = over(world)
    mine = theirs(app, world, invitation_id)
    at = form_of(mine)
    for fields, kept in (({"words": "quiet"}, 1), ({"words": "busier"}, 1), ({"note": " "}, 0)):
        mine.get(at)
        mine.send(**fields)
        assert len(written(world, invitation_id)) == kept


def test_an_unfit_note_stays_as_typed_and_nothing_is_saved(app: Flask, world: World) -> None:
    mine = theirs(app, world, over(world))
    at = form_of(mine)
    for fields in ({"note": "a\x00b"}, {"note": "x" * 2001}, {"words": "did_not_come", "note": "x"}):
        mine.get(at)
        before = everything(world)
        answer = mine.send(**fields)
        assert answer.status_code == 422
        assert everything(world) == before
        assert f">\n{fields['note']}</textarea>" in answer.text


def test_care_3_nothing_shows_how_or_whether_somebody_came(app: Flask, world: World) -> None:
    invitation_id = world.an_invitation("accepted", alias="Zwölfender")
    world.clock.advance(days=9)
    mine = theirs(app, world, invitation_id)
    at = form_of(mine)

    def pages() -> list[str]:
        return [
            re.sub(r'name="csrf_token" value="[^"]+"', "", mine.get(path).text) for path in (VISITORS, at)
        ]

    before = pages()
    world.visit(invitation_id, "did_not_come")
    world.work()
    assert pages() == before


def test_care_3_the_organisation_has_no_word_for_an_outcome_of_the_guest() -> None:
    assert not set(host_words.HostWord) & set(Outcome)


def test_what_an_organisation_writes_moves_nothing_but_its_own_row(app: Flask, world: World) -> None:
    mine = theirs(app, world, over(world, "too_much"))
    mine.get(form_of(mine))
    before = everything(world)
    mine.send(words="door_open", note="Well.")
    world.work()
    after = everything(world)
    assert {name for name in after if after[name] != before[name]} == {"host_word"}


def test_care_16_the_address_of_a_visit_says_nothing_of_when_it_was_proposed(
    app: Flask, world: World
) -> None:
    invitation_id = over(world)
    assert invitation_id not in theirs(app, world, invitation_id).get(VISITORS).text


def test_care_12_18_a_guest_who_was_there_does_not_vanish_when_somebody_keeps_them_apart_or_worries(
    app: Flask, world: World
) -> None:
    """They are known there; only that the name is gone would be news."""
    invitation_id = over(world)
    mine = theirs(app, world, invitation_id)
    at, before = form_of(mine), mine.get(VISITORS).text
    organisation_id, now = world.invitation(invitation_id).organisation_id, world.clock()
    assert "Zwölfender" in before
    with world.database.writing() as session:
        row = session.get_one(PersonRow, world.invitation(invitation_id).person_id)
        exclusions.exclude(session, row, now=now, organisation_id=organisation_id, other_person_id=None)
        people.freeze(session, row, now)
    world.work()
    assert mine.get(VISITORS).text == before
    assert mine.get(at).status_code == 200


def test_care_17_21_a_visit_is_named_no_longer_than_the_guest_agrees(app: Flask, world: World) -> None:
    invitation_id = over(world)
    mine = theirs(app, world, invitation_id)
    at = form_of(mine)
    with world.database.writing() as session:
        row = session.get_one(PersonRow, world.invitation(invitation_id).person_id)
        people.withdraw_consent(session, row, row.consents[0].id, world.clock())
    mine.get("/portal/listings/new")
    assert mine.send(at, words="quiet").status_code == 404
    assert mine.get(at).status_code == 404
    assert "Zwölfender" not in mine.get(VISITORS).text


def test_care_23_a_guest_who_is_being_erased_is_named_no_more(app: Flask, world: World) -> None:
    """The rows of an earlier visit may stay for some hours."""
    invitation_id = over(world, "ok")
    mine = theirs(app, world, invitation_id)
    assert "Zwölfender" in mine.get(VISITORS).text
    with world.database.writing() as session:
        privacy.erase(session, people.lock(session, world.invitation(invitation_id).person_id), world.clock())
    assert "Zwölfender" not in mine.get(VISITORS).text


def test_a_visit_long_ago_is_not_asked_about(app: Flask, world: World) -> None:
    invitation_id = over(world)
    world.clock.advance(days=28)
    assert "Zwölfender" not in theirs(app, world, invitation_id).get(VISITORS).text


def test_care_15_without_a_vetting_nobody_is_named(app: Flask, world: World) -> None:
    invitation_id = over(world)
    mine = theirs(app, world, invitation_id)
    with world.database.writing() as session:
        vetting.suspend(session, world.invitation(invitation_id).organisation_id, world.clock())
    assert "Zwölfender" not in mine.get(VISITORS).text


def test_another_organisation_cannot_write_of_it(app: Flask, world: World) -> None:
    invitation_id = over(world)
    at = form_of(theirs(app, world, invitation_id))
    other = Browser(app)
    other.sign_in(a_human(world, Role.organisation, world.an_organisation("Kamome"), email="k@example.org"))
    assert other.get(at).status_code == 404
    other.get("/portal/listings/new")
    assert other.send(at, words="quiet").status_code == 404
    assert written(world, invitation_id) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_of_visitors_read_calmly(app: Flask, world: World, language: str) -> None:
    mine = theirs(app, world, over(world), language)
    for path in (VISITORS, form_of(mine)):
        text = shown(mine.get(path).text)
        assert FORBIDDEN.search(text) is None, FORBIDDEN.search(text)
        assert not re.search("[!！]", text)
