"""What stands in the database after an answer, in tests."""

from __future__ import annotations

from sqlalchemy import select

from matcher.domain.values import Outcome
from matcher.services.answers import answering, correcting, visiting
from matcher.storage.tables import (
    HistoryRow,
    Occurrence,
    PersonRow,
)
from tests.builders import World

ANSWERS = ["accept", "not_now", "too_much", "not_for_me"]


TO_ORGANISATION = "izumi@example.org"


def the_person(world: World) -> PersonRow:
    with world.database.reading() as session:
        return session.scalars(select(PersonRow)).one()


def seats_taken(world: World) -> int:
    with world.database.reading() as session:
        return session.scalars(select(Occurrence)).one().taken


def what_happened(world: World) -> list[str]:
    with world.database.reading() as session:
        return list(session.scalars(select(HistoryRow.outcome).order_by(HistoryRow.id)))


def view(world: World, invitation_id: str) -> answering.Opened:
    token = world.token(invitation_id)
    with world.database.reading() as session:
        opened = answering.open_invitation(session, token, world.clock())
    assert opened is not None
    return opened


def states(world: World, invitation_id: str) -> list[str]:
    return [line.state for line in world.invitation(invitation_id).history]


def correct(world: World, invitation_id: str, outcome: Outcome) -> None:
    with world.database.writing() as session:
        row = visiting.get_invitation(session, world.caseworker, invitation_id)
        correcting.correct_visit(session, row, outcome, world.clock())
    world.work()
