"""One posting in tests: changed, withdrawn, with so many invited."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from matcher.services.listings import posting
from matcher.storage.tables import Occurrence, OpportunityRow
from tests.builders import World
from tests.forms import a_posting

TO_ORGANISATION, TO_PERSON = "izumi@example.org", "haru@example.org"


NEXT_WEEK = {"starts_at": "2026-12-08T13:00:00+09:00", "ends_at": "2026-12-08T13:30:00+09:00"}


def the_posting(world: World) -> OpportunityRow:
    with world.database.reading() as session:
        return session.scalars(select(OpportunityRow)).unique().one()


def change(world: World, **facts: Any) -> OpportunityRow:
    known = the_posting(world)
    with world.database.writing() as session:
        row = posting.locked(session, known.organisation_id, known.id)
        return posting.change(session, row, a_posting(**facts), world.clock())


def withdraw(world: World) -> None:
    known = the_posting(world)
    with world.database.writing() as session:
        posting.withdraw(session, posting.locked(session, known.organisation_id, known.id), world.clock())


def occurrences(world: World) -> list[tuple[int, int, bool]]:
    with world.database.reading() as session:
        rows = session.scalars(select(Occurrence).order_by(Occurrence.starts_at, Occurrence.id))
        return [(row.taken, row.capacity, row.removed_at is not None) for row in rows]


def invite(world: World, count: int) -> list[str]:
    """Invitations of so many new people, oldest first, all sent."""
    person_ids = [world.a_person() for _ in range(count)]
    world.work()
    ids = [world.approve(world.matches(person_id)[0].id).id for person_id in person_ids]
    world.work()
    return ids


def states(world: World, ids: list[str]) -> list[str]:
    return [world.invitation(one).state for one in ids]
