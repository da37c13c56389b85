"""What is proposed of one session or of one organisation is looked up, never sought among all matches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.orm import Session

from matcher.services.answers import suspension
from matcher.services.asking import standing
from matcher.services.finding.proposing import proposals
from matcher.services.listings import vetting
from matcher.storage.tables import MatchRow
from tests.builders import NOW, World

Asks = Callable[[Session, str], object]


def _of_a_session(session: Session, one: str) -> object:
    return proposals(session, MatchRow.occurrence_id == one)


def _agreed_in_advance(session: Session, one: str) -> object:
    return standing.candidates(session, NOW, MatchRow.occurrence_id == one)


@pytest.mark.parametrize("asks", [_of_a_session, _agreed_in_advance])
def test_proposals_of_a_session_are_found_by_an_index(sqlite_world: World, asks: Asks) -> None:
    plan = _plan(sqlite_world, asks)
    assert "SEARCH match USING INDEX ix_match_occurrence_id_state (occurrence_id=? AND state=?)" in plan, plan


def test_whether_anything_of_an_organisation_is_still_proposed_is_found_by_an_index(
    sqlite_world: World,
) -> None:
    organisation_id = sqlite_world.an_organisation()
    with sqlite_world.database.writing() as session:
        vetting.suspend(session, organisation_id, sqlite_world.clock())
    plan = _plan(sqlite_world, lambda session, _: suspension.stopping(session, organisation_id))
    assert "ix_match_organisation_id_state (organisation_id=? AND state=?)" in plan, plan


def _plan(world: World, asks: Asks) -> str:
    """How SQLite finds the rows of every statement."""
    said: list[tuple[str, Any]] = []

    def note(_connection: Connection, _cursor: Any, statement: str, given: Any, *_rest: Any) -> None:
        said.append((statement, given))

    engine = world.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        with world.database.reading() as session:
            asks(session, "any")
    finally:
        event.remove(engine, "before_cursor_execute", note)
    with world.database.reading() as session:
        plans = [
            row[-1]
            for statement, given in said
            if statement.lower().startswith("select")
            for row in session.connection().exec_driver_sql(f"explain query plan {statement}", given)
        ]
    return "\n".join(plans)
