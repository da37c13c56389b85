"""What a person told us by their own hand, as it is met at the desk."""

from __future__ import annotations

import re

import pytest

from matcher.domain.errors import NotFound
from matcher.services.my_pace import own_words
from matcher.services.people import people
from matcher.storage.tables import InvitationRow
from tests.builders import World
from tests.pages.desks import Desk, another_team, newest_invitation, set_desk

SAID = "Is there a dog?"


def asked(world: World) -> Desk:
    desk = set_desk(world, "sent")
    with world.database.writing() as session:
        row = session.get_one(InvitationRow, newest_invitation(world, desk.person_id).id)
        own_words.ask(session, row, SAID, world.clock())
    return desk


def test_a_question_waits_on_the_first_page_and_on_theirs_until_it_is_taken_up(world: World) -> None:
    desk = asked(world)
    assert SAID in desk.today()
    page = desk.look()
    assert f"<q>{SAID}</q>" in page
    path = re.findall(r'action="(/desk/words/[^"]+)"', page)[0]
    for _ in range(2):
        assert desk.do(path) == 303
        desk.look()
    assert SAID not in desk.today()
    assert "Answered on" in desk.look()


def test_what_they_changed_themselves_is_seen(world: World) -> None:
    desk = set_desk(world)
    with world.database.writing() as session:
        row = people.lock(session, desk.person_id)
        for subject in ("hours", "hours", "close"):
            own_words.note(session, row, subject, world.clock())
    page = desk.look()
    assert page.count("They changed when we may write") == 1
    assert "They changed who may get a copy" in page


def test_care_24_another_team_neither_sees_nor_takes_up_a_question(world: World) -> None:
    desk = asked(world)
    page = desk.look()
    path = re.findall(r'action="(/desk/words/[^"]+)"', page)[0]
    caller, _ = another_team(world)
    with world.database.reading() as session:
        assert own_words.questions(session, caller) == []
        word_id = path.split("/")[3]
    with pytest.raises(NotFound), world.database.writing() as session:
        own_words.hear(session, caller, word_id, world.clock())
