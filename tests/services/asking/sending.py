"""One invitation on its way in tests: handled by its event alone, and what stands in the database afterwards."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import select

from matcher.services.people import people
from matcher.storage.people import fill_person, person_of
from matcher.storage.tables import (
    EventRow,
    InvitationRow,
    LetterRow,
    PersonRow,
)
from tests.builders import NOW, World

TO_PERSON, TO_CASEWORKER = "haru@example.org", "mori@example.org"


def deliver(world: World) -> None:
    """Handle the delivery alone: no other event has had its turn."""
    with world.database.reading() as session:
        query = select(EventRow.id).where(
            EventRow.type == "invitation.approved",
            EventRow.done_at.is_(None),
            EventRow.available_at <= world.clock(),
        )
        due = list(session.scalars(query))
    for event_id in due:
        world.handler.handle(event_id)


def the_person(world: World, invitation_id: str) -> PersonRow:
    with world.database.reading() as session:
        return session.get_one(PersonRow, session.get_one(InvitationRow, invitation_id).person_id)


def the_letter(world: World, kind: str = "invitation") -> LetterRow:
    with world.database.reading() as session:
        return session.scalars(select(LetterRow).where(LetterRow.kind == kind)).one()


def the_event(world: World, kind: str = "invitation.approved") -> EventRow:
    with world.database.reading() as session:
        return session.scalars(select(EventRow).where(EventRow.type == kind)).one()


def change_intake(world: World, invitation_id: str, **changes: Any) -> None:
    with world.database.writing() as session:
        row = session.get_one(PersonRow, the_person(world, invitation_id).id)
        fill_person(row, replace(person_of(row), **changes))


def pause_the_person(world: World, row: InvitationRow) -> None:
    with world.database.writing() as session:
        people.pause(session, people.lock(session, row.person_id), NOW)
