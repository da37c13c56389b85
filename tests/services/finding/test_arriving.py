"""A letter can be in somebody's hand before the record says that it was sent: its link works all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from matcher.services.answers import answering
from matcher.storage.tables import InvitationRow
from tests.builders import World, make_world


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path)


def on_its_way(world: World) -> str:
    """An invitation that was handed over and of which no result is known yet."""
    invitation_id = world.an_invitation("approved")
    with world.database.writing() as session:
        session.get_one(InvitationRow, invitation_id).sending_at = world.clock()
    return invitation_id


def test_the_page_of_a_letter_that_came_early_is_open_and_looking_changes_nothing(world: World) -> None:
    invitation_id = on_its_way(world)
    with world.database.reading() as session:
        opened = answering.open_invitation(session, world.token(invitation_id), world.clock())
    assert opened is not None
    assert opened.view is answering.View.open
    assert world.invitation(invitation_id).state == "approved"


@pytest.mark.parametrize(("answer", "state"), [("accept", "accepted"), ("not_now", "declined")])
def test_an_answer_to_a_letter_that_came_early_counts_and_no_second_copy_goes_out(
    world: World, answer: str, state: str
) -> None:
    invitation_id = on_its_way(world)
    world.answer(invitation_id, answer)
    row = world.invitation(invitation_id)
    assert (row.state, row.sent_at) == (state, world.clock())
    world.work()
    with world.database.reading() as session:
        steps = [step.state for step in session.get_one(InvitationRow, invitation_id).history]
    assert steps == ["approved", "sent", state]
    assert not [letter for letter in world.letters("haru@example.org") if "ひとつだけ" in (letter.text or "")]


def test_nothing_is_open_before_any_sending_began(world: World) -> None:
    invitation_id = world.an_invitation("approved")
    opened = world.answer(invitation_id, "accept")
    assert opened is not None
    assert opened.view is answering.View.withdrawn
    assert world.invitation(invitation_id).state == "approved"
