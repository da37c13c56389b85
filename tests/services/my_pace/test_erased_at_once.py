"""Somebody who is being erased is found by nobody, though their rows may stay for some hours (CARE 23)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from matcher.domain.errors import NotFound
from matcher.services.answers import visiting
from matcher.services.asking import inviting, showing
from matcher.services.finding import requesting
from matcher.services.my_pace import own_words, privacy
from matcher.services.people import people
from matcher.storage.tables import InvitationRow, OwnWordRow
from tests.builders import World
from tests.worlds import At


@pytest.fixture
def story(at_sqlite: At) -> tuple[World, dict[str, str]]:
    """Somebody with a yes, a request and a question of their own, and the ids of these."""
    world, invitation_id = at_sqlite("accepted")
    with world.database.writing() as session:
        row = session.get_one(InvitationRow, invitation_id)
        own_words.ask(session, row, "Is there a dog?", world.clock())
        person = people.get(session, world.caseworker, row.person_id)
        request = requesting.request(session, person, world.caseworker, [], "A note.", world.clock())
        word = session.query(OwnWordRow).one()
        return world, {
            "person": row.person_id, "invitation": row.id, "match": row.match_id, "request": request.id, "word": word.id,
        }  # fmt: skip


def erase(world: World, person_id: str) -> None:
    with world.database.writing() as session:
        privacy.erase(session, people.lock(session, person_id), world.clock())


BY_ID: dict[str, Callable[[Session, World, str], object]] = {
    "person": lambda session, world, one: people.get(session, world.caseworker, one),
    "invitation": lambda session, world, one: visiting.get_invitation(session, world.caseworker, one),
    "match": lambda session, world, one: inviting.get_match(session, world.caseworker, one),
    "request": lambda session, world, one: requesting.get_request(session, world.caseworker, one),
    "word": lambda session, world, one: own_words.hear(session, world.caseworker, one, world.clock()),
}


@pytest.mark.parametrize("what", BY_ID)
def test_nothing_of_theirs_is_found_by_its_id(story: tuple[World, dict[str, str]], what: str) -> None:
    world, ids = story
    with world.database.writing() as session:
        BY_ID[what](session, world, ids[what])
    erase(world, ids["person"])
    with world.database.writing() as session, pytest.raises(NotFound):
        BY_ID[what](session, world, ids[what])


def test_no_list_of_the_team_shows_them(story: tuple[World, dict[str, str]]) -> None:
    world, ids = story

    def shown() -> list[int]:
        with world.database.reading() as session:
            mine = world.caseworker
            return [
                len(showing.invitations(session, mine, None, None, 50)),
                len(own_words.questions(session, mine)),
                len(people.page(session, mine, None, 50)),
            ]

    assert shown() == [1, 1, 1]
    erase(world, ids["person"])
    assert shown() == [0, 0, 0]
