"""What stands proposed when its session moves."""

from __future__ import annotations

from typing import Any

from matcher.domain.values import Kind
from matcher.services.finding import requesting
from matcher.services.listings import posting
from matcher.services.people import people
from tests.builders import World
from tests.forms import a_posting
from tests.worlds import At

LIVING: dict[str, Any] = {"kind": "communal_living", "stay_step": "visit", "free_exit": "At any time."}
LATER = {"starts_at": "2026-12-08T13:00:00+09:00", "ends_at": "2026-12-08T13:30:00+09:00"}


def test_care_11_what_was_asked_for_stays_so_when_its_session_moves(at_sqlite: At) -> None:
    world, _ = at_sqlite("nothing")
    organisation_id = world.an_organisation()
    opportunity_id = world.an_opportunity(organisation_id, **LIVING)
    consents = [
        {"purpose": purpose, "text_version": "2026-11", "given_at": "2026-11-01T00:00:00Z"}
        for purpose in ("matching", "communal_living")
    ]
    person_id = world.a_person(consents=consents, kinds=["communal_living"])
    world.work()
    assert world.matches(person_id) == []
    _ask(world, person_id)
    (before,) = world.matches(person_id)
    with world.database.writing() as session:
        row = posting.locked(session, organisation_id, opportunity_id)
        posting.change(session, row, a_posting(sessions=[LATER], **LIVING), world.clock())
    world.work()
    (after,) = world.matches(person_id)
    assert (before.requested, after.requested) == (True, True)
    assert after.occurrence_id != before.occurrence_id
    assert world.approve(after.id).requested


def _ask(world: World, person_id: str) -> None:
    with world.database.writing() as session:
        row = people.lock(session, person_id)
        requesting.request(session, row, world.caseworker, [Kind.communal_living], None, world.clock())
    world.work()
