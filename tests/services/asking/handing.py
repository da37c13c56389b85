"""A yes and its letters in tests: one kind of event handled alone, and a mother who may get a copy."""

from __future__ import annotations

from sqlalchemy import select

from matcher.storage.tables import EventRow
from tests.builders import World
from tests.forms import person_form

TO_ORGANISATION, TO_PERSON, TO_MOTHER = "izumi@example.org", "haru@example.org", "mother@example.org"
COPY_CONSENT = {"purpose": "supporter_copy", "text_version": "2026-11", "given_at": "2026-11-01T00:00:00Z"}


def with_mother(world: World, *, receives_copy: bool = True) -> str:
    """An accepted invitation of somebody whose mother may get a copy; no event of the yes had its turn."""
    mother = {
        "relation": "mother", "contact": {"channel": "email", "address": TO_MOTHER}, "receives_copy": receives_copy,
    }  # fmt: skip
    form = person_form(supporters=[mother])
    form["consents"].append(COPY_CONSENT)
    world.an_opportunity()
    person_id = world.a_person(**form)
    world.work()
    invitation_id = world.approve(world.matches(person_id)[0].id).id
    world.work()
    world.answer(invitation_id, "accept")
    return invitation_id


def handle(world: World, kind: str) -> None:
    with world.database.reading() as session:
        due = list(
            session.scalars(select(EventRow.id).where(EventRow.type == kind, EventRow.done_at.is_(None)))
        )
    for event_id in due:
        world.handler.handle(event_id)
