"""Somebody is written to at another address: what went to the former one leads nowhere, and a yes stands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from matcher.domain.errors import InvalidInput
from matcher.domain.person import Contact
from matcher.services.access import pace_access
from matcher.services.answers import answering
from matcher.services.my_pace import planned
from matcher.services.people import people
from matcher.storage.people import person_of
from matcher.storage.tables import PersonRow
from tests.builders import World
from tests.services.access.test_pace_access import HERE, digits, is_open, link
from tests.worlds import At

FORMER, NEW = "haru@example.org", "haru.new@example.org"


def move(world: World, person_id: str, address: str = NEW, **also: object) -> None:
    world.clock.advance(minutes=1)
    with world.database.writing() as session:
        row = people.lock(session, person_id)
        person = person_of(row)
        changed = replace(person, contact=Contact("email", address), **also)  # type: ignore[arg-type]
        people.change(session, row, changed, world.clock(), given_by="Mori")


def opens(world: World, token: str) -> bool:
    with world.database.reading() as session:
        return answering.open_invitation(session, token, world.clock()) is not None


def test_an_open_visit_to_their_own_pages_ends(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    person_id = world.invitation(invitation_id).person_id
    token = link(world, person_id)
    visit = pace_access.give_code(world.outside, token, digits(world, token), HERE)
    assert is_open(world, token, visit)
    move(world, person_id)
    assert not is_open(world, token, visit)


def test_digits_that_went_to_the_former_address_open_nothing(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    person_id = world.invitation(invitation_id).person_id
    token = link(world, person_id)
    code = digits(world, token)
    move(world, person_id)
    with pytest.raises(InvalidInput):
        pace_access.give_code(world.outside, token, code, HERE)


def test_a_yes_stands_and_its_new_link_comes_to_the_new_address(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    former = world.token(invitation_id)
    move(world, world.invitation(invitation_id).person_id)
    world.work()
    assert world.invitation(invitation_id).state == "accepted"
    assert not opens(world, former)
    (letter,) = world.letters(NEW)
    new = world.token(invitation_id)
    assert new != former
    assert f"/i/{new}" in letter.text
    assert opens(world, new)
    with world.database.reading() as session:
        found = planned.planned(session, world.invitation(invitation_id).person_id, world.clock())
    assert found is not None
    assert found.path == f"/i/{new}"


def test_what_nobody_has_answered_goes_without_a_word(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    before = len(world.letters())
    move(world, world.invitation(invitation_id).person_id)
    world.work()
    row = world.invitation(invitation_id)
    assert (row.state, row.holds_seat) == ("withdrawn", False)
    assert len(world.letters()) == before
    with world.database.reading() as session:
        assert session.get_one(PersonRow, row.person_id).unanswered == 0


def test_what_has_not_gone_out_yet_goes_to_the_new_address(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("approved")
    move(world, world.invitation(invitation_id).person_id)
    world.work()
    world.clock.advance(days=1)
    world.work()
    assert world.invitation(invitation_id).state == "sent"
    assert [one.to for one in world.letters()] == [NEW]


def test_an_answer_that_can_still_be_taken_back_can_be_so_only_by_the_new_link(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    world.answer(invitation_id, "not_now")
    former = world.token(invitation_id)
    move(world, world.invitation(invitation_id).person_id)
    world.work()
    assert not opens(world, former)
    assert opens(world, world.token(invitation_id))


def test_another_change_leaves_links_and_visits_as_they_are(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("accepted")
    person_id = world.invitation(invitation_id).person_id
    token, former = link(world, person_id), world.token(invitation_id)
    visit = pace_access.give_code(world.outside, token, digits(world, token), HERE)
    move(world, person_id, FORMER, alias="ハルカ")
    world.work()
    assert is_open(world, token, visit)
    assert opens(world, former)
