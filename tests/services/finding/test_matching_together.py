"""Two workers that match at the same moment store each proposal once, and neither of them fails."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from matcher.services.finding import matching
from matcher.storage.engine import is_passing
from matcher.storage.tables import MatchRow
from tests.builders import World, make_world

PEOPLE = 12
TRIES = 5


def test_a_listing_and_its_people_are_matched_at_the_same_moment(tmp_path: Path, postgres_url: str) -> None:
    world = make_world(tmp_path, postgres_url)
    opportunity_id = world.an_opportunity(capacity=4)
    people = [world.a_person(alias=f"Haru {number}") for number in range(PEOPLE)]
    failures: list[BaseException] = []
    start = threading.Barrier(3)
    threads = [
        threading.Thread(target=_match, args=(world, start, failures, opportunity_id, None)),
        threading.Thread(target=_match, args=(world, start, failures, None, people)),
        threading.Thread(target=_match, args=(world, start, failures, None, people[::-1])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with world.database.reading() as session:
        proposed = session.scalar(
            select(func.count()).select_from(MatchRow).where(MatchRow.state == "proposed")
        )
    world.close()
    assert not failures
    assert proposed == PEOPLE


def _match(
    world: World,
    start: threading.Barrier,
    failures: list[BaseException],
    opportunity_id: str | None,
    people: list[str] | None,
) -> None:
    start.wait()
    try:
        if opportunity_id is not None:
            _until_it_passes(
                world, lambda session: matching.match_opportunity(session, opportunity_id, world.clock())
            )
        for person_id in people or ():
            _until_it_passes(world, partial(matching.match_person, person_id=person_id, now=world.clock()))
    except BaseException as error:  # noqa: BLE001 - handed to the test
        failures.append(error)


def _until_it_passes(world: World, react: Callable[[Session], None]) -> None:
    """As a worker does it: where two wait for each other the database lets one go, and that one tries again."""
    for _ in range(TRIES):
        try:
            with world.database.writing() as session:
                react(session)
            return
        except DBAPIError as error:
            if not is_passing(error):
                raise
    raise AssertionError("It never passed.")
