"""Drill 12: clocks that disagree and clocks that are put forward and back."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from sqlalchemy import select

from matcher.storage import outbox
from matcher.storage.tables import InvitationRow
from matcher.workers.actors import Handler
from tests.builders import MovableClock, World, make_world
from tests.drills.drill import drill
from tests.drills.stage import Stage

SKEW = timedelta(minutes=10)
STEP = timedelta(minutes=7)
# A zone and the moment its clocks change (source: the IANA time zone database).
CHANGES = (
    ("Europe/Berlin", datetime(2027, 3, 28, 1, 0, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2027, 10, 31, 1, 0, tzinfo=UTC)),
    ("America/New_York", datetime(2027, 3, 14, 7, 0, tzinfo=UTC)),
    ("America/New_York", datetime(2027, 11, 7, 6, 0, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2027, 4, 3, 15, 0, tzinfo=UTC)),
)
HOURS = (("01:30", "03:30"), ("02:00", "02:45"), ("09:00", "09:30"), ("22:00", "24:00"))


@drill(12, "clock", "workers ten minutes fast and slow, both changes of summer time")
def clocks(stage: Stage) -> None:
    """Nothing goes out outside the hours on the person's clock, and nothing ends early, by the clock of who does it."""
    cases = [
        (zone, change, hours)
        for zone, change in CHANGES
        for hours in stage.rng.sample(HOURS, stage.many(1, 2))
    ]
    for zone, change, hours in cases[: stage.many(2, len(cases))]:
        with TemporaryDirectory() as folder:
            _live_through(stage, Path(folder), zone, change, hours)
        stage.fault(2)


def _live_through(stage: Stage, folder: Path, zone: str, change: datetime, hours: tuple[str, str]) -> None:
    assert stage.deployment.postgres is not None
    url = stage.deployment.postgres.create_database()
    world = make_world(folder, url, now=change - timedelta(hours=30))
    session_at = change + timedelta(days=12)
    world.an_opportunity(
        sessions=[
            {"starts_at": session_at.isoformat(), "ends_at": (session_at + timedelta(minutes=30)).isoformat()}
        ]
    )
    window = {"from": hours[0], "to": hours[1], "timezone": zone}
    person_id = world.a_person(contact_hours=window, availability=[])
    world.work()
    invitation_id = world.approve(world.matches(person_id)[0].id).id
    stage.commands_elsewhere += 4
    handlers = [_at_work(world, skew) for skew in (-SKEW, timedelta(0), SKEW)]
    order = random.Random(stage.seed)
    true_end = change + timedelta(days=9)
    while world.clock() < true_end:
        handler, clock, skew = order.choice(handlers)
        clock.now = world.clock() + skew
        before = world.invitation(invitation_id).state
        _look(world, handler, clock)
        after = world.invitation(invitation_id)
        if (before, after.state) == ("approved", "sent"):
            local = clock().astimezone(ZoneInfo(zone)).strftime("%H:%M")
            stage.expect(
                hours[0] <= local < hours[1], f"{zone} {hours}: sent at {local} about {change.date()}"
            )
        if (before, after.state) == ("sent", "expired"):
            assert after.expires_at is not None
            stage.expect(after.expires_at <= clock(), f"{zone}: ended {after.expires_at - clock()} early")
        world.clock.now += STEP if before == "approved" else timedelta(hours=1)
    ended = world.invitation(invitation_id)
    stage.expect(ended.state == "expired", f"{zone} {hours}: it is {ended.state} after nine days")
    stage.expect(len(world.letters("haru@example.org")) == 1, f"{zone} {hours}: not one letter")
    world.close()
    stage.deployment.postgres.drop_database(url)


def _at_work(world: World, skew: timedelta) -> tuple[Handler, MovableClock, timedelta]:
    clock = MovableClock(world.clock() + skew)
    return Handler(replace(world.outside, clock=clock)), clock, skew


def _look(world: World, handler: Handler, clock: MovableClock) -> None:
    with world.database.reading() as session:
        due = list(outbox.due(session, clock(), 100))
    for event_id in due:
        handler.handle(event_id)
    with world.database.reading() as session:
        assert len(list(session.scalars(select(InvitationRow.id)))) == 1
