"""A visit that is over stays what it was, whatever its organisation or anybody else decides afterwards."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select

from matcher.services.listings import vetting
from matcher.services.people import exclusions, people
from matcher.storage.tables import Occurrence
from tests.builders import World
from tests.forms import OPPORTUNITY
from tests.services.answers.followed import NEXT_WEEK, TO_PERSON, change, the_posting, withdraw
from tests.worlds import At

BOTH = [*OPPORTUNITY["sessions"], NEXT_WEEK]


def the_day_after(world: World) -> None:
    world.clock.now = world.clock.now.replace(month=12, day=2)
    world.work()


def decide(world: World, what: str, person_id: str) -> None:
    if what == "its session taken off":
        change(world, sessions=[NEXT_WEEK])
    elif what == "withdrawn":
        withdraw(world)
    elif what == "another host":
        change(world, sessions=BOTH, host={**OPPORTUNITY["host"], "name": "Ito"})
    else:
        host = the_posting(world).organisation_id
        with world.database.writing() as session:
            person = people.lock(session, person_id)
            if what == "suspended":
                vetting.suspend(session, host, world.clock())
            elif what == "consent taken back":
                people.withdraw_consent(session, person, person.consents[0].id, world.clock())
            else:
                exclusions.exclude(
                    session, person, organisation_id=host, other_person_id=None, now=world.clock()
                )


@pytest.mark.parametrize(
    "what",
    ["its session taken off", "withdrawn", "another host", "suspended", "consent taken back", "excluded"],
)
def test_nobody_is_written_to_about_a_day_that_is_over_and_how_it_went_can_be_recorded(
    at_sqlite: At, what: str
) -> None:
    world, invitation_id = at_sqlite("accepted")
    change(world, sessions=BOTH)
    the_day_after(world)
    letters = len(world.letters(TO_PERSON))
    decide(world, what, world.invitation(invitation_id).person_id)
    world.work()
    assert world.invitation(invitation_id).state == "accepted"
    assert len(world.letters(TO_PERSON)) == letters
    world.visit(invitation_id, "ok")
    assert world.invitation(invitation_id).state == "visited"


@pytest.mark.parametrize("recorded", [True, False])
def test_another_day_under_the_id_of_a_session_that_is_over_is_another_session(
    at_sqlite: At, recorded: bool
) -> None:
    world, invitation_id = at_sqlite("accepted")
    the_day_after(world)
    if recorded:
        world.visit(invitation_id, "ok")
        world.work()
    letters, lived = len(world.letters(TO_PERSON)), world.invitation(invitation_id).occurrence_id
    change(world, sessions=[{"id": lived, **NEXT_WEEK}])
    world.work()
    with world.database.reading() as session:
        rows = {one.id: one for one in session.scalars(select(Occurrence))}
    then, (new,) = rows.pop(lived), rows.values()
    assert then.starts_at == datetime.fromisoformat(OPPORTUNITY["sessions"][0]["starts_at"])
    assert then.removed_at is not None
    assert (new.taken, new.starts_at) == (0, datetime.fromisoformat(NEXT_WEEK["starts_at"]))
    assert len(world.letters(TO_PERSON)) == letters
