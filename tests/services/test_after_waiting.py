"""Whoever waited for somebody else goes by what that one left: on PostgreSQL a statement reads before it waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from matcher.api.forms.merging import patched_opportunity
from matcher.api.forms.opportunity import OpportunityForm
from matcher.domain.errors import NotFound
from matcher.services.answers import following
from matcher.services.asking import inviting
from matcher.services.listings import posting
from matcher.services.my_pace import privacy
from matcher.services.people import people
from matcher.services.upkeep import sweeping
from matcher.storage import people_packed
from matcher.storage.opportunities import opportunity_of
from matcher.storage.tables import EventRow, InvitationRow, PersonRow
from tests.builders import World
from tests.forms import OPPORTUNITY, a_posting
from tests.services.answers.followed import NEXT_WEEK, change, invite, occurrences, the_posting
from tests.waiting import until_somebody_waits
from tests.worlds import At

pytestmark = pytest.mark.servers


def due(world: World, kind: str) -> str:
    with world.database.reading() as session:
        query = select(EventRow.id).where(EventRow.type == kind, EventRow.done_at.is_(None))
        return session.scalars(query).one()


@contextmanager
def somebody_waits_for(world: World, other: Callable[[], object]) -> Iterator[Session]:
    """A transaction for which the other one waits before it is committed."""
    with ThreadPoolExecutor(1) as pool:
        with world.database.writing() as session:
            yield session
            session.flush()
            waiting = pool.submit(other)
            until_somebody_waits(world.database)
        waiting.result(20)


def save(world: World, session: Session, **facts: Any) -> None:
    known = the_posting(world)
    row = posting.locked(session, known.organisation_id, known.id)
    posting.change(session, row, a_posting(**facts), world.clock())


@pytest.mark.parametrize(("before", "after"), [(2, 4), (4, 2)], ids=["raised", "lowered"])
def test_a_seat_given_back_while_the_capacity_changes_leaves_the_new_one(
    postgres_world: World, before: int, after: int
) -> None:
    world = postgres_world
    world.an_opportunity(capacity=before)
    (first,) = invite(world, 1)
    with world.database.writing() as session:
        inviting.withdraw(session, session.get_one(InvitationRow, first), world.clock())
    ended = due(world, "invitation.withdrawn")
    with somebody_waits_for(world, lambda: world.handler.handle(ended)) as session:
        save(world, session, capacity=after)
    world.work()
    assert occurrences(world) == [(0, after, False)]


@pytest.mark.parametrize("state", ["published", "draft"])
def test_a_change_that_waited_for_a_change_of_place_keeps_the_new_place(
    postgres_world: World, state: str
) -> None:
    world = postgres_world
    world.an_opportunity(state=state)
    known, form = the_posting(world), OpportunityForm()
    elsewhere = {**OPPORTUNITY["place"], "name": "Hall", "latitude": 35.64, "entry": "Ring twice."}

    def change_the_title() -> None:
        with world.database.writing() as session:
            row = posting.locked(session, known.organisation_id, known.id)
            patched = patched_opportunity(form.show(opportunity_of(row)), {"title": "Gardening"})
            posting.change(session, row, form.read(patched), world.clock())

    with somebody_waits_for(world, change_the_title) as session:
        save(world, session, state=state, place=elsewhere)
    with world.database.reading() as session:
        after = session.merge(the_posting(world), load=False)
        assert after.title == "Gardening"
        assert after.place is not None
        assert after.place.name == "Hall"


def test_whoever_waited_for_an_erasure_finds_nobody_to_write_to(postgres_world: World) -> None:
    world = postgres_world
    person_id = world.a_person(notes="Words that go")

    def find_them() -> None:
        with world.database.writing() as session, pytest.raises(NotFound):
            people.locked(session, world.caseworker, person_id)

    with somebody_waits_for(world, find_them) as session:
        privacy.erase(session, people.locked(session, world.caseworker, person_id), world.clock())
    with world.database.reading() as session:
        row = session.get_one(PersonRow, person_id)
        assert (row.contact, row.notes) == (None, None)


def test_whoever_an_older_matcher_changes_while_they_are_packed_is_not_packed_from_before(
    postgres_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = postgres_world
    person_id = world.a_person()
    with world.database.engine.begin() as connection:
        connection.execute(update(PersonRow).values(packed=None))
    really, changing = people_packed.pack, []

    def change_by_hand() -> None:
        with world.database.engine.begin() as other:
            other.execute(text("update person set max_group_size = 9 where id = :id"), {"id": person_id})

    with ThreadPoolExecutor(1) as pool:

        def pack_while_they_are_changed(row: Any) -> bytes:
            made = really(row)
            changing.append(pool.submit(change_by_hand))
            until_somebody_waits(world.database)
            return made

        monkeypatch.setattr(people_packed, "pack", pack_while_they_are_changed)
        with world.database.engine.begin() as connection:
            people_packed.pack_some(connection, "")
        changing[0].result(20)
    with world.database.reading() as session:
        row = session.get_one(PersonRow, person_id)
        assert (row.packed, row.max_group_size) == (None, 9)


def test_a_posting_that_gets_another_session_in_the_moment_of_the_night_is_not_finished(
    postgres_world: World,
) -> None:
    world = postgres_world
    world.an_opportunity()
    world.work()
    world.clock.now = world.clock.now.replace(month=12, day=2)
    with world.database.writing() as session:
        save(world, session, sessions=[*OPPORTUNITY["sessions"], NEXT_WEEK])
        with world.database.writing() as night:
            sweeping.finish_past(night, world.clock())
    assert the_posting(world).state == "published"


@pytest.mark.parametrize(("meanwhile", "after"), [(["undo"], "withdrawn"), (["undo", "accept"], "accepted")])
def test_a_guest_who_answers_while_a_change_is_followed_is_followed_anew(
    at_postgres: At, monkeypatch: pytest.MonkeyPatch, meanwhile: list[str], after: str
) -> None:
    world, invitation_id = at_postgres("accepted")
    change(world, host={"name": "Ito", "role": "gardener", "greets_at_door": True})
    really, turned = following._follow, []

    def slowly(*arguments: Any) -> None:
        if not turned:
            turned.extend(world.answer(invitation_id, deed) for deed in meanwhile)
        really(*arguments)

    monkeypatch.setattr(following, "_follow", slowly)
    world.handler.handle(due(world, "opportunity.changed"))
    world.clock.advance(minutes=1)
    world.work()
    assert world.invitation(invitation_id).state == after
    if after == "accepted":
        world.answer(invitation_id, "cancel")
        assert world.invitation(invitation_id).state == "cancelled"
