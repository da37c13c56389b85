"""Two who must not meet in tests: kept apart, invited to one session, and who of them is shown."""

from __future__ import annotations

from sqlalchemy import select

from matcher.services.asking import showing
from matcher.services.people import exclusions, people
from matcher.storage.tables import EventRow, OpportunityRow
from tests.builders import World

TO_ORGANISATION, TO_PERSON = "izumi@example.org", "haru@example.org"


def keep_apart(
    world: World, one: str, *, organisation_id: str | None = None, other: str | None = None
) -> str:
    with world.database.writing() as session:
        person = people.lock(session, one)
        return exclusions.exclude(
            session, person, organisation_id=organisation_id, other_person_id=other, now=world.clock()
        ).id


def visitors(world: World) -> list[str]:
    with world.database.reading() as session:
        row = session.scalars(select(OpportunityRow)).unique().one()
        found = showing.visitors(session, row.id, row.organisation_id, world.clock())
        return [visitor.alias for visitor in found]


def deliver(world: World, kind: str = "letter.due") -> None:
    """Send letters alone: the event of the exclusion has not had its turn."""
    with world.database.reading() as session:
        due = list(
            session.scalars(select(EventRow.id).where(EventRow.type == kind, EventRow.done_at.is_(None)))
        )
    for event_id in due:
        world.handler.handle(event_id)


def two(world: World, state: str) -> tuple[str, str]:
    """Invitations of two new people to one session."""
    first, second = world.a_person(alias="Aki"), world.a_person(alias="Ren")
    world.work()
    ids = [world.approve(world.matches(one)[0].id).id for one in (first, second)]
    world.work()
    if state == "accepted":
        for one in ids:
            world.answer(one, "accept")
    return ids[0], ids[1]
