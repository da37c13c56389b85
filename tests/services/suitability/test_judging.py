"""Which session of a listing somebody is asked about: the first one they can still be written to about in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from matcher.domain.contact_policy import NOTICE_BEFORE_SESSION
from matcher.services.finding import requesting
from matcher.services.people import people
from matcher.services.upkeep import sweeping
from matcher.storage.tables import MatchRequestRow
from tests.builders import World, make_world

TOKYO = ZoneInfo("Asia/Tokyo")
AFTERNOON = datetime(2026, 11, 23, 14, 0, tzinfo=TOKYO)
MORNING = datetime(2026, 11, 24, 9, 0, tzinfo=TOKYO)


def at(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def every_morning(world: World) -> str:
    """A listing with half an hour each morning, of whom everybody is written to from one o'clock on."""
    begin = [datetime(2026, 11, 24, 10, 0, tzinfo=TOKYO) + timedelta(days=n) for n in range(30)]
    return world.an_opportunity(
        sessions=[
            {"starts_at": one.isoformat(), "ends_at": (one + timedelta(minutes=30)).isoformat()}
            for one in begin
        ]
    )


def sweep(world: World, moment: datetime) -> None:
    world.clock.now = at(moment)
    with world.database.writing() as session:
        sweeping.begin_if_due(session, world.clock())
    world.work()


@pytest.mark.parametrize("days", [1, 2, 3])
def test_what_is_there_every_morning_is_still_proposed_after_the_night(tmp_path: Path, days: int) -> None:
    """Their hours begin at one o'clock: by then it is too late for the next morning, and right for the one after it."""
    world = make_world(tmp_path, now=at(AFTERNOON))
    every_morning(world)
    person_id = world.a_person(availability=[])
    world.work()
    for night in range(1, days + 1):
        sweep(world, datetime(2026, 11, 23, 2, 5, tzinfo=TOKYO) + timedelta(days=night))
    (match,) = world.matches(person_id)
    can_be_sent = at(datetime(2026, 11, 23, 13, 0, tzinfo=TOKYO) + timedelta(days=days))
    with world.database.reading() as session:
        session.add(match)
        starts_at = match.occurrence.starts_at
    assert starts_at is not None
    assert timedelta(0) <= starts_at - NOTICE_BEFORE_SESSION - can_be_sent < timedelta(days=1)


def test_a_caseworker_who_asks_in_the_morning_gets_it_too(tmp_path: Path) -> None:
    world = make_world(tmp_path, now=at(MORNING))
    every_morning(world)
    person_id = world.a_person(availability=[])
    world.work()
    with world.database.writing() as session:
        person = people.get(session, world.caseworker, person_id)
        made = requesting.request(session, person, world.caseworker, [], None, world.clock()).id
    world.work()
    with world.database.reading() as session:
        request = session.get_one(MatchRequestRow, made)
        assert request.state == "ready"
        assert request.match_ids
