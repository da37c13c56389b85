"""What stands in the database after an invitation ended, in tests, and what ends one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from matcher.services.listings import posting
from matcher.services.people import people
from matcher.storage.tables import EventRow, HistoryRow, Occurrence, PersonRow
from tests.builders import World
from tests.forms import a_posting

TO_ORGANISATION, TO_CASEWORKER, TO_PERSON = "izumi@example.org", "mori@example.org", "haru@example.org"


def the_person(world: World) -> PersonRow:
    with world.database.reading() as session:
        return session.scalars(select(PersonRow)).one()


def seats_taken(world: World) -> int:
    with world.database.reading() as session:
        return session.scalars(select(Occurrence).where(Occurrence.removed_at.is_(None))).one().taken


def history(world: World) -> list[HistoryRow]:
    with world.database.reading() as session:
        return list(session.scalars(select(HistoryRow).order_by(HistoryRow.id)))


def last_event(world: World, kind: str) -> EventRow:
    with world.database.reading() as session:
        return session.scalars(select(EventRow).where(EventRow.type == kind).order_by(EventRow.id)).all()[-1]


def do(world: World, deed: Any, **arguments: Any) -> None:
    person_id = the_person(world).id
    with world.database.writing() as session:
        deed(session, people.lock(session, person_id), now=world.clock(), **arguments)


def change_posting(world: World, invitation_id: str, **facts: Any) -> None:
    row = world.invitation(invitation_id)
    with world.database.writing() as session:
        changed = posting.locked(session, row.organisation_id, row.opportunity_id)
        posting.change(session, changed, a_posting(**facts), world.clock())
